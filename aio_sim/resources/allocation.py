"""An allocation: capacity that somebody waits for, holds, or has returned."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from simpy.events import Event

from aio_sim.kernel.environment import NEVER
from aio_sim.kernel.errors import AioSimError
from aio_sim.resources.demand import CORES, FOREVER, Demand, Holdings, Needs

if TYPE_CHECKING:
    from aio_sim.kernel.environment import Environment
    from aio_sim.scheduling.process import Process


class DemandRejected(AioSimError):  # noqa: N818 - says what happened, as UnknownName does
    """A demand that can never be met; the text is the reason."""


class Rejection(NamedTuple):
    """The answer to a demand that can never be met."""

    reason: str
    """A RejectionReason where it is to be counted with its likes."""


class Allocation(Event):
    """Capacity of hosts: an event that happens when it is granted, to be returned by `release`.

    As a context manager it returns itself at the end, whether it was granted, still waited for or
    interrupted. Where it can never be granted, `rejected` is the reason, and whoever waits for it
    gets DemandRejected.
    """

    env: Environment

    def __init__(
        self,
        env: Environment,
        demand: Demand,
        returns: Callable[[Allocation], None],
        granted: Callable[[Allocation], None],
    ) -> None:
        super().__init__(env)
        self.demand = demand
        self.asked = env._now
        self.granted_at = NEVER
        self.rejected: str | None = None
        self.holdings: Holdings = ()
        self.returned = False
        self.tell = granted
        self.turn = 0  # the order of asking
        self.needs: Needs = ()  # all of it together
        self.share: Needs | None = None  # what comes with each core, where it may span hosts
        self.entry: Process | None = None  # what the ordering policy sees of it
        self.ticket: Any = None  # where it stands in its queue
        self._returns = returns

    def release(self) -> None:
        """Return the capacity, or stop waiting for it; a second time does nothing."""
        if not self.returned:
            self.returned = True
            self._returns(self)

    @property
    def granted(self) -> bool:
        """Whether it was granted (and perhaps returned since)."""
        return self.granted_at != NEVER

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Pairs (number of the host, cores held there)."""
        return tuple((host, dict(needs).get(CORES, 0)) for host, needs in self.holdings)

    @property
    def core_count(self) -> int:
        """How many cores are held in all."""
        return sum(cores for _, cores in self.places)

    @property
    def waited(self) -> int:
        """Nanoseconds from asking to the grant, or to now where there is none yet."""
        return (self.granted_at if self.granted else self.env.now) - self.asked

    @property
    def duration(self) -> int:
        """How long it is expected to be held: one nanosecond at least, FOREVER if nobody knows."""
        estimate = self.demand.estimate
        return FOREVER if estimate is None else max(estimate, 1)

    @property
    def expected_end(self) -> int:
        """When a granted one is expected back: an instant, FOREVER where nobody knows."""
        return min(self.granted_at + self.duration, FOREVER)

    def __enter__(self) -> Allocation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
