"""What a migration takes on a link of constant bandwidth, worked out without running it.

Sizes are bytes, times nanoseconds, bandwidth bits a second. docs/background/migration.md derives
the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, expm1, log
from typing import NamedTuple

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.migration.dirty import dirtied, tracked_speed
from aio_sim.virtualization.migration.methods import PAGE, Method, MigrationOptions

DEFAULT = MigrationOptions()


class Round(NamedTuple):
    """Bytes sent in one go, and the nanoseconds that took."""

    bytes: int
    time: int


@dataclass(frozen=True)
class MigrationPlan:
    """What a migration sends, round after round, and for how long the machine stands still.

    `faults` is the mean number of pages that post-copy has to fetch, of a guest that they do not
    slow down: an upper bound for one that they do.
    """

    rounds: tuple[Round, ...]
    downtime: int
    time: int
    faults: float = 0.0

    @property
    def bytes(self) -> int:
        """Everything that is sent."""
        return sum(each.bytes for each in self.rounds)


@dataclass(frozen=True)
class PreCopySeries:
    """Pre-copy as a geometric series: rounds before the machine stops, bytes, times in ns."""

    rounds: int
    bytes: float
    time: float
    downtime: float


def transfer_time(size: int, bandwidth: int) -> int:
    """Return how long `size` bytes take."""
    return -(-size * 8 * SECOND // bandwidth)


def plan_migration(
    memory: int,
    dirty_rate: int,
    bandwidth: int,
    options: MigrationOptions = DEFAULT,
    cores: int = 1,
) -> MigrationPlan:
    """Return what a migration by the options' method takes; the image of a cold one left out.

    Raises InputError for a bandwidth below 1 bit/s.
    """
    if bandwidth < 1:
        raise InputError(
            _("bandwidth must be at least 1 bit/s, not {value}").format(value=bandwidth)
        )
    limited = min(bandwidth, options.rate_limit or bandwidth)
    if options.method is Method.COLD:
        return _cold(memory, limited, options)
    if options.method is Method.PRE_COPY:
        return _pre_copy(memory, dirty_rate, limited, options, cores)
    return _post_copy(memory, dirty_rate, limited, options)


def _cold(memory: int, bandwidth: int, options: MigrationOptions) -> MigrationPlan:
    size = memory + options.state
    only = Round(size, transfer_time(size, bandwidth))
    time = only.time + options.switch_over
    return MigrationPlan((only,), time, time)


def _pre_copy(
    memory: int, dirty_rate: int, bandwidth: int, options: MigrationOptions, cores: int
) -> MigrationPlan:
    working_set = options.writable(memory)
    rounds, dirty, sent = list[Round](), memory, 0
    while not rounds or not options.stops_copying(len(rounds), sent, dirty, memory):
        rounds.append(Round(dirty, transfer_time(dirty, bandwidth)))
        sent += dirty
        time = rounds[-1].time
        speed = tracked_speed(time, dirty_rate, working_set, options.tracking, cores)
        dirty = dirtied(time * speed.numerator // speed.denominator, dirty_rate, working_set)
    size = dirty + options.state
    rounds.append(Round(size, transfer_time(size, bandwidth)))
    downtime = rounds[-1].time + options.switch_over
    time = sum(each.time for each in rounds) + options.switch_over
    return MigrationPlan(tuple(rounds), downtime, time)


def _post_copy(
    memory: int, dirty_rate: int, bandwidth: int, options: MigrationOptions
) -> MigrationPlan:
    state = Round(options.state, transfer_time(options.state, bandwidth))
    push = Round(memory, transfer_time(memory, bandwidth))
    downtime = state.time + options.switch_over
    rate = dirty_rate if options.touch_rate is None else options.touch_rate
    faults = expected_faults(push.time, rate, options.writable(memory))
    return MigrationPlan((state, push), downtime, downtime + push.time, faults)


def pre_copy_series(memory: int, dirty_rate: int, bandwidth: int, threshold: int) -> PreCopySeries:
    """Return pre-copy where every write dirties another page: a geometric series.

    With l = d / B the rounds send M, M l, M l^2, ...; the first n of them run until M l^n is no
    more than the threshold, and the machine stands still for the last one. In all M (1 - l^(n+1))
    / (1 - l) bytes (H. Liu et al., Performance and energy modeling for live migration of virtual
    machines, HPDC 2011). Raises InputError unless 0 < threshold and l < 1: it would not end.
    """
    ratio = 8 * dirty_rate / bandwidth
    if ratio >= 1 or threshold < 1:
        raise InputError(
            _(
                "memory is dirtied as fast as it is sent ({ratio:.3g} times), or the threshold is 0"
            ).format(ratio=ratio)
        )
    rounds = max(ceil(log(memory / threshold) / -log(ratio)), 1) if ratio else 1
    size = memory * (1 - ratio ** (rounds + 1)) / (1 - ratio)
    second = 8 * SECOND / bandwidth
    return PreCopySeries(rounds, size, size * second, memory * ratio**rounds * second)


def settled_share(ratio: float) -> float:
    """Return the share of the working set that stays dirty, round after round, for ratio d / B.

    The rounds send w x with x -> 1 - exp(-l x). This tends to 0 for l <= 1 and else to the positive
    solution of x = 1 - exp(-l x), the share of the giant component of a random graph (Erdos and
    Renyi 1960).
    """
    if ratio <= 1:
        return 0.0
    low, high = 1e-12, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if middle < 1 - exp(-ratio * middle) else (low, middle)
    return (low + high) / 2


def expected_faults(time: int, rate: int, working_set: int) -> float:
    """Return the pages that a guest touches before they are there, as a push takes `time` ns.

    With x = a t / w, w (1 - (1 - exp(-x)) / x) bytes: the integral of what is touched first at each
    moment, a exp(-a s / w), times the share 1 - s / t that is not there yet.
    """
    exponent = rate * time / (working_set * SECOND) if working_set else 0.0
    if not exponent:
        return 0.0
    return working_set * (1 + expm1(-exponent) / exponent) / PAGE
