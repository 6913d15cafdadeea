"""The policies that a scenario may name, their options, and what they say for themselves."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

import aio_sim.scheduling.policies  # noqa: F401  # importing registers them
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Moment
from aio_sim.scheduling.process import Process

NAMES = ["fcfs", "rr", "ps", "priority", "sjf", "srtf", "mlfq", "hrrn", "fair", "lottery", "edf"]

CRITERIA = {
    "fcfs": ("turn", 7),
    "rr": ("turn", 7),
    "priority": ("priority", 2),
    "sjf": ("remaining", 4),
    "srtf": ("remaining", 4),
    "mlfq": ("level", 0),
    "hrrn": ("response_ratio", 2.5),
    "fair": ("virtual_runtime", 0),
    "lottery": ("tickets", 3),
    "edf": ("deadline", 9),
}


def made(name: str, **options: Any) -> Any:
    return SCHEDULING_POLICIES[name](**({"quantum": 1} if name == "rr" else {}) | options)


def test_these_policies_come_with_aio_sim() -> None:
    assert set(NAMES) <= set(SCHEDULING_POLICIES)


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_is_misspelt_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="quantom"):
        made(name, quantom=1)


@pytest.mark.parametrize("name", ["rr", "priority", "mlfq", "lottery"])
@pytest.mark.parametrize("quantum", [0, -1, "nan", "-5ms", True])
def test_a_quantum_must_be_a_time_above_nothing(name: str, quantum: Any) -> None:
    with pytest.raises(ValidationError):
        made(name, quantum=quantum)


def test_round_robin_must_be_told_its_quantum() -> None:
    with pytest.raises(ValidationError, match="quantum"):
        SCHEDULING_POLICIES["rr"]()


@pytest.mark.parametrize("name", CRITERIA)
def test_each_names_the_number_that_it_decides_by(name: str) -> None:
    policy, moment = made(name), Moment(lambda: RandomStreams(0).stream("policy"))
    process = Process(0, 0, 4, priority=2, weight=3, deadline=9)
    policy.enters(process, moment)
    process.joined, process.ready_since, moment.now = 7, 0, 6
    assert (policy.criterion, policy.value(process, moment)) == CRITERIA[name]


def test_a_process_without_a_deadline_comes_last() -> None:
    moment = Moment(lambda: RandomStreams(0).stream("policy"))
    late, never = Process(0, 0, 1, deadline=10**15), Process(1, 0, 1)
    assert made("edf").key(late, moment) < made("edf").key(never, moment)
