"""The multilevel feedback queue, rule by rule (Arpaci-Dusseau, OSTEP, ch. 8)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.scheduling.policies import MultilevelFeedbackQueue
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import simulate_reference
from tests.scheduling.reference_rules import ReferenceProcess
from tests.scheduling.test_cpu import assert_same, loads


def order(processes: list[ReferenceProcess], **options: Any) -> list[tuple[int, int]]:
    policy = in_nanoseconds("mlfq", **options)
    return [(stay.process, stay.end) for stay in run_on_cpu(policy, processes).slices]


def test_allotments_double_from_the_quantum_on() -> None:
    assert MultilevelFeedbackQueue().allotments == (8_000_000, 16_000_000, 32_000_000)
    listed = MultilevelFeedbackQueue.model_validate({"quanta": [1, 5]})
    assert listed.allotments == (1_000_000_000, 5_000_000_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": 0},
        {"quantum": 0},
        {"quanta": []},
        {"quanta": [1, 0]},
        {"quanta": [1, 2], "levels": 3},
        {"quanta": [1], "quantum": 1},
        {"boost": 0},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MultilevelFeedbackQueue.model_validate(wrong)


def test_who_uses_up_its_allotment_goes_down_and_a_newcomer_preempts_it() -> None:
    processes = [
        ReferenceProcess(0, 0, 7),
        ReferenceProcess(1, 1, 3),
        ReferenceProcess(2, 6, 1),
    ]
    # 0 goes to level 1 at 2, 1 at 4; 2 takes the core at 6, and 0 comes back to the rest.
    assert order(processes, quanta=(2, 4)) == [
        (0, 2),
        (1, 4),
        (0, 6),
        (2, 7),
        (0, 9),
        (1, 10),
        (0, 11),
    ]


def test_a_process_alone_renews_its_allotment_on_its_level() -> None:
    processes = [ReferenceProcess(0, 0, 7), ReferenceProcess(1, 5, 2)]
    # Still on level 0 at 5, so that 1 waits for the end of the allotment that began at 4.
    assert order(processes, quanta=(2, 4)) == [(0, 6), (1, 8), (0, 9)]


def test_giving_up_the_core_for_io_does_not_renew_the_allotment() -> None:
    # OSTEP rule 4: process 0 sleeps just before its allotment ends, and goes down all the same.
    gaming = ReferenceProcess(0, 0, bursts=(3, 1, 3, 1, 3))
    stays = order([gaming, ReferenceProcess(1, 0, 20)], quanta=(4, 8))
    # Back on its core at 7 it has 1 left of its 4, and then stands behind process 1 on level 1.
    assert stays[:5] == [(0, 3), (1, 7), (0, 8), (1, 16), (0, 18)]


def test_a_boost_lifts_the_starved() -> None:
    favourites = [ReferenceProcess(number, number, 1) for number in range(1, 60)]
    processes = [ReferenceProcess(0, 0, 4), *favourites]

    def finish(**options: Any) -> int:
        policy = in_nanoseconds("mlfq", quanta=(1, 2), **options)
        finished: int = run_on_cpu(policy, processes).outcomes[0].finish
        return finished

    assert finish() == 63
    assert finish(boost=10) < 45


@given(processes=loads(), cores=st.integers(1, 3), boost=st.integers(1, 30))
def test_boosts_fall_where_the_reference_has_them(
    processes: list[ReferenceProcess], cores: int, boost: int
) -> None:
    options = {"quanta": (2, 3, 5), "boost": boost}
    expected = simulate_reference("mlfq", processes, cores, **options)
    assert_same(run_on_cpu(in_nanoseconds("mlfq", **options), processes, cores), expected)
