"""The dispatch loop of processor sharing: by virtual time, O(log n) a change."""

from __future__ import annotations

import heapq
from typing import Final

from aio_sim.kernel.environment import COMPLETION, Timer
from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.core import rescale
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import READY, RUNNING, Process, Weight
from aio_sim.scheduling.schedule_record import ScheduleRecord

FINE: Final = 20
"""Virtual time counts in 2**-20 ns, so that a change loses less than a millionth of one."""


class SharingLoop:
    """All processes run at once, each at min(1, cores / processes) of a core.

    Virtual time is the service that each process has had since the beginning; a process ends when
    virtual time reaches what it was at its arrival plus its work (Parekh & Gallager, IEEE/ACM
    Transactions on Networking 1(3), 1993).
    """

    __slots__ = (
        "_at",
        "_available",
        "_decision",
        "_ended",
        "_env",
        "_heap",
        "_joined",
        "_newcomers",
        "_next",
        "_paused",
        "_record",
        "_used_up",
        "_virtual",
        "busy",
        "switches",
    )

    def __init__(self, context: LoopContext, cores: list[int]) -> None:
        self._env = context.env
        self._ended = context.ended
        self._record = ScheduleRecord(context) if context.trace.full else None
        self._decision = Timer(context.env, self._plan, context.supply.decision)
        self._available = list(cores)
        self._heap: list[tuple[int, int, Process]] = []
        self._newcomers: list[Process] = []  # with no share yet
        self._used_up: list[Process] = []  # guests' processes that wait for their next burst
        self._joined = 0
        self._virtual = 0
        self._at = 0  # the instant that `_virtual` belongs to
        self._paused = False
        self._next = Timer(context.env, self._completes, COMPLETION)
        self.switches = 0
        self.busy = 0

    def accept(self, process: Process, reason: Reason) -> None:
        self._advance()
        process.state = READY
        process.ready_since = self._env._now
        if self._record is not None:
            self._record.step(Step.READY, -1, process, reason)
        self._push(process)
        self._newcomers.append(process)
        (self._decision.at_once if self._env.last_word else self._decision.soon)()

    def remove(self, process: Process, reason: Reason = Reason.WITHDRAWN) -> None:
        self._advance()
        self._take_out(process)
        if process in self._newcomers:
            self._newcomers.remove(process)
        if self._record is not None:
            self._record.step(Step.STOP, -1, process, reason)
        self._decision.soon()

    def go_on(self, process: Process, burst: int) -> None:
        self._advance()
        self._take_out(process)
        process.remaining = burst
        self._push(process)
        self._decision.soon()

    def reweigh(self, process: Process, weight: Weight) -> None:
        process.weight = weight  # which equal shares do not look at

    def received(self, process: Process) -> int:
        self._advance()
        entry = self._entry(process)
        if entry is not None:
            self._account(entry)
        return process.received

    def _take_out(self, process: Process) -> None:
        entry = self._entry(process)
        if entry is None:
            self._used_up.remove(process)
            return
        self._heap.remove(entry)
        heapq.heapify(self._heap)
        self._account(entry)

    def _entry(self, process: Process) -> tuple[int, int, Process] | None:
        return next((entry for entry in self._heap if entry[2] is process), None)

    def charge(self) -> None:
        self._advance()
        for entry in self._heap:
            self._account(entry)

    def pause(self) -> None:
        self._advance()
        self._paused = True
        self._next.cancel()

    def resume(self) -> None:
        self._advance()
        self._paused = False
        self._decision.soon()

    def rescale(self, numerator: int, denominator: int) -> None:
        self.charge()
        processes = [entry[2] for entry in sorted(self._heap)]
        self._heap.clear()
        rescale(processes, numerator, denominator)
        for process in processes:
            self._push(process)
        self._decision.soon()

    def set_available(self, cores: list[int], available: bool) -> None:
        self._advance()
        kept = set(self._available) - set(cores)
        self._available = sorted(kept | set(cores) if available else kept)
        self._decision.soon()

    def running(self) -> list[int]:
        return self._available[: len(self._heap)]

    def load(self) -> int:
        return len(self._heap) + len(self._used_up)

    def processes(self) -> list[Process]:
        return [entry[2] for entry in self._heap] + self._used_up

    def _push(self, process: Process) -> None:
        self._joined += 1
        final = self._virtual + (process.remaining << FINE)
        heapq.heappush(self._heap, (final, self._joined, process))

    def _account(self, entry: tuple[int, int, Process]) -> None:
        process = entry[2]
        remaining = max(-(-(entry[0] - self._virtual) >> FINE), 0)
        served = process.remaining - remaining
        process.received += served
        process.remaining = remaining
        self.busy += served

    def _advance(self) -> None:
        """Bring virtual time up to now."""
        elapsed = self._env._now - self._at
        self._at = self._env._now
        many, cores = len(self._heap), len(self._available)
        if not elapsed or not many or self._paused:
            return
        if many <= cores:
            self._virtual += elapsed << FINE
        else:
            self._virtual += (elapsed * cores << FINE) // many

    def _plan(self) -> None:
        """Set the timer for the first completion, as things stand now."""
        many, cores = len(self._heap), len(self._available)
        if not many or not cores or self._paused:
            self._next.cancel()
            return
        self._start_newcomers()
        # Less than nothing where it was due at an instant at which a pause came first.
        service = max(self._heap[0][0] - self._virtual, 0)
        if many > cores:
            at = self._env._now - (-service * many // (cores << FINE))
        else:
            at = self._env._now - (-service >> FINE)
        if self._next.due != at:
            self._next.set(at)

    def _start_newcomers(self) -> None:
        for process in self._newcomers:
            process.state = RUNNING
            if process.start < 0:
                process.start = self._env._now
            if self._record is not None:
                self._record.step(Step.DISPATCH, -1, process, Reason.ALONE)
        self._newcomers.clear()

    def _completes(self) -> None:
        self._advance()
        done: list[Process] = []
        heap = self._heap
        while heap and heap[0][0] <= self._virtual:
            entry = heapq.heappop(heap)
            self._account(entry)
            done.append(entry[2])
        self._used_up += [process for process in done if process.guest is not None]
        for process in done:
            if process.guest is not None:
                process.guest.used_up_soon()
                continue
            if self._record is not None:
                reason = Reason.BLOCKED if process.bursts else Reason.FINISHED
                self._record.step(Step.STOP, -1, process, reason)
            self._ended(process)
        self._decision.at_once()
