"""The dispatch loop of round robin: a calculation a change, whatever the quantum."""

from __future__ import annotations

from collections import deque
from itertools import count, pairwise

from aio_sim.kernel.environment import COMPLETION, NEVER, QUANTUM_END, Timer
from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.core import Core, go_on, release, rescale, stand_still
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import READY, RUNNING, Process, Weight
from aio_sim.scheduling.rotation_record import RotationRecord
from aio_sim.scheduling.turns import Turns


class RotationLoop:
    """Round robin over one ready queue.

    While there is a core for each process they stand apart, each with its own completion. While
    there are more processes than cores they take turns: one timer waits for the first completion
    among them, and how far they have come is worked out when something changes. It equals the
    slice-by-slice loop exactly.
    """

    __slots__ = (
        "_all_cores",
        "_cores",
        "_decision",
        "_deferred",
        "_dispatch",
        "_ended",
        "_env",
        "_final",
        "_paused_at",
        "_quantum",
        "_record",
        "_switch_cost",
        "_tie",
        "_turns",
        "_waiting",
        "busy",
        "switches",
    )

    def __init__(self, context: LoopContext, cores: list[int], quantum: int) -> None:
        self._env = context.env
        self._ended = context.ended
        self._quantum = quantum
        self._switch_cost = context.switch_cost
        self._record = RotationRecord(context, quantum) if context.trace.full else None
        supply = context.supply
        self._decision = Timer(context.env, self._decide, supply.decision)
        self._all_cores = [supply.core(index, self._completes_apart) for index in cores]
        self._cores = list(self._all_cores)  # those available
        self._waiting: deque[Process] = deque()  # while they do not rotate
        self._turns: Turns | None = None  # while they do
        self._deferred = False  # some completions are seen to by the decision of this instant
        self._final = Timer(context.env, self._completes_rotating, COMPLETION)
        self._tie = Timer(context.env, self._decision.soon, QUANTUM_END)
        self._paused_at: int | None = None
        self._dispatch = count(1)
        self.switches = 0
        self.busy = 0

    # What the Cpu asks for

    def accept(self, process: Process, reason: Reason) -> None:
        process.state = READY
        process.ready_since = self._env._now
        if self._record is not None:
            self._record.step(Step.READY, -1, process, reason)
        if self._turns is None:
            self._waiting.append(process)
            (self._decision.at_once if self._env.last_word else self._decision.soon)()
            return
        self._catch_up(self._turns)
        self._turns.join(process)
        if self._record is not None:
            self._record.joins(process, self._turns.before(process))
        self._look_ahead(self._turns)

    def remove(self, process: Process, reason: Reason = Reason.WITHDRAWN) -> None:
        self._stand_apart()
        core = self._core_of(process)
        if core is None:
            self._waiting.remove(process)
        else:
            self._charge_apart(core)
            self._free(core)
        if process.start > self._env._now:
            process.start = -1
        if self._record is not None:
            place = -1 if core is None else core.index
            self._record.step(Step.STOP, place, process, reason)
        self._decision.soon()

    def go_on(self, process: Process, burst: int) -> None:
        self._stand_apart()
        core = self._core_of(process)
        if core is not None:
            self._charge_apart(core)
        process.remaining = burst
        if core is not None and self._paused_at is None:
            core.go_on(process)
        self._decision.soon()

    def reweigh(self, process: Process, weight: Weight) -> None:
        process.weight = weight  # which round robin does not look at

    def received(self, process: Process) -> int:
        if self._turns is not None:
            self._catch_up(self._turns)
            left = self._turns.remaining(process, self._env._now)
            return process.received + process.remaining - left
        core = self._core_of(process)
        if core is None or self._paused_at is not None:
            return process.received
        return process.received + core.progress()

    def _core_of(self, process: Process) -> Core | None:
        return next((core for core in self._cores if core.process is process), None)

    def charge(self) -> None:
        if self._paused_at is not None:
            return
        if self._turns is None:
            for core in self._cores:
                self._charge_apart(core)
            return
        self._catch_up(self._turns)
        for process in self._turns.members:
            self._account(process, self._turns.remaining(process, self._env._now))
        self._look_ahead(self._turns)

    def pause(self) -> None:
        if self._paused_at is None:
            self._stand_apart()
            self.charge()
            self._paused_at = self._env._now
            stand_still(self._cores)

    def resume(self) -> None:
        if self._paused_at is None:
            return
        release(self._cores, self._paused_at, self._env._now)
        self._paused_at = None
        self._decision.soon()

    def rescale(self, numerator: int, denominator: int) -> None:
        self._stand_apart()
        self.charge()
        rescale(self.processes(), numerator, denominator)
        if self._paused_at is None:
            go_on(self._cores)
        self._decision.soon()

    def set_available(self, cores: list[int], available: bool) -> None:
        self._stand_apart()
        self.charge()
        touched = set(cores)
        for core in reversed(self._all_cores):  # so that the first core's process comes to the head
            if core.index in touched:
                core.available = available
                if core.process is not None:
                    self._withdraw(core, core.process)
        self._cores = [core for core in self._all_cores if core.available]
        self._decision.soon()

    def running(self) -> list[int]:
        return [core.index for core in self._cores if core.process is not None]

    def load(self) -> int:
        if self._turns is not None:
            return len(self._turns.members)
        return len(self._waiting) + sum(core.process is not None for core in self._cores)

    def processes(self) -> list[Process]:
        if self._turns is not None:
            return list(self._turns.members)
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
            self._record.step(Step.READY, -1, process, Reason.WITHDRAWN)

    def _completes_apart(self, core: Core) -> None:
        process = core.process
        assert process is not None
        self._account(process, 0)
        if process.guest is not None:
            core.since = self._env._now
            process.guest.used_up()
            return
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
        waiting = len(self._waiting) if self._turns is None else self._turns.waiting
        if waiting <= len(idle):
            self._stand_apart()
            if self._deferred:
                self._see_to_completions()
            for core, process in zip(idle, list(self._waiting), strict=False):
                self._dispatch_apart(core, process)
            self._waiting.clear()
        elif self._cores:
            self._serve(self._turns or self._rotate(), idle)

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
        core.turn = next(self._dispatch)
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

    def _serve(self, turns: Turns, idle: list[Core]) -> None:
        """Give the idle cores, and those whose slices end now, to the members whose turn it is."""
        self._catch_up(turns)
        expired = [
            core
            for core in self._cores
            if core.process is not None and core.slice_start + self._quantum == self._env._now
        ]
        turns.waiting += len(expired)
        costs = [
            self._place(core, turns.serve(core))
            for core in sorted(idle + expired, key=lambda core: core.index)
        ]
        if min(costs, default=0) < self._switch_cost:
            # A core went without its switch, so that slices may end in another order.
            self._dissolve(turns)
            turns = self._rotate()
        turns.sort_cores()
        self._watch_ties(turns)
        self._look_ahead(turns)

    def _watch_ties(self, turns: Turns) -> None:
        """See to it that a decision is made where slices that end together were begun in another
        order than that of their cores: there, a process may get the core that it was on."""
        for core, following in pairwise(turns.cores):
            if core.slice_start == following.slice_start and core.turn > following.turn:
                self._tie.set(core.slice_start + self._quantum)
                return

    # Rotating: more processes than cores

    def _rotate(self) -> Turns:
        """Let those who wait take turns with those on the cores, by the ends of their slices."""
        turns = self._turns = Turns(
            list(self._cores), self._quantum, self._switch_cost, self._dispatch
        )
        for core in self._cores:
            if core.process is not None:
                self._charge_apart(core)
                core.quiet()
        turns.begin(self._waiting, self._env._now)
        self._waiting.clear()
        if self._record is not None:
            self._record.form(turns.in_turn())
        return turns

    def _catch_up(self, turns: Turns) -> None:
        """Let the turns pass that began before this instant."""
        if self._record is not None:
            self._record.close(turns)
        self.switches += turns.pass_before(self._env._now)

    def _look_ahead(self, turns: Turns) -> None:
        """Set the timer for the first completion, as things stand now."""
        at = turns.first_completion()
        if self._final.due != at:
            self._final.set(at)

    def _completes_rotating(self) -> None:
        turns = self._turns
        assert turns is not None
        self._catch_up(turns)
        done = turns.done_at(self._env._now)
        guests = [member.process.guest for member in done if member.process.guest is not None]
        if guests:
            self._stand_apart()  # the others that are done complete there
            for guest in guests:
                guest.used_up_soon()
            self._decision.soon()
            return
        for member in done:
            turns.leave(member, self._env._now)
            self._account(member.process, 0)
            if self._record is not None:
                self._record.leaves(member.process)
        turns.sort_cores()
        for member in done:
            assert member.core is not None
            self._end(member.core, member.process)
        self._decision.at_once()

    def _dissolve(self, turns: Turns) -> None:
        """Give every process its own account again."""
        now = self._env._now
        in_turn = list(turns.in_turn())
        for process in in_turn:
            self._account(process, turns.remaining(process, now))
        self._waiting.extend(in_turn[: turns.waiting])
        for core in self._cores:
            core.since = max(core.slice_start, now)
        self._turns = None

    def _stand_apart(self) -> None:
        """Stop rotating, up to the decision of this instant: then all rotate again, or each process
        on a core has its own completion. What completes at this instant has it at once."""
        if self._turns is None:
            return
        self._catch_up(self._turns)
        self._dissolve(self._turns)
        self._final.cancel()
        self._tie.cancel()
        self._deferred = True
        for core in self._cores:
            process = core.process
            if process is None:
                continue
            if not process.remaining:
                core.go_on(process)
            if self._record is not None:
                cost = core.since - self._env._now
                self._record.step(Step.DISPATCH, core.index, process, Reason.ALONE, cost)

    def _see_to_completions(self) -> None:
        self._deferred = False
        for core in self._cores:
            if core.process is not None and core.completion.due == NEVER:
                core.go_on(core.process)
