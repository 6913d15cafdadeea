"""A second network, slow and plain: exact fractions, all rates anew at every event."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

SECOND = 10**9


@dataclass
class Path:
    """What a flow crosses, and the bits a second that limit it."""

    channels: tuple[Hashable, ...]
    limit: Fraction | None = None


def fair_rates(capacities: Mapping[Hashable, Fraction], paths: Sequence[Path]) -> list[Fraction]:
    """Return max-min fair rates by progressive filling, as the textbook has it.

    All rates rise together; whoever meets a full channel or its limit stays where it is.
    """
    rates = [Fraction(0)] * len(paths)
    rising = set(range(len(paths)))
    while rising:
        left = {
            name: capacity
            - sum(rate for rate, path in zip(rates, paths, strict=True) if name in path.channels)
            for name, capacity in capacities.items()
        }
        users = {name: sum(name in paths[at].channels for at in rising) for name in capacities}
        rooms = [left[name] / users[name] for name in capacities if users[name]]
        limits = [limit - rates[at] for at in rising if (limit := paths[at].limit) is not None]
        rise = min([*rooms, *limits])
        for at in rising:
            rates[at] += rise
        full = {name for name in capacities if users[name] and left[name] == rise * users[name]}
        rising = {
            at
            for at in rising
            if rates[at] != paths[at].limit and not full.intersection(paths[at].channels)
        }
    return rates


@dataclass
class Sending:
    """A transfer of the slow simulator."""

    start: int
    size: int
    path: Path
    left: Fraction = field(init=False)
    end: int = -1

    def __post_init__(self) -> None:
        self.left = Fraction(self.size * 8 * SECOND)


def finish_times(capacities: Mapping[Hashable, Fraction], sendings: Sequence[Sending]) -> list[int]:
    """Return the whole nanosecond at which each transfer has sent its last byte."""
    now = 0
    while any(sending.end < 0 for sending in sendings):
        inside = [sending for sending in sendings if sending.start <= now and sending.end < 0]
        rates = fair_rates(capacities, [sending.path for sending in inside])
        moments = [sending.start for sending in sendings if sending.start > now]
        moments += [
            now + ceil(sending.left / rate) for sending, rate in zip(inside, rates, strict=True)
        ]
        after = min(moments)
        for sending, rate in zip(inside, rates, strict=True):
            sending.left -= rate * (after - now)
            if sending.left <= 0:
                sending.end = after
        now = after
    return [sending.end for sending in sendings]
