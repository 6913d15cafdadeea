"""Drawing what the users of a closed workload ask for, by user and turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.random_streams import PlacedStreams, RandomStreams
from aio_sim.scenario.workloads.columns import Column, TaskColumns, nanoseconds

if TYPE_CHECKING:
    from aio_sim.scenario.workloads.closed import ClosedWorkload

TURNS_AT_A_TIME: Final = 8
"""How many turns of a user are drawn together; another number would give other requests."""


class UserRequests:
    """The requests of all users, each attribute from one stream that is put at (user, turn).

    What a user asks for depends neither on how many users there are nor on who asks first, and a
    user costs no generators.
    """

    def __init__(self, spec: ClosedWorkload, streams: RandomStreams, label: str) -> None:
        self._users = spec.users
        self._count = spec.count
        self._streams = PlacedStreams(streams.seed)
        self._thinking = Column(spec.think, self._streams, f"{label}.think", nanoseconds)
        self._columns = TaskColumns(spec, self._streams, label)

    def of(self, user: int) -> Iterator[tuple[list[int], TaskBlock]]:
        """Yield a user's thinking times (nanoseconds) and the requests after them, a few at a time.

        Requests are not yet placed in time; request k of user u has the index k * users + u.
        Raises WorkloadError where a distribution draws what no task can have.
        """
        for first in count(0, TURNS_AT_A_TIME):
            turns = TURNS_AT_A_TIME
            if self._count is not None:
                turns = min(turns, self._count - first)
            if turns <= 0:
                return
            self._streams.go_to(user, first)
            index = range(first * self._users + user, (first + turns) * self._users, self._users)
            yield (
                self._thinking.draw(turns).tolist(),
                self._columns.block(np.zeros(turns, dtype=np.int64), index),
            )
