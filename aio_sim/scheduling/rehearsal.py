"""Rehearses a policy: a small dispatch loop that asks it, through an examiner, all a Cpu would."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.scheduling.examiner import Examiner
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.preemption import worst_first
from aio_sim.scheduling.process import Process, State
from aio_sim.scheduling.ready_queue import overrides

STARVES_AFTER: Final = 100
"""How many later comers may come and go before a process that waits counts as starved."""


@dataclass(eq=False)
class _Core:
    process: Process
    turn: int
    charged: int
    slice_end: int | None


class Rehearsal:
    """One queue, some cores, no switch cost; the order of one instant is the Cpu's."""

    def __init__(
        self, examiner: Examiner, moment: Moment, processes: Sequence[Process], cores: int
    ) -> None:
        self._examiner = examiner
        self._moment = moment
        self._picks = overrides(examiner.policy, "pick")
        self._coming = [(process.arrival, process) for process in processes]
        self._ready: list[Process] = []
        self._keys: dict[int, Any] = {}  # as they were on joining
        self._passed: dict[int, int] = {}  # how many later comers have come and gone
        self._cores: list[_Core | None] = [None] * cores
        self._joined = 0
        self._dispatched = 0
        self._reorders_at: int | None = None

    def run(self, longest: int) -> None:
        """Play to the end of the work, but no more than `longest` instants.

        Raises UnusableAnswerError where the policy makes going on impossible.
        """
        for _instant in range(longest):
            instants = [at for at, _each in self._coming]
            for core in self._busy():
                instants.append(core.charged + core.process.remaining)
                instants += [core.slice_end] if core.slice_end is not None else []
            if not instants:
                return
            if self._reorders_at is not None and self._ready:
                instants.append(self._reorders_at)
            self._moment.now = min(instants)
            self._step()

    def _busy(self) -> list[_Core]:
        return [core for core in self._cores if core is not None]

    def _step(self) -> None:
        self._charge()
        self._complete()
        joined = self._arrive()
        self._expire()
        reordered = self._reorder()
        self._see_keys_still()
        self._fill()
        if joined or reordered:
            self._preempt()

    def _charge(self) -> None:
        for core in self._busy():
            time, core.charged = self._moment.now - core.charged, self._moment.now
            if time:
                core.process.remaining -= time
                core.process.received += time
                self._examiner.tell("ran", core.process, time, self._moment)

    def _complete(self) -> None:
        for index, core in enumerate(self._cores):
            if core is None or core.process.remaining:
                continue
            process = core.process
            self._cores[index] = None
            process.state = State.BLOCKED if process.bursts else State.TERMINATED
            self._examiner.tell("leaves", process, self._moment)
            self._see_who_starves(process)
            if process.bursts:
                pause, process.remaining = process.bursts.pop(0), process.bursts.pop(0)
                self._coming.append((self._moment.now + pause, process))

    def _arrive(self) -> bool:
        now = self._moment.now
        coming = [process for at, process in self._coming if at == now]
        self._coming = [(at, process) for at, process in self._coming if at != now]
        for process in coming:
            self._examiner.tell("enters", process, self._moment)
            self._to_back(process)
        return bool(coming)

    def _to_back(self, process: Process) -> None:
        self._joined += 1
        process.joined = self._joined
        self._make_ready(process)

    def _make_ready(self, process: Process) -> None:
        process.ready_since = self._moment.now
        process.state = State.READY
        self._passed[process.number] = 0
        insort(self._ready, process, key=lambda process: process.joined)
        if not self._picks:
            self._keys[process.number] = self._examiner.key(process, self._moment)
        self._examiner.value(process, self._moment)

    def _expire(self) -> None:
        ended = [core for core in self._busy() if core.slice_end == self._moment.now]
        renews = len(self._ready) <= self._cores.count(None)
        for core in sorted(ended, key=lambda core: core.turn):
            if renews:
                self._examiner.tell("renews", core.process, self._moment)
                self._set_slice(core)
            else:
                self._cores[self._cores.index(core)] = None
                self._examiner.tell("expires", core.process, self._moment)
                self._to_back(core.process)

    def _reorder(self) -> bool:
        due = self._reorders_at is not None and self._moment.now >= self._reorders_at
        if due:
            for process in self._ready:
                self._keys[process.number] = self._examiner.key(process, self._moment)
        self._reorders_at = self._examiner.reorders_at(self._moment)
        return due

    def _see_keys_still(self) -> None:
        if self._picks:
            return
        for process in self._ready:
            was, key = self._keys[process.number], self._examiner.key(process, self._moment)
            if key != was:
                sentence = _(
                    "the key of process {number} went from {was!r} to {key!r} while it waited, "
                    "which a ready queue cannot see: override pick instead, or say by reorders_at "
                    "when keys change"
                )
                text = sentence.format(number=process.number, was=was, key=key)
                self._examiner.note("key moves", text)
                self._keys[process.number] = key

    def _next(self) -> Process:
        if self._picks:
            return self._examiner.pick(self._ready, self._moment)
        if not self._examiner.sorts([self._keys[process.number] for process in self._ready]):
            return self._ready[0]
        return min(self._ready, key=self._rank)

    def _rank(self, process: Process) -> tuple[Any, int, int]:
        return self._keys[process.number], process.arrival, process.number

    def _fill(self) -> None:
        for index, core in enumerate(self._cores):
            if core is None and self._ready:
                self._dispatch(index, self._next())

    def _dispatch(self, index: int, process: Process) -> None:
        self._ready.remove(process)
        process.state = State.RUNNING
        self._examiner.tell("starts", process, self._moment)
        self._dispatched += 1
        core = _Core(process, self._dispatched, self._moment.now, None)
        self._set_slice(core)
        self._cores[index] = core

    def _set_slice(self, core: _Core) -> None:
        length = self._examiner.slice(core.process, self._moment)
        core.slice_end = None if length is None else self._moment.now + length

    def _see_who_starves(self, finished: Process) -> None:
        for process in self._ready:
            if finished.arrival <= process.ready_since:
                continue
            self._passed[process.number] += 1
            if self._passed[process.number] == STARVES_AFTER:
                sentence = _(
                    "a process may starve: process {number} (priority {priority}, {left:g} s left) "
                    "waited while {count} that arrived later came and went"
                )
                text = sentence.format(
                    number=process.number,
                    priority=process.priority,
                    left=process.remaining / SECOND,
                    count=STARVES_AFTER,
                )
                self._examiner.note("starves", text, warning=True)

    def _preempt(self) -> None:
        before = self._dispatched
        while self._ready:
            candidate = self._next()
            # Nobody is preempted who was dispatched in this very search, as on the Cpu.
            core = self._victim(candidate, [core for core in self._busy() if core.turn <= before])
            if core is None:
                return
            self._make_ready(core.process)
            self._dispatch(self._cores.index(core), candidate)
            self._see_no_return(core.process, candidate)

    def _victim(self, candidate: Process, cores: Sequence[_Core]) -> _Core | None:
        keys = {
            core.process.number: self._examiner.key(core.process, self._moment)
            for core in cores
            if not self._picks
        }
        sorts = keys and self._examiner.sorts(list(keys.values()))
        for core in worst_first(cores, (lambda process: keys[process.number]) if sorts else None):
            if self._examiner.preempts(candidate, core.process, self._moment):
                return core
        return None

    def _see_no_return(self, preempted: Process, candidate: Process) -> None:
        if self._examiner.preempts(preempted, candidate, self._moment):
            sentence = _(
                "processes {one} and {other} preempt each other without end: preempts answers True "
                "both ways"
            )
            text = sentence.format(one=candidate.number, other=preempted.number)
            self._examiner.note("preempts each other", text)
