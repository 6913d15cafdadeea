"""Users who think, ask, wait for the answer, and think again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.distributions import DurationDistribution
from aio_sim.scenario.fields import Count
from aio_sim.scenario.workloads.common import Extent, TaskShape, Workload

_AT_A_TIME = 64


class Request(NamedTuple):
    """What one user does next; times in nanoseconds, the fields those of a TaskBlock's row."""

    think: int
    """How long the user thinks before asking."""
    work: int
    priority: int | float
    weight: int | float
    deadline: int
    """After arrival; -1 for none."""
    cores: int
    memory: int
    estimate: int
    bursts: list[int] | None


class ClosedWorkload(Workload, TaskShape, Extent):
    """Users who think, make a request, wait until it is done, and think again.

    A new request waits for the one before it, so that the tasks cannot be listed beforehand:
    whoever runs them takes each user's requests one by one. Request k of user u has the index
    k * users + u.
    """

    kind: Literal["closed"] = "closed"
    users: Annotated[Count, Field(le=1_000_000)]
    """How many users, 1,000,000 at most; each has one request at most at a time."""
    think: DurationDistribution
    """Seconds that a user thinks before each request, the first included."""
    count: Count | None = None
    """How many requests a user makes; or give `until`, or both."""

    def draws(self, streams: RandomStreams, label: str, user: int) -> Iterator[tuple[int, int]]:
        """Yield a user's thinking times and work, in nanoseconds, without end."""
        for request in self.requests(streams, label, user):
            yield request.think, request.work

    def requests(self, streams: RandomStreams, label: str, user: int) -> Iterator[Request]:
        """Yield a user's requests without end, drawn from streams of this user's own.

        Raises WorkloadError where a distribution draws what no task can have.
        """
        import numpy as np

        from aio_sim.scenario.workloads.columns import Column, TaskColumns, nanoseconds

        own = f"{label}.user-{user}"
        thinking = Column(self.think, streams, f"{own}.think", nanoseconds)
        columns = TaskColumns(self, streams, own)
        nothing = np.zeros(_AT_A_TIME, dtype=np.int64)
        while True:
            block = columns.block(nothing, range(_AT_A_TIME))
            values = [
                np.broadcast_to(getattr(block, name), _AT_A_TIME).tolist()
                for name in Request._fields[1:-1]
            ]
            bursts = block.bursts or [None] * _AT_A_TIME
            think = thinking.draw(_AT_A_TIME).tolist()
            yield from map(Request._make, zip(think, *values, bursts, strict=True))
