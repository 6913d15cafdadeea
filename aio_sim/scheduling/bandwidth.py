"""CPU bandwidth control in closed form: so much CPU time a period for a group, as in Linux.

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
    # A debt is less than their number, so that the next quota always pays it.
    if threads > quota:
        raise InputError(
            _("a quota of {quota} ns is too little for {threads} threads at once").format(
                quota=quota, threads=threads
            )
        )


def check_bandwidth(quota: int, period: int) -> None:
    """Raise InputError where a quota or a period is not positive."""
    if quota < 1 or period < 1:
        raise InputError(
            _("quota and period must be at least 1 ns, not {quota} and {period}").format(
                quota=quota, period=period
            )
        )
