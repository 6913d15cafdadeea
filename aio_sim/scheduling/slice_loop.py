"""The dispatch loop, slice by slice, for any policy."""

from __future__ import annotations

import heapq

from aio_sim.kernel.environment import Timer
from aio_sim.kernel.trace import Reason, Step
from aio_sim.scheduling.core import Core, go_on, release, rescale, stand_still
from aio_sim.scheduling.core_accounts import CoreAccounts
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.order_changes import OrderChanges
from aio_sim.scheduling.policy_hooks import PolicyHooks
from aio_sim.scheduling.preemption import victim
from aio_sim.scheduling.process import READY, RUNNING, Process, Weight
from aio_sim.scheduling.ready_queue import ask, only_takes_turns, overrides, ready_queue
from aio_sim.scheduling.schedule_record import ScheduleRecord
from aio_sim.scheduling.slice_ends import SliceEnds


class SliceLoop:
    """Cores that take processes from one ready queue in the policy's order.

    At one instant: completions, then arrivals, then processes whose slice ended and for whom
    somebody waits go to the back; then one decision: idle cores are filled in the order of their
    indices, and a process that the policy lets preempt takes the core of the worst one running.
    A slice that ends while nobody waits costs nothing: it is looked at when somebody comes.
    """

    __slots__ = (
        "_accounts",
        "_cores",
        "_decision",
        "_ended",
        "_env",
        "_goes_on",
        "_hooks",
        "_idle",
        "_in_turn",
        "_moment",
        "_newcomers",
        "_order_changes",
        "_paused_at",
        "_policy",
        "_preemptive",
        "_queue",
        "_record",
        "_slice_ends",
        "_slices",
        "_starts",
        "_switch_cost",
        "_turn",
        "switches",
    )

    def __init__(self, context: LoopContext, cores: list[int]) -> None:
        policy = context.policy
        self._env = context.env
        self._policy = policy
        self._moment = context.moment
        self._switch_cost = context.switch_cost
        self._ended = context.ended
        self._goes_on = context.goes_on
        self._record = ScheduleRecord(context) if context.trace.full else None
        self._queue = ready_queue(policy, context.moment)
        supply = context.supply
        self._decision = Timer(context.env, self._decide, supply.decision)
        plain = supply.real and context.switching.constant is not None
        self._in_turn = self._record is None and only_takes_turns(policy) and plain
        completes = self._completes_in_turn if self._in_turn else self._completes
        self._cores = [supply.core(index, completes) for index in cores]
        self._idle = [(core.index, core) for core in self._cores]
        self._newcomers = False  # somebody joined since the last look for preemption
        self._paused_at: int | None = None
        self._turn = 0
        self.switches = 0
        self._accounts = CoreAccounts(context)
        self._hooks = PolicyHooks(context, self.charge if self._accounts.told else None)
        self._starts = policy.starts if overrides(policy, "starts") else None
        self._order_changes = (
            OrderChanges(context, self._accounts, self._reorders_now)
            if overrides(policy, "reorders_at")
            else None
        )
        self._preemptive = overrides(policy, "preempts")
        self._slices = overrides(policy, "slice")
        self._slice_ends = SliceEnds(self._accounts, self._decision)
        if self._slices:
            for core in self._cores:
                core.slices(self._slice_ends.lapses)

    # What the Cpu asks for

    def accept(self, process: Process, reason: Reason) -> None:
        env, decision = self._env, self._decision
        if self._in_turn:
            if self._idle and env.last_word and not self._queue and self._may_decide():
                self._dispatch(heapq.heappop(self._idle)[1], process)
                return
            process.ready_since = env._now
            process.state = READY
            self._queue.push(process)
        else:
            self._enter(process, reason)
        if decision.due != env._now:
            if env.last_word:
                decision.at_once()
            else:
                decision.set(env._now)

    def remove(self, process: Process, reason: Reason = Reason.WITHDRAWN) -> None:
        if process.state is RUNNING:
            core = self._core_of(process)
            self._take_off(core, reason)
            heapq.heappush(self._idle, (core.index, core))
            self._decision.soon()
        else:
            self._queue.remove(process)
            if self._record is not None:
                self._record.step(Step.STOP, -1, process, reason)
        self._hooks.leaves(process)

    def go_on(self, process: Process, burst: int) -> None:
        if process.state is not RUNNING:
            process.remaining = burst
            return
        core = self._core_of(process)
        if self._paused_at is None:
            self._accounts.charge(core, core.now())
        process.remaining = burst
        if self._paused_at is None:
            core.go_on(process)

    def reweigh(self, process: Process, weight: Weight) -> None:
        self.charge()
        process.weight = weight
        self._hooks.reweighs(process)

    def received(self, process: Process) -> int:
        if process.state is not RUNNING or self._paused_at is not None:
            return process.received
        return process.received + self._core_of(process).progress()

    def _core_of(self, process: Process) -> Core:
        return next(core for core in self._cores if core.process is process)

    def charge(self) -> None:
        if self._paused_at is None:
            for core in self._cores:
                if core.process is not None:
                    self._accounts.charge(core, core.now())

    def pause(self) -> None:
        if self._paused_at is None:
            self.charge()
            self._paused_at = self._env._now
            stand_still(self._cores)

    def resume(self) -> None:
        if self._paused_at is None:
            return
        release(self._cores, self._paused_at, self._env._now)
        self._paused_at = None
        if self._order_changes is not None:
            self._moment.now = self._env._now
            self._queue.rekey()  # keys may have changed by themselves meanwhile
        self._newcomers = True
        self._decision.soon()

    def rescale(self, numerator: int, denominator: int) -> None:
        self.charge()
        rescale(self.processes(), numerator, denominator)
        if self._paused_at is None:
            go_on(self._cores)
        self._moment.now = self._env._now
        self._queue.rekey()
        self._newcomers = True
        self._decision.soon()

    def set_available(self, cores: list[int], available: bool) -> None:
        touched = set(cores)
        for core in reversed(self._cores):  # so that the first core's process comes to the head
            if core.index in touched:
                core.available = available
                if core.process is not None:
                    process = self._take_off(core, Reason.WITHDRAWN)
                    self._queue.put_back(process)
                    if self._record is not None:
                        self._record.step(Step.READY, -1, process, Reason.WITHDRAWN)
        self._idle = [
            (core.index, core) for core in self._cores if core.available and core.process is None
        ]
        self._newcomers = True
        self._decision.soon()

    @property
    def busy(self) -> int:
        """Core-nanoseconds of work done and charged so far."""
        return self._accounts.busy

    def running(self) -> list[int]:
        return [core.index for core in self._cores if core.process is not None]

    def load(self) -> int:
        return len(self._queue) + sum(core.process is not None for core in self._cores)

    def processes(self) -> list[Process]:
        running = [core.process for core in self._cores if core.process is not None]
        return running + list(self._queue)

    # What happens to a process

    def _enter(self, process: Process, reason: Reason) -> None:
        self._hooks.enters(process)
        self._newcomers = True
        self._join(process, reason)

    def _join(self, process: Process, reason: Reason) -> None:
        self._turn += 1
        process.joined = self._turn
        process.ready_since = self._moment.now = self._env._now
        process.state = READY
        self._queue.push(process)
        if self._record is not None:
            self._record.step(Step.READY, -1, process, reason)

    def _dispatch(self, core: Core, process: Process) -> None:
        now = core.now()
        cost = 0
        if core.last is not process:
            if core.last is not None:
                self.switches += 1
                cost = self._switch_cost
            core.last = process
        core.process = process
        self._turn += 1
        core.turn = self._turn
        process.state = RUNNING
        core.since = begin = now + cost
        if process.start < 0:
            core.begins(process, begin)
        if self._starts is not None:
            ask(self._policy, self._starts, process, self._moment)
        if self._slices:
            core.slice_start = begin
            core.slice_length = self._accounts.slice(process)
        if self._record is not None:
            self._record.dispatch(core.index, process, cost, self._queue)
        core.completion.set(begin + process.remaining)

    def _take_off(self, core: Core, reason: Reason) -> Process:
        """Take the process off a core, its account up to date; it is ready again."""
        process = core.process
        assert process is not None
        now = self._moment.now = self._env._now
        if self._paused_at is None:
            self._accounts.charge(core, core.now())
        if process.start > now:
            process.start = -1  # stopped in the middle of its first switch
        core.quiet()
        core.process = None
        process.state = READY
        process.ready_since = now
        if self._record is not None:
            self._record.step(Step.STOP, core.index, process, reason)
        return process

    def _completes(self, core: Core) -> None:
        process = core.process
        assert process is not None
        env = self._env
        if process.guest is not None:
            self._accounts.charge(core, core.now())
            process.guest.used_up()
            return
        if process.bursts is not None and (more := self._goes_on(process)):
            self.go_on(process, more)
            return
        if self._slices or self._accounts.told:
            self._moment.now = env._now
            self._accounts.charge(core, core.now())
        else:
            ran = process.remaining
            process.received += ran
            process.remaining = 0
            self._accounts.busy += ran
        if core.lapse is not None:
            core.lapse.cancel()
        core.process = None
        heapq.heappush(self._idle, (core.index, core))
        if self._record is not None:
            reason = Reason.BLOCKED if process.bursts else Reason.FINISHED
            self._record.step(Step.STOP, core.index, process, reason)
        self._hooks.leaves(process)
        self._ended(process)
        if self._queue:
            self._decision.at_once()

    def _completes_in_turn(self, core: Core) -> None:
        """Do what `_completes` and the decision after it do, where nothing but turns matters.

        This is the hot path of large runs; hence no calls that can be done without.
        """
        process, queue, env = core.process, self._queue, self._env
        assert process is not None
        if process.guest is not None:
            self._completes(core)
            return
        ran = process.remaining
        process.remaining = 0
        process.received += ran
        self._accounts.busy += ran
        events = env._queue
        if queue and process.demand is None and not (events and events[0][0] == env._now):
            # The next one goes first, then others hear: they can only come behind it.
            core.last = core.process = following = queue.pop()
            self.switches += 1
            following.state = RUNNING
            core.since = begin = env._now + self._switch_cost
            if following.start < 0:
                following.start = begin
            core.completion.set(begin + following.remaining)
            self._ended(process)
            return
        core.process = None
        heapq.heappush(self._idle, (core.index, core))
        self._ended(process)
        if queue:
            self._decision.at_once()

    # The decision

    def _may_decide(self) -> bool:
        """Return whether nothing else is due at this instant, so that a decision need not wait."""
        return self._paused_at is None and self._env.quiet()

    def _decide(self) -> None:
        if self._paused_at is not None:
            return
        self._moment.now = self._env._now
        queue, idle = self._queue, self._idle
        if self._slices and len(queue) > len(idle):
            self._slice_ends.watch(self._cores)
        if self._slice_ends:
            self._end_slices()
        while idle and queue:
            self._dispatch(heapq.heappop(idle)[1], queue.pop())
        if queue:
            self._contend()
        self._newcomers = False

    def _end_slices(self) -> None:
        """Send expired processes to the back where somebody waits, else renew their slices."""
        expired = self._slice_ends.take()
        if len(self._queue) <= len(self._idle):
            for core in expired:
                self._accounts.renew(core, core.now())
            return
        for core in sorted(expired, key=lambda core: core.turn):
            process = self._take_off(core, Reason.QUANTUM)
            heapq.heappush(self._idle, (core.index, core))
            ask(self._policy, self._policy.expires, process, self._moment)
            self._join(process, Reason.QUANTUM)

    def _contend(self) -> None:
        """See to what only matters while somebody waits: preemption, ends of slices, new orders."""
        if self._preemptive and self._newcomers:
            self._preempt()
        if self._slices:
            self._slice_ends.watch(self._cores)
        if self._order_changes is not None:
            self._order_changes.watch()

    def _preempt(self) -> None:
        last_turn = self._turn
        self.charge()
        while True:
            candidate = self._queue.peek()
            # Nobody is preempted who was dispatched in this very search, so that it ends.
            longer = [core for core in self._cores if core.turn <= last_turn]
            core = victim(self._policy, self._moment, candidate, longer)
            if core is None:
                return
            self._queue.pop()
            self._queue.put_back(self._take_off(core, Reason.PREEMPTED))
            self._dispatch(core, candidate)

    def _reorders_now(self) -> None:
        if self._paused_at is None and self._queue:
            self._moment.now = self._env._now
            self._queue.rekey()
            self._newcomers = True
            self._decide()
