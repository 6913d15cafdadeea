"""The lab on task allocation: Graham's worst cases, and every schedule within its guarantee."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.assignment import RULES, AssignmentProblem, Duty, draw, solve

SECOND = 10**9


def duties(*works: int) -> tuple[Duty, ...]:
    return tuple(Duty(f"t{at}", work * SECOND) for at, work in enumerate(works))


def best(works: list[int], machines: int) -> int:
    """Return the best makespan, of all assignments that there are."""
    return min(
        max(
            sum(work for work, at in zip(works, places, strict=True) if at == machine)
            for machine in range(machines)
        )
        for places in product(range(machines), repeat=len(works))
    )


@pytest.mark.parametrize(
    ("rule", "machines", "works", "makespan"),
    [
        ("list", 3, (1, 1, 1, 1, 1, 1, 3), 5),  # the best is 3: 2 - 1/3
        ("lpt", 3, (1, 1, 1, 1, 1, 1, 3), 3),
        ("lpt", 3, (5, 5, 4, 4, 3, 3, 3), 11),  # the best is 9: 4/3 - 1/9
        ("round_robin", 2, (4, 1, 4, 1), 8),
    ],
)
def test_worst_cases_are_those_of_graham(
    rule: str, machines: int, works: tuple[int, ...], makespan: int
) -> None:
    assert solve(AssignmentProblem(rule, machines, duties(*works))).makespan == makespan


@given(
    st.sampled_from(RULES),
    st.integers(1, 3),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
@settings(max_examples=30)
def test_no_rule_is_further_from_the_best_than_its_guarantee(
    rule: str, machines: int, works: list[int]
) -> None:
    answer = solve(AssignmentProblem(rule, machines, duties(*works)))
    optimum = best(works, machines)
    assert answer.least <= optimum <= answer.makespan <= float(answer.guarantee) * optimum + 1e-9


@pytest.mark.parametrize("rule", RULES)
def test_each_machine_does_one_at_a_time_and_all_are_done(rule: str) -> None:
    answer = solve(draw(3, rule=rule))
    for one, other in product(answer.done, repeat=2):
        if one is not other and one.machine == other.machine:
            assert one.finish <= other.start or other.finish <= one.start
    for done, duty in zip(answer.done, answer.problem.duties, strict=True):
        assert done.finish - done.start == pytest.approx(duty.work / SECOND)


def test_a_rule_that_draws_draws_by_the_seed() -> None:
    def machines(seed: int) -> list[str]:
        return [each.machine for each in solve(draw(seed, rule="random", machines=4)).done]

    assert machines(3) == machines(3)
    assert len({tuple(machines(seed)[:6]) for seed in range(8)}) > 1


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UnknownName, match="unknown rule 'ltp'"):
        draw(0, rule="ltp")
    with pytest.raises(InputError, match="machines: expected 1 to 100"):
        draw(0, machines=101)
    with pytest.raises(InputError, match="two tasks have one name"):
        draw(0, duties=[Duty("a", 1), Duty("a", 2)])
    with pytest.raises(InputError, match="no time"):
        draw(0, duties=[Duty("a", 0)])
