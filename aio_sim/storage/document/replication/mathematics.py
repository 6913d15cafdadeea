"""What a replica set promises, in closed form: availability, durability, time of a failover."""

from __future__ import annotations

from fractions import Fraction
from math import comb

from aio_sim.storage.document.replication.settings import ReplicaSettings, majority


def availability(voters: int, up: Fraction | float) -> Fraction | float:
    """Return the share of time during which a majority is up, where each is so with probability
    `up`, whatever the others are: the upper tail of a binomial distribution.

    Source: Brooker, Quorum Availability, 2021 (brooker.co.za), after Peleg & Wool, The Availability
    of Quorum Systems, Information and Computation 123(2), 1995.
    """
    down = 1 - up
    needed = majority(voters)
    return sum(
        comb(voters, count) * up**count * down ** (voters - count)
        for count in range(needed, voters + 1)
    )


def loss(copies: int, lost: Fraction | float) -> Fraction | float:
    """Return the probability that a write is lost for good, as all its copies are.

    `copies`: members that had it as it was acknowledged; `lost`: the probability that one loses its
    disk before another has a copy of it.
    """
    return lost**copies


def failover_bounds(settings: ReplicaSettings, round_trip: int) -> tuple[int, int]:
    """Return the least and the greatest time, in ns, from the end of a primary to the next one.

    For an election that succeeds at once: the last heartbeat was up to an interval before, the
    timeout runs from it, chance adds up to its share; then two rounds, the dry run and the vote.

    Source: MongoDB Manual, Replica Set Elections: a median of 12 s or less with default settings.
    """
    rounds = 2 * round_trip
    least = settings.election_timeout - settings.heartbeat_interval
    most = settings.election_timeout + int(settings.election_timeout * settings.election_offset)
    return least + rounds, most + rounds


def first_to_stand(members: int, settings: ReplicaSettings) -> float:
    """Return the mean ns from the end of a primary until the first of some members stands.

    Each stands at a time of its own, uniform since its last heartbeat and uniform by chance; the
    mean of the least is the integral of the probability that none has stood, by Simpson's rule.
    """
    interval = float(settings.heartbeat_interval)
    offset = float(settings.election_timeout * settings.election_offset)
    low, high = -interval, offset
    steps = 2_000
    width = (high - low) / steps
    weights = [1 if place in (0, steps) else 4 if place % 2 else 2 for place in range(steps + 1)]
    area = sum(
        weight * _not_yet(low + place * width, interval, offset) ** members
        for place, weight in enumerate(weights)
    )
    return settings.election_timeout + low + area * width / 3


def _not_yet(at: float, interval: float, offset: float) -> float:
    """Return the probability that offset - age > at, both uniform, age up to the interval."""
    return 1 - _below(at, interval, offset)


def _below(at: float, interval: float, offset: float) -> float:
    """Return the area of the rectangle of ages and offsets in which offset - age <= at, as a share.

    Irwin-Hall's distribution for two uniform variables of different widths.
    """
    reach = at + interval

    def corner(side: float) -> float:
        return max(side, 0.0) ** 2 / 2

    area = corner(reach) - corner(reach - interval) - corner(reach - offset)
    return (area + corner(reach - interval - offset)) / (interval * offset)
