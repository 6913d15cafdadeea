"""What the resource manager leaves behind: counts for metrics, spans and counters for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.environment import Environment
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import KINDS, Capacity
from aio_sim.resources.usage import Usage

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

TRACK: Final = "resources"
_BILLION: Final = 1_000_000_000


class AllocationRecord:
    """Counts grants, rejections and those that wait, and writes them to a full trace."""

    def __init__(self, env: Environment, trace: Trace | None) -> None:
        self._env = env
        self._trace = trace if trace is not None and trace.full else None
        self._counts = dict.fromkeys(("granted", "rejected", "withdrawn", "backfilled"), 0)
        self._queue = 0
        self._queue_most = 0

    def rejected(self) -> None:
        """Count a demand that can never be met."""
        self._counts["rejected"] += 1

    def granted(self, allocation: Allocation) -> None:
        """Count a grant."""
        self._counts["granted"] += 1
        self._wait(allocation)

    def backfilled(self, count: int) -> None:
        """Count grants that passed one that still waits."""
        self._counts["backfilled"] += count

    def withdrawn(self, allocation: Allocation, waiting: int) -> None:
        """Count one that was given up while it waited; `waiting` are those left."""
        self._counts["withdrawn"] += 1
        self._wait(allocation)
        self.queued(waiting)

    def queued(self, waiting: int) -> None:
        """Note how many wait after a decision."""
        if waiting == self._queue:
            return
        self._queue = waiting
        self._queue_most = max(self._queue_most, waiting)
        if (trace := self._trace) is not None:
            code = trace.code("allocation.queue")
            trace.counters.append((self._env._now, code, waiting * _BILLION))

    def _wait(self, allocation: Allocation) -> None:
        if (trace := self._trace) is not None and allocation.waited:
            process = allocation.demand.process
            number = -1 if process is None else process.number
            name, track = trace.code("allocation"), trace.code(TRACK)
            trace.spans.append((name, track, number, allocation.asked, self._env._now))

    def totals(self, usage: Usage, capacities: Sequence[Capacity]) -> dict[str, int | float]:
        """Return the metrics: counts, and peak and time-average of what was lent, by its kind."""
        numbers: dict[str, int | float] = {
            f"allocation.{name}": count for name, count in self._counts.items()
        }
        numbers["allocation.queue.max"] = self._queue_most
        for kind, name in enumerate(KINDS):
            if any(capacity.amounts[kind] for capacity in capacities):
                family = "cores.reserved" if name == "cores" else name
                numbers[f"{family}.peak"] = usage.peak[kind]
                numbers[f"{family}.mean"] = usage.mean(kind, self._env._now)
        return numbers
