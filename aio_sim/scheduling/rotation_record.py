"""Writes round robin into the trace: a record a rotation, and steps where there is none."""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.core import Core
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.schedule_record import ScheduleRecord


class RotationRecord:
    """The rows of one rotation loop; there is none where the trace does not keep them."""

    def __init__(self, context: LoopContext, quantum: int) -> None:
        self._context = context
        self._quantum = quantum
        self._steps = ScheduleRecord(context)
        self._start = 0
        self._members: list[tuple[int, int]] = []
        self._cores: list[tuple[int, int, int]] = []

    def step(self, step: Step, core: int, process: Process, reason: Reason, cost: int = 0) -> None:
        """Note a step outside rotations, or one that changes them."""
        self._steps.step(step, core, process, reason, cost)

    def open(self, members: Iterable[tuple[Process, int]], cores: Iterable[Core]) -> None:
        """Note how things stand at the beginning of a rotation."""
        self._start = self._context.env.now
        self._members = [(process.number, remaining) for process, remaining in members]
        self._cores = [
            (
                core.index,
                core.process.number if core.process is not None else -1,
                core.slice_start + self._quantum,
            )
            for core in cores
        ]

    def close(self, end: int) -> None:
        """Write the rotation that ends now, if one was open and took any time."""
        if self._members and end > self._start:
            trace, context = self._context.trace, self._context
            trace.rotations.append(
                (
                    *(self._start, end, context.cpu, self._quantum, context.switch_cost),
                    *(len(self._members), len(self._cores)),
                )
            )
            for member in self._members:
                trace.rotation_members.append(member)
            for core in self._cores:
                trace.rotation_cores.append(core)
        self._members = []
