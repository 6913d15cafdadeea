"""The closed forms of a replica set, against enumeration and against the simulator."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from statistics import mean, stdev

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.document.replication.mathematics import (
    availability,
    failover_bounds,
    first_to_stand,
    loss,
)
from aio_sim.storage.document.replication.settings import ReplicaSettings

from .sets import LATENCY, Star


@pytest.mark.parametrize("voters", [1, 2, 3, 4, 5, 7])
def test_availability_is_that_of_all_cases_counted(voters: int) -> None:
    up = Fraction(9, 10)
    total = Fraction(0)
    for states in product([True, False], repeat=voters):
        if 2 * sum(states) > voters:
            probability = Fraction(1)
            for state in states:
                probability *= up if state else 1 - up
            total += probability
    assert availability(voters, up) == total


def test_a_second_voter_helps_nobody_and_a_third_does() -> None:
    up = Fraction(99, 100)
    assert availability(2, up) < availability(1, up) < availability(3, up) < availability(5, up)
    assert availability(3, up) == Fraction(999702, 1000000)
    assert loss(3, Fraction(1, 100)) == Fraction(1, 10**6)


def failovers(members: int, count: int) -> list[int]:
    """Return how long it took, time and again, from the end of the primary to the next one."""
    times = []
    for seed in range(count):
        star = Star([f"m{number}" for number in range(members)], seed)
        star.run_to(7 * SECOND + seed * SECOND // 7)
        begin = star.env.now
        star.set.fail(str(star.set.primary))
        star.env.run(until=star.set.changed)  # the failure itself has been told already
        while star.set.primary is None:
            star.env.run(until=star.set.changed)
        times.append(star.env.now - begin)
    return times


def test_failovers_take_what_the_mathematics_says() -> None:
    settings = ReplicaSettings()
    times = failovers(3, 60)
    least, most = failover_bounds(settings, 4 * LATENCY)
    slack = SECOND // 1000  # bytes of messages, beside latency
    assert least <= min(times) <= max(times) <= most + slack
    error = stdev(times) / len(times) ** 0.5
    assert mean(times) == pytest.approx(first_to_stand(2, settings), abs=3 * error + slack)


def test_more_members_stand_sooner() -> None:
    settings = ReplicaSettings()
    times = [first_to_stand(members, settings) for members in (1, 2, 4)]
    assert times == sorted(times, reverse=True)
    # One member alone: the mean of an age up to 2 s, and of an offset up to 1.5 s.
    assert times[0] == pytest.approx(10 * SECOND - SECOND + 0.75 * SECOND, rel=1e-6)
