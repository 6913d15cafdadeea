"""Virtual cores: those of a guest's Cpu, each a process of the Cpu below it.

The burst of such a process is the CPU time to the next thing that happens inside: a completion, or
the end of a slice. All that a guest plans is planned on the clock of the core, which shows the time
that the core has had, so that no slice of the host below disturbs the guest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from aio_sim.kernel.environment import COMPLETION, NEVER, Environment, Timer
from aio_sim.scheduling.core import Alarm, Core
from aio_sim.scheduling.cpu_quota import CpuQuota
from aio_sim.scheduling.process import BLOCKED, READY, RUNNING, SYSTEM, Process, Weight

if TYPE_CHECKING:
    from aio_sim.hardware.host import Processor


class GuestProcess(Process):
    """A virtual core, as the Cpu below sees it: a process whose bursts its guest gives it."""

    __slots__ = ("allowed", "guest")

    def __init__(
        self,
        number: int,
        arrival: int,
        weight: Weight = 1,
        allowed: Sequence[int] | None = None,
    ) -> None:
        super().__init__(number, arrival, 0, weight=weight, source=SYSTEM)
        self.guest: VirtualCore | None = None
        self.allowed = allowed
        self.state = BLOCKED  # until the guest has something to run


class VirtualAlarm:
    """A moment on the clock of a virtual core that calls back."""

    __slots__ = ("_core", "callback", "due")

    def __init__(self, core: VirtualCore, callback: Callable[[], None]) -> None:
        self._core = core
        self.callback = callback
        self.due = NEVER

    def set(self, at: int) -> None:
        """Call back when the clock shows `at` (nanoseconds), and at no moment set before."""
        self.due = at
        self._core.plan()

    def cancel(self) -> None:
        """Do not call back."""
        if self.due != NEVER:
            self.due = NEVER
            self._core.plan()


class VirtualCore(Core):
    """A core whose clock shows the time that its process has had on the Cpu below."""

    __slots__ = (
        "_alarms",
        "_begin",
        "_finishing",
        "_joined",
        "_planned",
        "_planning",
        "_supply",
        "_waited",
        "vcpu",
    )

    real = False

    def __init__(
        self,
        env: Environment,
        index: int,
        completes: Callable[[Core], None],
        supply: VirtualCores,
        vcpu: GuestProcess,
    ) -> None:
        self._alarms: list[VirtualAlarm] = []
        self._supply = supply
        self.vcpu = vcpu
        vcpu.guest = self
        self._planned = NEVER  # the moment at which the burst below ends
        self._joined = 0  # what the simulated time was ahead of its own when it joined the others
        self._waited = 0
        self._planning = Timer(env, self._ask, supply.decision + 1)
        self._finishing = Timer(env, self.used_up, COMPLETION)
        super().__init__(env, index, completes)
        self._begin = self._alarm(self._begun, COMPLETION)

    def _alarm(self, callback: Callable[[], None], phase: int) -> Alarm:
        alarm = VirtualAlarm(self, callback)
        self._alarms.append(alarm)
        return alarm

    def now(self) -> int:
        """Return the time that the core has had, in nanoseconds."""
        return self._supply.below.received(self.vcpu)

    def progress(self) -> int:
        """Return how long the process on the core has run and was not charged for."""
        return max(self.now() - self.since, 0)

    def begins(self, process: Process, begin: int) -> None:
        """Have the process's start noted, once the core has had a nanosecond for it."""
        self._begin.set(begin + 1)

    def _begun(self) -> None:
        if self.process is not None and self.process.start < 0:
            self.process.start = self._env._now - 1

    def quiet(self) -> None:
        """Cancel what was going to happen to the process on the core."""
        super().quiet()
        self._begin.cancel()

    def plan(self) -> None:
        """See to it that the burst below fits what is planned, once the guest has decided."""
        self._planning.soon()

    def used_up_soon(self) -> None:
        """Do what `used_up` does, among the completions of this instant."""
        self._finishing.soon()

    def used_up(self) -> None:
        """Let happen what was planned for the end of the burst."""
        now = self.now()
        self._planned = NEVER
        self._planning.soon()
        for alarm in reversed(self._alarms):  # a process begins before it completes
            if 0 <= alarm.due <= now:
                alarm.due = NEVER
                alarm.callback()

    def _ask(self) -> None:
        """Ask the Cpu below for what the guest needs of it."""
        moments = [alarm.due for alarm in self._alarms if alarm.due != NEVER]
        if self._supply.parked or not moments:
            self.leave()
            return
        due = min(moments)
        now = self.now()
        quota = self._supply.quota
        if quota is not None and due > now:
            due = min(due, quota.until(self))
            if due == now:
                self._step_back()
                return
        burst = due - now
        if burst <= 0:
            self.used_up()
        elif self.vcpu.state is BLOCKED:
            self._planned = due
            self._joined = self._env.now - now
            self._supply.share_weight(self)
            self._supply.below.join(self.vcpu, burst)
        elif due != self._planned:
            self._planned = due
            self._supply.below.go_on(self.vcpu, burst)

    def weigh(self, weight: Weight) -> None:
        """Count so much against others below: the core joins them anew with that weight."""
        if self.vcpu.weight != weight:
            self.leave()
            self.vcpu.weight = weight
            self.plan()

    def leave(self) -> None:
        """Give up the Cpu below, and the time that was set aside for it."""
        if self._supply.quota is not None:
            self._supply.quota.give_back(self)
        self._step_back()

    def _step_back(self) -> None:
        self._planned = NEVER
        if self.vcpu.state in (READY, RUNNING):
            self._waited = self.waited
            self._supply.below.leave(self.vcpu)
            self._supply.share_weight()

    @property
    def waited(self) -> int:
        """Nanoseconds that it had something to run and the Cpu below ran others, or paused."""
        if self.vcpu.state not in (READY, RUNNING):
            return self._waited
        return self._waited + self._env.now - self.now() - self._joined


