"""Lottery: chances in proportion to tickets, and the same draw from the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.policies import Lottery
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference_rules import ReferenceProcess


def moment(seed: int) -> Moment:
    return Moment(lambda: RandomStreams(seed).stream("lottery"))


def test_tickets_are_chances() -> None:
    # Waldspurger & Weihl 1994, section 2: the number of wins is binomial.
    ready = [Process(0, 0, 1, weight=3), Process(1, 0, 1, weight=1)]
    here, draws = moment(1), 20_000
    wins = Counter(Lottery().pick(ready, here).number for _draw in range(draws))
    deviation = (draws * 0.75 * 0.25) ** 0.5
    assert wins[0] == pytest.approx(0.75 * draws, abs=4 * deviation)


def test_the_same_seed_draws_the_same() -> None:
    ready = [Process(number, 0, 1) for number in range(5)]

    def drawn(seed: int) -> list[int]:
        here = moment(seed)
        return [Lottery().pick(ready, here).number for _draw in range(50)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_who_holds_no_tickets_never_wins_against_one_who_does() -> None:
    ready = [Process(0, 0, 1, weight=0), Process(1, 0, 1, weight=1)]
    here = moment(3)
    assert {Lottery().pick(ready, here).number for _draw in range(100)} == {1}


def test_without_a_quantum_the_winner_runs_to_its_end() -> None:
    processes = [ReferenceProcess(number, 0, 5) for number in range(4)]
    slices = run_on_cpu(in_nanoseconds("lottery"), processes).slices
    assert [stay.end - stay.start for stay in slices] == [5] * 4


def test_with_a_quantum_the_core_is_raffled_again_and_again() -> None:
    processes = [ReferenceProcess(number, 0, 50) for number in range(2)]
    result = run_on_cpu(in_nanoseconds("lottery", quantum=1), processes)
    assert result.context_switches > 10
    assert sorted(outcome.finish for outcome in result.outcomes.values())[-1] == 100
