"""The lab on scheduling: textbook schedules, and what it draws."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.pages.scheduling import sheet
from aio_sim.teaching.labs.scheduling import BY_HAND, Job, ScheduleProblem, draw, solve


def job(name: str, arrival: int, work: int, priority: int = 0) -> Job:
    return Job(name, arrival * SECOND, work * SECOND, priority)


BURSTS = (job("P1", 0, 24), job("P2", 0, 3), job("P3", 0, 3))
"""Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 5.3."""
LENGTHS = (job("P1", 0, 6), job("P2", 0, 8), job("P3", 0, 7), job("P4", 0, 3))
RANKS = (
    *(job("P1", 0, 10, 3), job("P2", 0, 1, 1), job("P3", 0, 2, 4)),
    *(job("P4", 0, 1, 5), job("P5", 0, 5, 2)),
)
LATER = (job("P1", 0, 8), job("P2", 1, 4), job("P3", 2, 9), job("P4", 3, 5))


@pytest.mark.parametrize(
    ("policy", "options", "jobs", "mean"),
    [
        ("fcfs", {}, BURSTS, 17),
        ("rr", {"quantum": 4}, BURSTS, 17 / 3),
        ("sjf", {}, LENGTHS, 7),
        ("srtf", {}, LATER, 6.5),
        ("priority", {}, RANKS, 8.2),
    ],
)
def test_mean_waits_are_those_of_the_textbook(
    policy: str, options: dict[str, int], jobs: tuple[Job, ...], mean: float
) -> None:
    answer = solve(ScheduleProblem(policy, options, 1, jobs))
    assert answer.mean("waiting") == pytest.approx(mean)


@given(st.integers(0, 10_000))
def test_what_is_drawn_is_small_enough_for_a_sheet_of_paper(seed: int) -> None:
    problem = draw(seed)
    assert problem.policy in BY_HAND
    assert problem == draw(seed)
    assert 4 <= len(problem.jobs) <= 5
    assert sum(job.work for job in problem.jobs) <= 45 * SECOND
    assert len({job.priority for job in problem.jobs}) == len(problem.jobs)


@given(st.integers(0, 10_000), st.sampled_from(["fcfs", "sjf", "priority"]))
def test_cores_are_never_idle_while_somebody_waits(seed: int, policy: str) -> None:
    """On one core, work that is there is done at once, whatever the order."""
    answer = solve(draw(seed, policy=policy))
    done = sorted((turn.start, turn.finish) for turn in answer.turns)
    arrivals = {job.name: job.arrival / SECOND for job in answer.problem.jobs}
    for (_start, finish), (start, _finish) in pairwise(done):
        late = [turn for turn in answer.turns if turn.start >= start]
        assert start == finish or start == min(arrivals[turn.name] for turn in late)


def test_what_is_given_does_not_shift_what_is_drawn() -> None:
    assert draw(7, policy="sjf").jobs == draw(7, policy="rr").jobs == draw(7).jobs


@pytest.mark.parametrize(
    ("policy", "options", "said"),
    [
        ("rr", {"quantum": 4}, ["rr on 1 core, quantum 4 s", "queues before the one whose turn"]),
        ("rr", {"quantum": "20ms"}, ["quantum 20 ms"]),
        ("priority", {}, ["smaller number is the higher", "not interrupted"]),
        ("priority", {"preemptive": True}, ["preemptive true", "takes the core at once"]),
        ("srtf", {}, ["Of equals the one that arrived first"]),
    ],
)
def test_a_problem_says_what_must_be_known_to_solve_it_by_hand(
    policy: str, options: dict[str, object], said: list[str]
) -> None:
    problem = draw(0, policy=policy, options=options)
    told = " ".join(map(str, sheet(problem, solve(problem)).given))
    assert [part for part in said if part not in told] == []


@pytest.mark.parametrize("policy", ["sjf", "srtf", "priority"])
def test_of_equals_the_one_that_arrived_first_runs_first(policy: str) -> None:
    jobs = (job("P1", 0, 5, 2), job("P2", 1, 3, 1), job("P3", 2, 3, 1), job("P4", 2, 5, 2))
    starts = {turn.name: turn.start for turn in solve(draw(0, policy=policy, jobs=jobs)).turns}
    assert starts["P2"] < starts["P3"] < starts["P4"]


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UnknownName, match="the nearest is 'rr'"):
        draw(0, policy="rx")
    with pytest.raises(InputError, match="1 to 100 processes, got 0"):
        draw(0, jobs=[])
    for jobs, said in (
        ([job("a", 0, 1), job("a", 1, 1)], "two processes have one name"),
        ([job("", 0, 1)], "a process has no name"),
        ([job("a", 0, 0)], "more than no time"),
    ):
        with pytest.raises(InputError, match=said):
            draw(0, jobs=jobs)
    with pytest.raises(InputError, match=r"scheduler\.quantum: must be greater than 0"):
        solve(draw(0, policy="rr", options={"quantum": 0}))