class VirtualCores:
    """The cores of one guest: a process of the Cpu below for each, numbered on from the first.

    `weight` is that of each, or with `together` of all of them: then those that have something to
    run have equal parts of it, as a control group of Linux. `allowed` names the cores below that
    they may run on, where each of these has a ready queue of its own.
    """

    real = False

    def __init__(
        self,
        env: Environment,
        below: Processor,
        first_number: int,
        weight: Weight = 1,
        quota: CpuQuota | None = None,
        *,
        together: bool = False,
        allowed: Sequence[int] | None = None,
    ) -> None:
        self.quota = quota
        """What they may use together, if that is limited."""
        self._env = env
        self._first_number = first_number
        self._weight = weight
        self._together = together
        self._parts: dict[int, Fraction] = {}
        self._allowed = allowed
        self._cores: list[VirtualCore] = []
        self.below = below
        self.parked = False
        # A guest decides before the Cpu below it does, and asks for what it needs in between.
        self.decision: Any = below.decision - 2

    def core(self, index: int, completes: Callable[[Core], None]) -> Core:
        """Return the core of that number, which calls `completes` at the end of a burst."""
        number = self._first_number + index
        vcpu = GuestProcess(number, self._env.now, self._weight, self._allowed)
        core = VirtualCore(self._env, index, completes, self, vcpu)
        self._cores.append(core)
        return core

    @property
    def waited(self) -> int:
        """Nanoseconds that cores had something to run and the Cpu below ran others, summed."""
        return sum(core.waited for core in self._cores)

    @property
    def received(self) -> int:
        """Nanoseconds of CPU time that the cores have had so far, summed."""
        return sum(core.now() for core in self._cores)

    def weigh(self, weight: Weight) -> None:
        """Have each core count so much against others below, or all together where they do."""
        self._weight = weight
        self._parts.clear()
        if self._together:
            self.share_weight()
            return
        for core in self._cores:
            core.weigh(weight)

    def share_weight(self, joining: VirtualCore | None = None) -> None:
        """Divide the weight of all together among those that have something to run.

        Source: Linux, kernel/sched/fair.c, calc_group_shares, where each part is as the load.
        """
        if not self._together:
            return
        there = [core for core in self._cores if core is joining or core.vcpu.state is not BLOCKED]
        weight = self._part(len(there))
        for core in there:
            if core.vcpu.weight is not weight:
                self.below.reweigh(core.vcpu, weight)

    def _part(self, count: int) -> Fraction:
        """Return the weight of each of so many; the same object each time, for it is compared."""
        if count not in self._parts:
            self._parts[count] = Fraction(self._weight) / max(count, 1)
        return self._parts[count]

    def park(self) -> None:
        """Take all cores off the Cpu below; their clocks stand still."""
        self.parked = True
        for core in self._cores:
            core.leave()

    def unpark(self) -> None:
        """Let all cores go on."""
        self.parked = False
        for core in self._cores:
            core.plan()

    def move(self, below: Processor) -> None:
        """Run on another Cpu from now on; what was planned stays as it is."""
        for core in self._cores:
            core.leave()
        self.below = below
        for core in self._cores:
            core.plan()
