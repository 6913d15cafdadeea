"""The lab on context switches: sums of the same slices under both strategies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.scheduling.context_switch import SwitchStrategy, TlbSwitch
from aio_sim.teaching.labs.pages.switching import sheet
from aio_sim.teaching.labs.switching import SwitchProblem, draw, solve

FAST, PRECISE = SwitchStrategy.FAST, SwitchStrategy.PRECISE


@given(st.floats(0, 1), st.integers(1, 5000), st.integers(0, 1000))
def test_the_total_is_that_of_slices_with_and_without_vectors(
    share: float, switches: int, seed: int
) -> None:
    answer = solve(SwitchProblem(share, switches, seed=seed))
    using = answer.using_vectors
    assert 0 <= using <= switches
    fast, precise = answer.results[FAST], answer.results[PRECISE]
    assert fast.total == 514 * using + 150 * (switches - using)
    assert precise.total == 343 * switches
    assert fast.expected == pytest.approx(150 + 364 * share)
    assert (precise.least, precise.most) == (343, 343)
    assert fast.least <= fast.mean <= fast.most


def test_the_mean_tends_to_what_is_expected() -> None:
    fast = solve(SwitchProblem(0.3, 1_000_000)).results[FAST]
    deviation = 364 * (0.3 * 0.7 / 1_000_000) ** 0.5
    assert abs(fast.mean - (150 + 364 * 0.3)) < 4 * deviation


def test_the_cheaper_one_changes_at_the_break_even() -> None:
    below, above = (solve(SwitchProblem(share, 100_000)).results for share in (0.5, 0.56))
    assert below[FAST].total < below[PRECISE].total
    assert above[FAST].total > above[PRECISE].total
    assert 0.5 < solve(SwitchProblem(0.5)).break_even < 0.56


def test_the_json_names_the_unit() -> None:
    found = solve(SwitchProblem(1, 10, (FAST,))).as_json()
    assert found == {
        "strategies": {
            "fast": {
                "total_ns": 5140,
                "mean_ns": 514.0,
                "expected_ns": 514.0,
                "least_ns": 514,
                "most_ns": 514,
            }
        },
        "break_even": pytest.approx(193 / 364),
    }


def test_a_seed_draws_one_share() -> None:
    assert draw(5) == draw(5)
    assert len({draw(seed).vector_use for seed in range(50)}) > 20
    assert draw(5, vector_use=0.25).vector_use == 0.25


def test_a_flush_is_a_step_of_its_own() -> None:
    problem = SwitchProblem(0.3, tlb=TlbSwitch.FLUSH)
    assert solve(problem).results[PRECISE].most == 343 + 640
    text = "\n".join(str(line) for line in sheet(problem, solve(problem)).explanation)
    assert "2,440 bytes" in text
    assert "(223 - 30) / (223 + 111 + 30) = 0.530" in text


@pytest.mark.parametrize(("share", "switches"), [(1.5, 10), (0.5, 0), (0.5, 10**10)])
def test_what_cannot_be_is_refused(share: float, switches: int) -> None:
    with pytest.raises(InputError):
        solve(SwitchProblem(share, switches))
