"""The lab on CPU bandwidth control: work under a quota, period by period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_sim.kernel.units import DURATION_UNITS, seconds
from aio_sim.scheduling.bandwidth import ThrottledRun, throttled_run
from aio_sim.teaching.labs.drawing import integer, stream

MILLISECOND: Final = DURATION_UNITS["ms"]
PERIOD: Final = 100 * MILLISECOND
"""The default period of Linux: Documentation/scheduler/sched-bwc.rst, cpu.cfs_period_us."""

_STEP: Final = 5 * MILLISECOND
"""What is drawn is a multiple of this."""


@dataclass(frozen=True)
class ThrottleProblem:
    """Work (ns of CPU time) that `threads` share, under a quota; periods begin at 0."""

    quota: int
    period: int
    work: int
    threads: int = 1
    start: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it, times in seconds."""
        return {
            "quota": seconds(self.quota),
            "period": seconds(self.period),
            "work": seconds(self.work),
            "threads": self.threads,
            "start": seconds(self.start),
        }


class Stretch(NamedTuple):
    """What happens in one period: from `begin` on it runs, then it is held back until `end`."""

    period: int
    begin: int
    running: int
    end: int

    @property
    def held(self) -> int:
        """The time for which it is held back, in nanoseconds."""
        return self.end - self.begin - self.running


@dataclass(frozen=True)
class ThrottleAnswer:
    """When the work is done, over how many periods, and how long it was held back."""

    run: ThrottledRun

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it, times in seconds."""
        return {
            "finish": seconds(self.run.finish),
            "periods": self.run.periods,
            "throttled": seconds(self.run.throttled),
        }


def draw(
    seed: int,
    *,
    quota: int | None = None,
    work: int | None = None,
    period: int = PERIOD,
    threads: int = 1,
    start: int = 0,
) -> ThrottleProblem:
    """Return a problem with what is given, times in nanoseconds, the rest drawn under `seed`."""
    if quota is None:
        quota = _STEP * integer(stream(seed, "throttle", "quota"), 2, 10)
    if work is None:
        work = _STEP * integer(stream(seed, "throttle", "work"), 12, 60)
    return ThrottleProblem(quota, period, work, threads, start)


def solve(problem: ThrottleProblem) -> ThrottleAnswer:
    """Return the answer; InputError where work, quota, period or threads cannot be."""
    return ThrottleAnswer(
        throttled_run(
            problem.work,
            problem.quota,
            problem.period,
            threads=problem.threads,
            start=problem.start,
        )
    )


def stretches(problem: ThrottleProblem) -> Iterator[Stretch]:
    """Yield what happens in each period, until the work is done; for a problem that `solve` took.

    The quota is drawn on by all threads at once. What they overdraw in the nanosecond in which it
    ends is taken from the next one.
    """
    left = -(-problem.work // problem.threads)
    now, pool = problem.start, problem.quota
    while left:
        period = now // problem.period
        boundary = (period + 1) * problem.period
        running = min(-(-pool // problem.threads), boundary - now, left)
        left -= running
        yield Stretch(period, now, running, boundary if left else now + running)
        pool = min(pool - running * problem.threads, 0) + problem.quota
        now = boundary
