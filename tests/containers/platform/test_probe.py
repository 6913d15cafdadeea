"""When the answer of a probe turns, against one that really looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.platform.probe import Probe, ProbeRecord
from aio_sim.kernel.errors import InputError

PROBES = st.builds(
    Probe,
    initial_delay=st.integers(0, 12),
    period=st.integers(1, 7),
    success=st.integers(1, 3),
    failure=st.integers(1, 4),
)


def polled(probe: Probe, says: bool, finds: list[bool]) -> list[bool]:
    """Return the answer after each instant, by looking at each instant whose turn it is."""
    answers, streak = [], 0
    for now, found in enumerate(finds):
        if now >= probe.initial_delay and (now - probe.initial_delay) % probe.period == 0:
            streak = 0 if found == says else streak + 1
            if streak == (probe.failure if says else probe.success):
                says, streak = not says, 0
        answers.append(says)
    return answers


def foretold(probe: Probe, says: bool, finds: list[bool]) -> list[bool]:
    """Return the same by changes alone."""
    record = ProbeRecord(probe, 0, says=says, finds=finds[0])
    turns = record.turns(0, finds[0])
    answers = []
    for now, found in enumerate(finds):
        if now and found != finds[now - 1]:
            turns = record.turns(now, found)
        if turns == now:
            record.turn(now)
            turns = None
        answers.append(record.says)
    return answers


@given(PROBES, st.booleans(), st.lists(st.tuples(st.booleans(), st.integers(1, 15)), min_size=1))
def test_the_answer_turns_when_one_that_looks_would_find_it(
    probe: Probe, says: bool, stretches: list[tuple[bool, int]]
) -> None:
    finds = [found for found, length in stretches for _each in range(length)]
    assert foretold(probe, says, finds) == polled(probe, says, finds)


def test_three_failures_in_a_row_and_one_success() -> None:
    probe = Probe(initial_delay=5, period=10)
    record = ProbeRecord(probe, 100, says=True, finds=True)
    assert record.turns(111, finds=False) == 135  # looks at 115, 125, 135
    record.turn(135)
    assert not record.says
    assert record.turns(140, finds=True) == 145


@pytest.mark.parametrize(
    "options", [{"period": 0}, {"success": 0}, {"failure": 0}, {"initial_delay": -1}]
)
def test_a_probe_that_cannot_be_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError, match="period above 0"):
        Probe(**options)
