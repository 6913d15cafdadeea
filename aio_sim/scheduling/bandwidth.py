"""CPU bandwidth control: so much CPU time a period for a group, counted as Linux does.

A group may use `quota` nanoseconds of CPU time in each period, on all cores together. When that is
used up it is throttled: nothing of it runs until the next period begins. What k entities run beyond
the quota in the last nanosecond (less than k) is a debt that the next period pays, so that in the
long run the quota holds exactly.

Source: Turner, Rao & Rao, CPU bandwidth control for CFS, Linux Symposium 2010; Linux,
Documentation/scheduler/sched-bwc.rst. There cores draw the quota in slices of 5 ms; here it is one
pool, which is the limit of small slices.
"""

from __future__ import annotations

from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class ThrottledRun(NamedTuple):
    """What became of work under bandwidth control; instants and times in nanoseconds."""

    finish: int
    periods: int
    """The periods from the one in which it starts to the one in which it ends."""
    throttled: int
    """The time that it was held back, whatever the number of threads."""
    throttled_periods: int
    """The periods in which it was held back."""


def throttled_run(
    work: int, quota: int, period: int, *, threads: int = 1, start: int = 0
) -> ThrottledRun:
    """Return when work is done that nothing but the quota holds up, in closed form.

    `work` (ns of CPU time) is split equally between threads, each on a core of its own. Periods
    begin at 0, period, 2 period, ...; the work comes at `start`. One thread and start 0:
    finish = floor((work - 1) / quota) period + the rest of the work.

    Raises InputError where work, quota, period or threads are not positive, where start is
    negative, or where there are more threads than nanoseconds of quota.
    """
    _check_run(work, quota, period, threads, start)
    each = _ceil(work, threads)
    boundary = (start // period + 1) * period
    first = min(_ceil(quota, threads), boundary - start)
    if quota >= threads * period or each <= first:
        finish = start + each
        return ThrottledRun(finish, _ceil(finish, period) - start // period, 0, 0)
    debt = max(threads * first - quota, 0)
    rest = each - first
    # In n whole periods it runs ceil((n quota - debt) / threads): the last is the first n with
    # that at least the rest.
    whole = (threads * (rest - 1) + debt) // quota
    before = _ceil(whole * quota - debt, threads)
    finish = boundary + whole * period + rest - before
    held = int(start + first < boundary) + _short_periods(whole, before, quota, period, threads)
    return ThrottledRun(finish, whole + 2, finish - start - each, held)


class BandwidthPool:
    """What a group has used of its quota, when that runs out, and how long it was held back.

    Its owner says with `run` how many entities run, or would run if they were not held back.
    Between two calls nothing is stepped through: any number of periods is one calculation. Instants
    and times are nanoseconds; periods begin at `origin`, origin + period, ...

    Raises InputError where quota or period is not positive.
    """

    def __init__(self, quota: int, period: int, origin: int = 0) -> None:
        check_bandwidth(quota, period)
        self.quota = quota
        self.period = period
        self.used = 0
        """CPU time used since the origin."""
        self.throttled = 0
        """Time during which entities were held back, however many."""
        self.throttled_periods = 0
        """Periods in which they were."""
        self._left = quota  # of this period; a debt where negative
        self._since = origin
        self._boundary = origin + period
        self._entities = 0
        self._short = origin  # the end of the last period that was counted as short

    @property
    def exhausted(self) -> bool:
        """Whether the quota of this period is used up, so that nothing may run until the next."""
        return self._left <= 0

    @property
    def next_period(self) -> int:
        """The instant at which the quota is filled up again."""
        return self._boundary

    def run(self, entities: int, now: int) -> None:
        """Note that from now on so many entities run, or are held back.

        Raises InputError where there are more of them than nanoseconds of quota.
        """
        _check_entities(entities, self.quota)
        self.advance(now)
        self._entities = entities

    def advance(self, now: int) -> None:
        """Bring the accounts up to an instant; a period that begins then is filled up."""
        if now >= self._boundary:
            self._finish_period()
            if now >= self._boundary:
                # On its own, for its debt may come from a time when more entities ran.
                self._finish_period()
                self._pass_whole((now - self._since) // self.period)
        self._pass(now)

    def runs_out(self) -> int | None:
        """Return when the quota will be used up as things are, None where it never will.

        Where that is just when a period ends, nobody is held back and it goes on.
        """
        entities = self._entities
        if not entities or self.exhausted:
            return None
        end = self._since + _ceil(self._left, entities)
        if end < self._boundary:
            return end
        lack = entities * self.period - self.quota
        if lack <= 0:
            return None
        debt = max(entities * (self._boundary - self._since) - self._left, 0)
        # Of n periods to come it runs ceil((n quota - debt) / entities): the first n short of all.
        periods = _ceil(entities - debt, lack)
        return self._boundary + _ceil(periods * self.quota - debt, entities)

    def _finish_period(self) -> None:
        self._pass(self._boundary)
        self._left = min(self.quota, self._left + self.quota)
        self._boundary += self.period

    def _pass(self, until: int) -> None:
        """Let time pass within a period."""
        time = until - self._since
        self._since = until
        if not self._entities:
            return
        running = min(time, max(_ceil(self._left, self._entities), 0))
        self._use(running)
        self._left -= running * self._entities
        if running < time:
            # A period is counted when it is first found short; its rest may come in pieces.
            self.throttled_periods += self._boundary != self._short
            self._short = self._boundary
            self.throttled += time - running

    def _pass_whole(self, periods: int) -> None:
        """Let whole periods pass, before which the debt is less than the entities that run."""
        self._since += periods * self.period
        self._boundary += periods * self.period
        entities, debt = self._entities, self.quota - self._left
        if not entities or not periods:
            return
        time = periods * self.period
        running = min(time, _ceil(periods * self.quota - debt, entities))
        self._use(running)
        self._left = min(self.quota, self._left + periods * self.quota - running * entities)
        self.throttled += time - running
        if running < time:
            self.throttled_periods += _short_periods(
                periods, running, self.quota, self.period, entities
            )

    def _use(self, running: int) -> None:
        self.used += running * self._entities


def _short_periods(periods: int, running: int, quota: int, period: int, threads: int) -> int:
    """Return how many of some whole periods were not run through.

    All, where the quota lasts for less than a period; else each is at most one nanosecond short.
    """
    if _ceil(quota, threads) < period:
        return periods
    return periods * period - running


def _ceil(amount: int, share: int) -> int:
    return -(-amount // share)


def _check_run(work: int, quota: int, period: int, threads: int, start: int) -> None:
    check_bandwidth(quota, period)
    if work < 1 or threads < 1 or start < 0:
        raise InputError(_("work and threads must be positive, and start not negative"))
    _check_entities(threads, quota)


def check_bandwidth(quota: int, period: int) -> None:
    """Raise InputError where a quota or a period is not positive."""
    if quota < 1 or period < 1:
        raise InputError(
            _("quota and period must be at least 1 ns, not {quota} and {period}").format(
                quota=quota, period=period
            )
        )


def _check_entities(entities: int, quota: int) -> None:
    # A debt is less than their number, so that the next quota always pays it.
    if entities > quota:
        raise InputError(
            _("a quota of {quota} ns is too little for {entities} entities at once").format(
                quota=quota, entities=entities
            )
        )
