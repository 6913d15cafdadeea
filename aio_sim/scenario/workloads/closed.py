"""Users who think, ask, wait for the answer, and think again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.distributions import DurationDistribution
from aio_sim.scenario.fields import Count
from aio_sim.scenario.workloads.common import Extent, TaskShape, Workload

if TYPE_CHECKING:
    from aio_sim.scenario.workloads.user_requests import UserRequests


class ClosedWorkload(Workload, TaskShape, Extent):
    """Users who think, make a request, wait until it is done, and think again.

    A new request waits for the one before it, so that the tasks cannot be listed beforehand:
    whoever runs them takes each user's requests one by one. Request k of user u has the index
    k * users + u. A user whose request is rejected leaves, and so does one of whose requests two
    are lost at one instant, each as soon as it is made.
    """

    kind: Literal["closed"] = "closed"
    users: Annotated[Count, Field(le=1_000_000)]
    """How many users, 1,000,000 at most; each has one request at most at a time."""
    think: DurationDistribution
    """Seconds that a user thinks before each request, the first included."""
    count: Count | None = None
    """How many requests a user makes; or give `until`, or both."""

    def requests(self, streams: RandomStreams, label: str) -> UserRequests:
        """Return what its users are going to ask for, drawn as each of them gets there."""
        from aio_sim.scenario.workloads.user_requests import UserRequests

        return UserRequests(self, streams, label)
