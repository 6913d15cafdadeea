"""On the Cpu, every policy gives what the textbooks print."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.textbook import CASES, Case

SECOND = 1_000_000_000


def checked(printed: Any, found: Any) -> None:
    """Compare, where the book prints the number."""
    if printed is not None:
        assert found == pytest.approx(printed, rel=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_cpu_gives_what_the_textbook_prints(case: Case) -> None:
    policy = in_nanoseconds(case.policy, **case.options)
    outcomes = list(run_on_cpu(policy, case.processes).outcomes.values())
    count = len(outcomes)
    checked(case.finish, tuple(outcome.finish for outcome in outcomes))
    checked(case.waiting, tuple(outcome.waiting for outcome in outcomes))
    checked(case.mean_waiting, sum(outcome.waiting for outcome in outcomes) / count)
    turnaround = sum(outcome.finish for outcome in outcomes)
    turnaround -= sum(process.arrival for process in case.processes)
    checked(case.mean_turnaround, turnaround / count)
