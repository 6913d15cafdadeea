"""Processes that take turns on fewer cores, worked out instead of stepped through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from aio_sim.scheduling.core import Core
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ring import Member, Ring


class Turns:
    """One rotation: the ring, where each core is in its slice, and how many turns have passed.

    Members wait, or run: those that run come last in the ring, by the ends of their slices. A core
    runs from its `slice_start` for a quantum, then switches to the next member.
    """

    def __init__(
        self, cores: list[Core], quantum: int, switch_cost: int, dispatch: Iterator[int]
    ) -> None:
        self.cores = cores
        """By the ends of their slices, then by index."""
        self.members: dict[Process, Member] = {}
        self.waiting = 0
        """How many members are on no core."""
        self._ring = Ring()
        self._quantum = quantum
        self._period = quantum + switch_cost
        self._dispatch = dispatch  # numbers the dispatches of all cores
        self._passed = 0
        self._unstarted: deque[tuple[int, Process]] = deque()  # by the turn that starts each

    def begin(self, waiting: Iterable[Process], now: int) -> None:
        """Let those who wait take turns with those on the cores, by the ends of their slices."""
        for process in waiting:
            self.join(process)
        busy = [core for core in self.cores if core.process is not None]
        for core in self.cores:
            if core.process is None:
                core.slice_start = now - self._quantum  # as if its slice ended now
            else:
                missed = -(-(now - core.slice_start - self._quantum) // self._quantum)
                core.slice_start += max(missed, 0) * self._quantum
        busy.sort(key=lambda core: (core.slice_start, core.turn))
        for ahead, core in enumerate(busy, self.waiting):
            self._join_running(core, now, ahead)
        self.sort_cores()

    def join(self, process: Process) -> None:
        """Add a process behind all that wait."""
        self.members[process] = self._ring.join(
            process, process.remaining, self._quantum, self.waiting
        )
        if process.start < 0:
            self._unstarted.append((self._passed + self.waiting, process))
        self.waiting += 1

    def _join_running(self, core: Core, now: int, ahead: int) -> None:
        """Add the process on a core, behind `ahead` others, in the middle of its slice."""
        process = core.process
        assert process is not None
        remaining = process.remaining + max(now - core.slice_start, 0)
        member = self._ring.join(process, remaining, self._quantum, ahead, running=True)
        member.core = core
        self.members[process] = member

    def leave(self, member: Member, now: int) -> None:
        """Take out a member that runs; its core is as if its slice ended now."""
        self._ring.leave(member)
        del self.members[member.process]
        assert member.core is not None
        member.core.process = None
        member.core.slice_start = now - self._quantum

    def sort_cores(self) -> None:
        """Put the cores in order again, after one's slice was changed."""
        self.cores.sort(key=lambda core: (core.slice_start, core.index))

    def serve(self, core: Core) -> Process:
        """Let the next turn pass, on that core; return whose it was."""
        member = self._ring.turn(0)
        self._ring.advance(1)
        self._passed += 1
        self.waiting -= 1
        if self._unstarted and self._unstarted[0][1] is member.process:
            self._unstarted.popleft()
        member.core = core
        return member.process

    def pass_before(self, now: int) -> int:
        """Let the turns pass that began before an instant, and return how many they were.

        `start` of processes, and `process`, `last` and `slice_start` of cores are brought up to it.
        """
        turns = self._turns_before(now)
        if turns == 0:
            return 0
        while self._unstarted and self._unstarted[0][0] < self._passed + turns:
            turn, process = self._unstarted.popleft()
            process.start = self._begin(turn - self._passed)
        cores, many = self.cores, len(self.cores)
        for turn in range(max(turns - many, 0), turns):
            core, member = cores[turn % many], self._ring.turn(turn)
            core.process = core.last = member.process
            core.turn = next(self._dispatch)
            member.core = core
        whole, rest = divmod(turns, many)
        for place, core in enumerate(cores):
            core.slice_start += (whole + (place < rest)) * self._period
        self.cores = cores[rest:] + cores[:rest]
        self._ring.advance(turns)
        self._passed += turns
        return turns

    def _turns_before(self, now: int) -> int:
        turns = 0
        for core in self.cores:
            late = now - 1 - core.slice_start - self._quantum
            if late < 0:
                break
            turns += late // self._period + 1
        return turns

    def _begin(self, turn: int) -> int:
        """Return when the slice after `turn` others begins to run, its switch done."""
        rounds, place = divmod(turn, len(self.cores))
        return self.cores[place].slice_start + (rounds + 1) * self._period

    def _finish(self, turns: int, member: Member) -> int:
        """Return when a member's last slice, which comes after `turns` others, finishes it."""
        if turns >= 0:
            return self._begin(turns) + member.tail
        assert member.core is not None
        return member.core.slice_start + member.tail

    def first_completion(self) -> int:
        """Return the instant at which the first member is done, if nothing changes."""
        return min(self._finish(*finalist) for finalist in self._ring.finalists(len(self.cores)))

    def done_at(self, now: int) -> list[Member]:
        """Return the members that run and are done at this instant."""
        return [
            member
            for turns, member in self._ring.finalists(len(self.cores))
            if turns < 0 and self._finish(turns, member) == now
        ]

    def in_turn(self) -> Iterator[Process]:
        """Yield the members in the order of their turns, those that run last."""
        return (member.process for member in self._ring.in_turn())

    def next(self) -> Process:
        """Return the member whose turn is next."""
        return self._ring.turn(0).process

    def before(self, process: Process) -> Process:
        """Return the member whose turn comes right before another's."""
        return self._ring.before(self.members[process]).process

    def remaining(self, process: Process, now: int) -> int:
        """Return the work that a member has left now."""
        member = self.members[process]
        core = member.core
        running = core is not None and core.process is process
        remaining = self._ring.remaining(member, self._quantum, running)
        if running and core is not None:
            remaining -= max(now - core.slice_start, 0)
        return remaining
