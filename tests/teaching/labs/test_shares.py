"""The lab on shares: worked examples, a division by crumbs, and balloons in order."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.report.console import console
from aio_sim.teaching.labs.pages.shares import sheet
from aio_sim.teaching.labs.pages.sheet import print_parts
from aio_sim.teaching.labs.shares import GIB, Resource, SharesProblem, draw, solve
from aio_sim.virtualization.entitlement import NO_TAX, Claim
from aio_sim.virtualization.machine.claim import SECOND

AMPLE = Fraction(1000)


def cores(capacity: int, *claims: Claim, overcommit: Fraction = AMPLE) -> SharesProblem:
    return SharesProblem(Resource.CORES, capacity, overcommit, NO_TAX, claims)


def memory(capacity: int, *claims: Claim, tax: Fraction = NO_TAX) -> SharesProblem:
    return SharesProblem(Resource.MEMORY, capacity, AMPLE, tax, claims)


def core_claims() -> st.SearchStrategy[Claim]:
    tenth = SECOND // 10
    return st.builds(
        Claim,
        shares=st.sampled_from([500, 1000, 1500, 2000]),
        reservation=st.sampled_from([0, tenth, 2 * tenth]),
        limit=st.sampled_from([None, 3 * tenth, 5 * tenth]),
        demand=st.just(SECOND),
    )


def by_crumbs(problem: SharesProblem) -> list[float]:
    """Give crumbs beyond the reservations, each to whoever has least of a share and may take."""
    has = [float(claim.reservation) for claim in problem.claims]
    most = [claim.most(problem.units) for claim in problem.claims]
    crumb = SECOND / 1000
    for _crumb in range(round((problem.units - sum(has)) / crumb)):
        wanting = [at for at, amount in enumerate(has) if amount + crumb <= most[at]]
        if not wanting:
            break
        has[min(wanting, key=lambda at: has[at] / problem.claims[at].shares)] += crumb
    return has


@given(capacity=st.integers(1, 2), claims=st.lists(core_claims(), min_size=1, max_size=5))
def test_the_last_step_is_a_division_by_crumbs_to_the_poorest(
    capacity: int, claims: list[Claim]
) -> None:
    problem = cores(capacity, *claims)
    answer = solve(problem)
    amounts = [float(amount) for amount in answer.steps[-1].amounts]
    assert amounts == pytest.approx(by_crumbs(problem), abs=0.003 * SECOND)
    assert answer.entitled == pytest.approx(answer.steps[-1].amounts, abs=1)


@given(capacity=st.integers(1, 2), claims=st.lists(core_claims(), min_size=1, max_size=5))
def test_between_two_steps_whoever_rises_does_so_by_its_shares(
    capacity: int, claims: list[Claim]
) -> None:
    steps = solve(cores(capacity, *claims)).steps
    assert [step.level for step in steps] == sorted({step.level for step in steps})
    for before, after in pairwise(steps):
        for claim, old, new in zip(claims, before.amounts, after.amounts, strict=True):
            assert new - old in (0, (after.level - before.level) * claim.shares)


def test_reserved_shared_and_limited_cores_are_those_of_the_worked_example() -> None:
    answer = solve(
        cores(
            4,
            Claim(2000, demand=SECOND),
            Claim(1000, SECOND, demand=SECOND),
            Claim(1000, limit=SECOND // 2, demand=SECOND),
            Claim(1000, demand=4 * SECOND),
        )
    )
    assert [units / SECOND for units in answer.entitled] == [1, 1, 0.5, 1.5]
    assert [float(step.level * 1000 / SECOND) for step in answer.steps] == [0, 0.5, 1.5]
    assert answer.ratio == Fraction(7, 4)


def test_an_idle_machine_keeps_a_quarter_of_what_a_busy_one_has() -> None:
    """Waldspurger, OSDI 2002, section 5.3, figure 7: equal shares, one idle, a tax of 75 %."""
    idle, busy = Claim(1000, demand=GIB, active=0), Claim(1000, demand=GIB)
    answer = solve(memory(GIB, idle, busy, tax=Fraction(3, 4)))
    assert answer.entitled[1] == pytest.approx(4 * answer.entitled[0])
    assert answer.balloons == tuple(GIB - amount for amount in answer.entitled)


@given(sizes=st.lists(st.integers(1, 8), min_size=2, max_size=6), capacity=st.integers(1, 16))
def test_balloons_move_so_that_machines_never_have_more_than_there_is(
    sizes: list[int], capacity: int
) -> None:
    claims = [Claim(1000 + at, demand=size * GIB) for at, size in enumerate(sizes)]
    answer = solve(memory(capacity * GIB, *claims))
    has = [*solve(memory(capacity * GIB, *claims[:-1])).entitled, 0]
    for machine, change in answer.changes:
        has[machine] += change
        assert sum(has) <= capacity * GIB
    assert tuple(has) == answer.entitled


def test_a_machine_too_many_is_refused_and_has_nothing() -> None:
    alike = [Claim(1000, demand=SECOND)] * 3
    answer = solve(cores(1, *alike, overcommit=Fraction(2)))
    assert [reason is None for reason in answer.refused] == [True, True, False]
    assert answer.entitled == (SECOND // 2, SECOND // 2, 0)
    assert (answer.ledger.machines, answer.ratio) == (2, Fraction(2))
    reserving = solve(cores(1, *[Claim(1000, SECOND, demand=SECOND)] * 2)).as_json()
    assert [machine["refused"] for machine in reserving["machines"]] == [None, "reservation"]


def test_where_nobody_finds_room_nothing_is_divided(capsys: pytest.CaptureFixture[str]) -> None:
    problem = cores(1, Claim(1000, demand=2 * SECOND))
    answer = solve(problem)
    assert answer.entitled == (0,)
    page = sheet(problem, answer)
    print_parts([*page.given, *page.solution, *page.explanation], console(None))
    assert "0 machines on the host" in capsys.readouterr().out


def test_every_step_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    claims = (
        Claim(2000, demand=4 * GIB, active=GIB),
        Claim(1000, GIB, demand=4 * GIB),
        Claim(4000, 0, GIB, 4 * GIB),
    )
    problem = memory(6 * GIB, *claims, tax=Fraction(3, 4))
    page = sheet(problem, solve(problem))
    print_parts([*page.explanation], console(None))
    out = capsys.readouterr().out
    for words in ("2: all it may have", "1: rises from here", "0: the rest is idle", "used up"):
        assert words in out
    assert "machine 2 gets 1 GiB" in out


def test_one_seed_is_one_problem_and_some_refuse() -> None:
    problems = [draw(seed) for seed in range(60)]
    assert problems[7] == draw(7)
    assert {problem.resource for problem in problems} == set(Resource)
    answers = [solve(problem) for problem in problems]
    assert all(answer.ledger.machines for answer in answers)
    assert sum(any(answer.refused) for answer in answers) > 5
    assert sum(len(answer.steps) > 2 for answer in answers) > 30


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (cores(0, Claim(1, demand=SECOND)), "something to divide"),
        (cores(1), "1 to 100 machines"),
        (cores(1, Claim(1, demand=0)), "machine 0: its size and limit"),
        (cores(1, Claim(1, limit=0, demand=SECOND)), "machine 0: its size and limit"),
        (cores(1, Claim(1, SECOND, SECOND // 2, SECOND)), "cannot reserve more"),
        (memory(GIB, Claim(1, demand=GIB), tax=Fraction(1)), "idle memory tax"),
    ],
)
def test_what_cannot_be_is_refused(problem: SharesProblem, said: str) -> None:
    with pytest.raises(InputError, match=said):
        solve(problem)
