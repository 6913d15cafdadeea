"""Writes the steps of a dispatch loop into the trace, with the numbers that explain them."""

from __future__ import annotations

from math import isfinite

from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ReadyQueue, ask

BILLION = 1_000_000_000
LARGEST = 2**63 - 1
"""The largest number that a trace can keep."""


class ScheduleRecord:
    """The rows of one dispatch loop; there is none where the trace does not keep them."""

    def __init__(self, context: LoopContext) -> None:
        self._context = context
        self._append = context.trace.schedule.append

    def step(self, step: Step, core: int, process: Process, reason: Reason, cost: int = 0) -> None:
        """Note a step that nobody was passed over for."""
        now, cpu = self._context.env.now, self._context.cpu
        self._append((now, step, cpu, core, process.number, reason, cost, -1, 0, 0))

    def dispatch(self, core: int, process: Process, cost: int, queue: ReadyQueue) -> None:
        """Note a dispatch, with the runner-up that the policy passed over."""
        now, cpu = self._context.env.now, self._context.cpu
        other = queue.runner_up(process) if queue else None
        value = self._value(process)
        if other is None:
            row = (now, Step.DISPATCH, cpu, core, process.number, Reason.ALONE, cost, -1, value, 0)
        else:
            row = (
                *(now, Step.DISPATCH, cpu, core, process.number, Reason.POLICY, cost),
                *(other.number, value, self._value(other)),
            )
        self._append(row)

    def _value(self, process: Process) -> int:
        policy, moment = self._context.policy, self._context.moment
        value: float | None = ask(policy, policy.value, process, moment)
        if value is None or not isfinite(value):
            return 0
        whole = isinstance(value, int) and policy.criterion in DURATIONS
        return min(max(round(value if whole else value * BILLION), -LARGEST), LARGEST)


DURATIONS = frozenset({"remaining", "deadline", "virtual_runtime"})
"""Criteria in nanoseconds, which are billionths of a second already."""
