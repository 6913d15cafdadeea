"""The dispatch loop of round robin: a calculation a change, whatever the quantum."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

from aio_sim.kernel.environment import COMPLETION, DECISION, QUANTUM_END, Timer
from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.core import Core
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import READY, RUNNING, Process
from aio_sim.scheduling.ring import Member, Ring
from aio_sim.scheduling.rotation_record import RotationRecord


class RotationLoop:
    """Round robin over one ready queue.

    While there is a core for each process they stand apart, each with its own completion. While
    there are more processes than cores they rotate: a ring holds them in the order of their turns,
    one timer waits for the first completion among them, and how far the rotation has come is
    worked out when something changes. It equals the slice-by-slice loop exactly.
    """

    def __init__(self, context: LoopContext, cores: list[int], quantum: int) -> None:
        self._env = context.env
        self._ended = context.ended
        self._quantum = quantum
        self._switch_cost = context.switch_cost
        self._period = quantum + context.switch_cost
        self._record = RotationRecord(context, quantum) if context.trace.full else None
        self._decision = Timer(context.env, self._decide, DECISION)
        self._all_cores = [Core(context.env, index, self._completes_apart) for index in cores]
        self._cores = list(self._all_cores)  # available ones; as they rotate, by end of slice
        self._waiting: deque[Process] = deque()  # while they do not rotate
        self._ring: Ring | None = None
        self._members: dict[Process, Member] = {}
        self._in_queue = 0  # members of the ring that are on no core
        self._turns = 0  # slices begun in this rotation
        self._unstarted: deque[tuple[int, Process]] = deque()  # by the turn that starts them
        self._final = Timer(context.env, self._completes_rotating, COMPLETION)
        self._tie = Timer(context.env, self._decision.soon, QUANTUM_END)
        self._paused_at: int | None = None
        self._dispatches = 0
        self.switches = 0
        self.busy = 0

    # What the Cpu asks for

    def accept(self, process: Process, reason: Reason) -> None:
        process.state = READY
        process.ready_since = self._env._now
        if self._record is not None:
            self._record.step(Step.READY, -1, process, reason)
        if self._ring is None:
            self._waiting.append(process)
            (self._decision.at_once if self._env.last_word else self._decision.soon)()
            return
        self._catch_up()
        self._enter(self._ring, process, self._in_queue)
        self._in_queue += 1
        self._look_ahead()

    def remove(self, process: Process) -> None:
        self._stand_apart()
        core = next((core for core in self._cores if core.process is process), None)
        if core is None:
            self._waiting.remove(process)
        else:
            self._charge_apart(core)
            self._free(core)
        if process.start > self._env._now:
            process.start = -1
        if self._record is not None:
            place = -1 if core is None else core.index
            self._record.step(Step.STOP, place, process, Reason.WITHDRAWN)
        self._decision.soon()

    def charge(self) -> None:
        if self._paused_at is not None:
            return
        if self._ring is None:
            for core in self._cores:
                self._charge_apart(core)
            return
        self._catch_up()
        for member in self._members.values():
            self._account(member.process, self._remaining_now(self._ring, member))
        self._look_ahead()

    def pause(self) -> None:
        if self._paused_at is None:
            self._stand_apart()
            self.charge()
            self._paused_at = self._env._now
            for core in self._cores:
                core.quiet()

    def resume(self) -> None:
        if self._paused_at is None:
            return
        pause = self._env._now - self._paused_at
        self._paused_at = None
        for core in self._cores:
            if core.process is not None:
                core.since += pause
                core.slice_start += pause
                core.completion.set(core.since + core.process.remaining)
        self._decision.soon()

    def rescale(self, numerator: int, denominator: int) -> None:
        self._stand_apart()
        self.charge()
        for process in self._waiting:
            process.remaining = -(-process.remaining * numerator // denominator)
        for core in self._cores:
            if core.process is not None:
                process = core.process
                process.remaining = -(-process.remaining * numerator // denominator)
                if self._paused_at is None:
                    core.completion.set(core.since + process.remaining)
        self._decision.soon()

    def set_available(self, cores: list[int], available: bool) -> None:
        self._stand_apart()
        self.charge()
        for core in self._all_cores:
            if core.index in cores:
                core.available = available
                if core.process is not None:
                    self._withdraw(core, core.process)
        self._cores = [core for core in self._all_cores if core.available]
        self._decision.soon()

    def running(self) -> list[int]:
        return [core.index for core in self._cores if core.process is not None]

    def processes(self) -> list[Process]:
        if self._ring is not None:
            return list(self._members)
        running = [core.process for core in self._cores if core.process is not None]
        return running + list(self._waiting)

    # Apart: a core for each process

    def _charge_apart(self, core: Core) -> None:
        ran = self._env._now - core.since
        if core.process is not None and ran > 0 and self._paused_at is None:
            self._account(core.process, core.process.remaining - ran)
            core.since = self._env._now

    def _account(self, process: Process, remaining: int) -> None:
        ran = process.remaining - remaining
        process.received += ran
        process.remaining = remaining
        self.busy += ran

    def _free(self, core: Core) -> None:
        core.quiet()
        core.process = None

    def _withdraw(self, core: Core, process: Process) -> None:
        self._free(core)
        if process.start > self._env._now:
            process.start = -1
        process.state = READY
        process.ready_since = self._env._now
        self._waiting.appendleft(process)
        if self._record is not None:
            self._record.step(Step.STOP, core.index, process, Reason.WITHDRAWN)

    def _completes_apart(self, core: Core) -> None:
        process = core.process
        assert process is not None
        self._account(process, 0)
        self._free(core)
        self._end(core, process)
        if self._waiting:
            self._decision.at_once()

    def _end(self, core: Core, process: Process) -> None:
        if self._record is not None:
            reason = Reason.BLOCKED if process.bursts else Reason.FINISHED
            self._record.step(Step.STOP, core.index, process, reason)
        self._ended(process)

    # The decision

    def _decide(self) -> None:
        if self._paused_at is not None:
            return
        idle = [core for core in self._cores if core.process is None]
        waiting = len(self._waiting) if self._ring is None else self._in_queue
        if not waiting and self._ring is None:
            return
        if waiting <= len(idle):
            self._stand_apart()
            for core in sorted(idle, key=lambda core: core.index):
                if self._waiting:
                    self._dispatch_apart(core, self._waiting.popleft())
        elif self._cores:
            self._serve(self._ring or self._rotate(), idle)

    def _place(self, core: Core, process: Process) -> int:
        """Put a process on a core and return what the switch costs."""
        now = self._env._now
        cost = 0
        if core.last is not process:
            if core.last is not None:
                self.switches += 1
                cost = self._switch_cost
            core.last = process
        core.process = process
        self._dispatches += 1
        core.turn = self._dispatches
        core.since = core.slice_start = now + cost
        process.state = RUNNING
        if process.start < 0:
            process.start = now + cost
        return cost

    def _dispatch_apart(self, core: Core, process: Process) -> None:
        cost = self._place(core, process)
        core.completion.set(core.since + process.remaining)
        if self._record is not None:
            self._record.step(Step.DISPATCH, core.index, process, Reason.ALONE, cost)

    def _serve(self, ring: Ring, idle: list[Core]) -> None:
        """Give the idle cores, and those whose slices end now, to the members whose turn it is."""
        self._catch_up()
        now = self._env._now
        expired = [
            core
            for core in self._cores
            if core.process is not None and core.slice_start + self._quantum == now
        ]
        self._in_queue += len(expired)
        uneven = False
        for core in sorted(idle + expired, key=lambda core: core.index):
            member = ring.turn(0)
            ring.advance(1)
            self._turns += 1
            self._in_queue -= 1
            if self._unstarted and self._unstarted[0][1] is member.process:
                self._unstarted.popleft()
            uneven |= self._place(core, member.process) != self._switch_cost
            member.core = core
        if uneven:  # a core went without its switch, so slices may end in another order
            self._dissolve(ring)
            self._rotate()
        self._cores.sort(key=lambda core: (core.slice_start, core.index))
        self._watch_ties()
        self._look_ahead()

    def _watch_ties(self) -> None:
        """See to it that a decision is made where slices that end together were begun in another
        order than that of their cores: there, a process may get the core that it was on."""
        for core, following in pairwise(self._cores):
            if core.slice_start == following.slice_start and core.turn > following.turn:
                self._tie.set(core.slice_start + self._quantum)
                return

    # Rotating: more processes than cores

    def _rotate(self) -> Ring:
        """Form the ring: those who wait, then those on the cores, by the ends of their slices."""
        ring = self._ring = Ring()
        self._turns = 0
        self._in_queue = 0
        for process in self._waiting:
            self._enter(ring, process, self._in_queue)
            self._in_queue += 1
        self._waiting.clear()
        now, quantum = self._env._now, self._quantum
        busy = [core for core in self._cores if core.process is not None]
        for core in busy:
            self._charge_apart(core)
            core.quiet()
            missed = -(-(now - core.slice_start - quantum) // quantum)
            core.slice_start += max(missed, 0) * quantum
        for core in self._cores:
            if core.process is None:
                core.slice_start = now - quantum  # as if its slice ended now
        busy.sort(key=lambda core: (core.slice_start, core.turn))
        for ahead, core in enumerate(busy, self._in_queue):
            running = core.process
            assert running is not None
            remaining = running.remaining + max(now - core.slice_start, 0)
            member = ring.join(running, remaining, quantum, ahead, running=True)
            member.core = core
            self._members[running] = member
        self._cores.sort(key=lambda core: (core.slice_start, core.index))
        return ring

    def _enter(self, ring: Ring, process: Process, ahead: int) -> None:
        self._members[process] = ring.join(process, process.remaining, self._quantum, ahead)
        if process.start < 0:
            self._unstarted.append((self._turns + ahead, process))

    def _catch_up(self) -> None:
        """Let the turns pass that began before this instant."""
        ring, cores = self._ring, self._cores
        assert ring is not None
        if self._record is not None:
            self._record.close(self._env._now)
        turns = self._turns_before(self._env._now)
        if turns == 0:
            return
        self._start_those_due(turns)
        many = len(cores)
        for turn in range(max(turns - many, 0), turns):
            core, member = cores[turn % many], ring.turn(turn)
            core.process = core.last = member.process
            self._dispatches += 1
            core.turn = self._dispatches
            member.core = core
        whole, rest = divmod(turns, many)
        for place, core in enumerate(cores):
            core.slice_start += (whole + (place < rest)) * self._period
        self._cores = cores[rest:] + cores[:rest]
        ring.advance(turns)
        self._turns += turns
        self.switches += turns

    def _turns_before(self, now: int) -> int:
        turns = 0
        for core in self._cores:
            late = now - 1 - core.slice_start - self._quantum
            if late < 0:
                break
            turns += late // self._period + 1
        return turns

    def _begin(self, turn: int) -> int:
        """Return when the slice after `turn` others begins to run, its switch done."""
        rounds, place = divmod(turn, len(self._cores))
        return self._cores[place].slice_start + (rounds + 1) * self._period

    def _start_those_due(self, turns: int) -> None:
        unstarted = self._unstarted
        while unstarted and unstarted[0][0] < self._turns + turns:
            turn, process = unstarted.popleft()
            process.start = self._begin(turn - self._turns)

    def _finish(self, turns: int, member: Member) -> int:
        """Return when a member's last slice, which comes after `turns` others, finishes it."""
        if turns >= 0:
            return self._begin(turns) + member.tail
        assert member.core is not None
        return member.core.slice_start + member.tail

    def _look_ahead(self) -> None:
        """Set the timer for the first completion, as things stand now."""
        ring = self._ring
        assert ring is not None
        finalists = ring.finalists(len(self._cores))
        at = min(self._finish(turns, member) for turns, member in finalists)
        if self._final.due != at:
            self._final.set(at)
        if self._record is not None:
            self._record.open(self._members_in_turn(ring), self._cores)

    def _members_in_turn(self, ring: Ring) -> Iterable[tuple[int, int]]:
        for ahead, member in enumerate(ring.in_turn()):
            running = ahead >= self._in_queue
            yield member.process.number, ring.remaining(member, self._quantum, running)

    def _completes_rotating(self) -> None:
        ring = self._ring
        assert ring is not None
        self._catch_up()
        now = self._env._now
        done = [
            member
            for turns, member in ring.finalists(len(self._cores))
            if turns < 0 and self._finish(turns, member) == now
        ]
        for member in done:
            assert member.core is not None
            ring.leave(member)
            del self._members[member.process]
            self._account(member.process, 0)
            member.core.process = None
            member.core.slice_start = now - self._quantum
        self._cores.sort(key=lambda core: (core.slice_start, core.index))
        for member in done:
            assert member.core is not None
            self._end(member.core, member.process)
        self._decision.at_once()

    def _remaining_now(self, ring: Ring, member: Member) -> int:
        core = member.core
        running = core is not None and core.process is member.process
        remaining = ring.remaining(member, self._quantum, running)
        if running and core is not None:
            remaining -= max(self._env._now - core.slice_start, 0)
        return remaining

    def _dissolve(self, ring: Ring) -> None:
        """Give every process its own account again."""
        now = self._env._now
        in_turn = list(ring.in_turn())
        for member in in_turn:
            self._account(member.process, self._remaining_now(ring, member))
        self._waiting.extend(member.process for member in in_turn[: self._in_queue])
        for core in self._cores:
            core.since = max(core.slice_start, now)
        self._ring = None
        self._members.clear()
        self._unstarted.clear()

    def _stand_apart(self) -> None:
        """Stop rotating: each process on a core has its own completion again."""
        if self._ring is None:
            return
        self._catch_up()
        self._dissolve(self._ring)
        self._final.cancel()
        self._tie.cancel()
        self._cores.sort(key=lambda core: core.index)
        for core in self._cores:
            process = core.process
            if process is None:
                continue
            core.completion.set(core.since + process.remaining)
            if self._record is not None:
                cost = core.since - self._env._now
                self._record.step(Step.DISPATCH, core.index, process, Reason.ALONE, cost)
