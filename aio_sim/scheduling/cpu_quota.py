"""A quota of CPU time for the virtual cores of one guest, as Linux's bandwidth control keeps it.

Each period has a quota, which is dealt out in equal parts to the cores that have something to run.
One that has used up its part has what the others left dealt out anew; when nothing is left, cores
are held back until the next period. Source: Linux, Documentation/scheduler/sched-bwc.rst, where
cores take slices of 5 ms; see `bandwidth` for the closed form.
"""

from __future__ import annotations

from typing import Final, Protocol

from aio_sim.kernel.environment import NEVER, WAKE_UP, Environment, Timer

LEAST: Final = 1_000_000
"""Nanoseconds that are dealt out at least, where they are there: so that deals have an end."""


class LimitedCore(Protocol):
    """A virtual core with a clock of the time that it has had."""

    def now(self) -> int: ...
    def plan(self) -> None:
        """Look again at what it may do."""


class CpuQuota:
    """At most `quota` nanoseconds of CPU time for all cores together in each `period`.

    Periods are counted from when it is made. It costs a few events a period in which somebody runs,
    and none in which nobody does. Raises ValueError unless both are positive.
    """

    def __init__(self, env: Environment, quota: int, period: int) -> None:
        if quota < 1 or period < 1:
            raise ValueError(f"quota and period must be positive, got {quota} and {period}")
        self.throttled_periods = 0
        """Periods in which at least one core was held back."""
        self._throttled = 0
        self._short = -1  # the last period that was counted as such
        self._env = env
        self._quota = quota
        self._period = period
        self._begin = env.now
        self._pool = quota  # what was not dealt out
        self._part = quota  # what each core is dealt
        self._filled = 0  # the number of the period for which it was filled
        self._until: dict[LimitedCore, int] = {}  # where on its clock each must stop, once it took
        self._held: dict[LimitedCore, int] = {}  # those held back, and since when
        self._timer = Timer(env, self._next_period, WAKE_UP)

    @property
    def throttled(self) -> int:
        """Nanoseconds for which cores were held back so far, summed over cores."""
        now = self._env.now
        return self._throttled + sum(now - since for since in self._held.values())

    def until(self, core: LimitedCore) -> int:
        """Return up to where on its clock a core may run: its present, where it is held back."""
        now = core.now()
        until = self._until.get(core, NEVER)
        if core not in self._until:
            self._until[core] = NEVER
            self._fill()
            self._deal()
        elif NEVER < until <= now and core not in self._held:
            self._deal()  # perhaps others have more than they used
        elif until > now:
            return until
        return self._take(core, now)

    def _take(self, core: LimitedCore, now: int) -> int:
        part = min(self._part, self._pool)
        self._pool -= part
        self._until[core] = now + part
        if not part:
            self.throttled_periods += self._short != self._filled
            self._short = self._filled
            self._held.setdefault(core, self._env.now)
        return now + part

    def give_back(self, core: LimitedCore) -> None:
        """Take back what a core does not need, which has nothing to run."""
        until = self._until.pop(core, None)
        if until is None:
            return
        self._pool += max(until - core.now(), 0)
        self._release(core)
        if self._pool and self._held:
            self._deal()

    def _deal(self) -> None:
        """Collect what is not used up, and have each core take an equal part of it."""
        for core, until in self._until.items():
            self._pool += max(until - core.now(), 0)
            self._until[core] = NEVER
            core.plan()
        self._part = max(-(-self._pool // max(len(self._until), 1)), min(self._pool, LEAST))
        if self._pool:
            for core in list(self._held):
                self._release(core)

    def _fill(self) -> None:
        """Fill the pool up for this period, and see to the end of it."""
        passed = (self._env.now - self._begin) // self._period
        if passed > self._filled:
            self._filled = passed
            self._pool = self._quota
        if self._timer.due == NEVER:
            self._timer.set(self._begin + (passed + 1) * self._period)

    def _next_period(self) -> None:
        if not self._until:
            return
        self._until = dict.fromkeys(self._until, NEVER)  # what is left of the last period is lost
        self._fill()
        self._deal()

    def _release(self, core: LimitedCore) -> None:
        since = self._held.pop(core, None)
        if since is not None:
            self._throttled += self._env.now - since
