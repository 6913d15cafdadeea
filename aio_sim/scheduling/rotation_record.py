"""Writes round robin into the trace: a record a rotation, and steps where there is none."""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.kernel.trace import FIRST, LEFT, Reason, Step
from aio_sim.scheduling.core import Core
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.schedule_record import ScheduleRecord
from aio_sim.scheduling.turns import Turns

_NONE = -1


class RotationRecord:
    """The rows of one rotation loop; there is none where the trace does not keep them.

    Of a circle it writes who takes part once, and then who joins and leaves, so that a change
    costs the same however many take turns.
    """

    def __init__(self, context: LoopContext, quantum: int) -> None:
        self._context = context
        self._quantum = quantum
        self._steps = ScheduleRecord(context)
        self._since = 0
        self._ring = _NONE
        self._changes: list[tuple[int, int]] = []  # not written yet

    def step(self, step: Step, core: int, process: Process, reason: Reason, cost: int = 0) -> None:
        """Note a step outside rotations, or one that changes them."""
        self._steps.step(step, core, process, reason, cost)

    def form(self, members: Iterable[Process]) -> None:
        """Note that a new circle begins, of these members in the order of their turns."""
        numbers = [process.number for process in members]
        self._changes = list(zip(numbers, [FIRST, *numbers], strict=False))
        self._ring = _NONE
        self._since = self._context.env.now

    def joins(self, process: Process, behind: Process) -> None:
        """Note that a process joins the circle, right behind another."""
        self._changes.append((process.number, behind.number))

    def leaves(self, process: Process) -> None:
        """Note that a process leaves the circle."""
        self._changes.append((process.number, LEFT))

    def close(self, turns: Turns) -> None:
        """Write the rotation that ends now, if it took any time.

        `turns` are still as they were at its beginning.
        """
        start, end = self._since, self._context.env.now
        self._since = end
        if end > start:
            self._write(start, end, turns)

    def _write(self, start: int, end: int, turns: Turns) -> None:
        trace, context = self._context.trace, self._context
        if self._ring == _NONE:
            self._ring = len(trace.rotations)
        trace.rotations.append(
            (
                *(start, end, context.cpu, self._quantum, context.switch_cost),
                *(self._ring, turns.next().number, len(self._changes), len(turns.cores)),
            )
        )
        for change in self._changes:
            trace.rotation_changes.append(change)
        for core in turns.cores:
            trace.rotation_cores.append(self._slice_of(core))
        self._changes = []

    def _slice_of(self, core: Core) -> tuple[int, int, int]:
        running = core.process.number if core.process is not None else -1
        return core.index, running, core.slice_start + self._quantum
