"""Policies by what they look at, and loads for them, for tests that meddle with a Cpu."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.scheduling.meddling import SliceBySlice
from tests.scheduling.on_cpu import in_nanoseconds
from tests.scheduling.reference_rules import ReferenceProcess

Policy = tuple[str, dict[str, Any]]

few = settings(max_examples=25)
"""For tests that are run for every policy."""

BLIND: list[Policy] = [
    ("fcfs", {}),
    ("rr", {"quantum": 3}),
    ("plain rr", {"quantum": 3}),
    ("priority", {}),
    ("priority", {"preemptive": True}),
    ("priority", {"preemptive": True, "quantum": 2}),
    ("mlfq", {"quanta": (1, 2, 4)}),
    ("edf", {}),
    ("fair", {"latency": 6, "granularity": 2, "wakeup_granularity": 1}),
]
"""Policies that do not look at what is left of a burst."""

STEADY: list[Policy] = [*BLIND, ("sjf", {}), ("srtf", {}), ("lottery", {})]
"""Policies to which only the order of instants matters, and not the clock."""

SLICED: list[Policy] = [
    *STEADY,
    ("mlfq", {"quanta": (2, 4, 8), "boost": 11}),
    ("priority", {"aging": 5, "preemptive": True}),
    ("hrrn", {}),
]

ALL: list[Policy] = [*SLICED, ("ps", {})]

machines = {"cores": st.integers(1, 3), "switch_cost": st.sampled_from([0, 0, 1, 5])}


def made(policy: Policy) -> Any:
    name, options = policy
    if name == "plain rr":
        return SliceBySlice.model_construct(**options)
    return in_nanoseconds(name, **options)


@st.composite
def loads(
    draw: st.DrawFn, latest: int = 12, bursts: bool = False, unit: int = 1
) -> list[ReferenceProcess]:
    """Draw processes in order of arrival; short times, so that many things happen at once."""
    parts = st.sampled_from([1, 1, 3]) if bursts else st.just(1)
    drawn = []
    for _ in range(draw(st.integers(1, 7))):
        lengths = tuple(unit * draw(st.integers(1, 12)) for _ in range(draw(parts)))
        arrival = unit * draw(st.integers(0, latest))
        drawn.append((arrival, lengths, draw(st.integers(0, 2)), draw(st.integers(5, 60))))
    drawn.sort(key=lambda row: row[0])
    return [
        ReferenceProcess(number, arrival, sum(own[::2]), priority, 1 + priority, deadline, own)
        for number, (arrival, own, priority, deadline) in enumerate(drawn)
    ]
