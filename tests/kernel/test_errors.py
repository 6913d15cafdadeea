"""Errors: what they say, and which exit code they mean."""

from __future__ import annotations

import pytest

from aio_sim.kernel import errors
from aio_sim.kernel.errors import (
    AioSimError,
    AuditError,
    InputError,
    PolicyError,
    Problem,
    ScenarioError,
    UnitError,
    UnknownName,
    WorkloadError,
    hint,
    nearest,
)

TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, AioSimError)
]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_means_failure_or_misuse(kind: type[AioSimError]) -> None:
    assert kind.exit_code == (2 if issubclass(kind, InputError) else 1)


def test_what_goes_wrong_in_a_run_is_no_misuse() -> None:
    assert not issubclass(PolicyError, InputError)
    assert not issubclass(AuditError, InputError)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is wrong"), "is wrong"),
        (Problem("is wrong", "a.yaml"), "a.yaml: is wrong"),
        (Problem("is wrong", "a.yaml", 3), "a.yaml:3: is wrong"),
        (
            Problem("is wrong", "a.yaml", 3, 7, "hosts[0].cores"),
            "a.yaml:3:7: hosts[0].cores: is wrong",
        ),
    ],
)
def test_a_problem_names_file_line_column_and_field(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_scenario_error_tells_all_its_problems_a_line_each() -> None:
    problems = [Problem("one", "a.yaml", 1), Problem("two", "a.yaml", 2)]
    error = ScenarioError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error).splitlines() == ["a.yaml:1: one", "a.yaml:2: two"]


def test_a_workload_error_carries_its_problem() -> None:
    problem = Problem("is no number", "log.swf", 8, field="run time")
    assert WorkloadError(problem).problem is problem
    assert str(WorkloadError(problem)) == "log.swf:8: run time: is no number"


def test_an_unknown_name_says_the_nearest() -> None:
    error = UnknownName("policy", "fcsf", ["sjf", "fcfs", "lottery"])
    assert str(error) == "unknown policy 'fcsf'; did you mean 'fcfs'?"
    assert isinstance(error, KeyError)


def test_a_unit_error_is_a_value_error_for_validators() -> None:
    assert issubclass(UnitError, ValueError)


@pytest.mark.parametrize(
    ("name", "known", "end"),
    [
        ("quantm", ["quantum", "queue"], "; did you mean 'quantum'?"),
        ("zzz", ["b", "a"], "; expected one of a, b"),
        ("zzz", [], ""),
        ("zzz", [f"name-{n}" for n in range(13)] + ["fuzz"], "; the nearest is 'fuzz'"),
    ],
)
def test_a_hint_is_the_nearest_name_or_a_short_list(name: str, known: list[str], end: str) -> None:
    assert hint(name, known) == end


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest("zzz", ["fcfs", "sjf"]) is None
