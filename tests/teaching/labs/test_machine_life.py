"""The lab on a machine's life: what it says is what a whole run with such a machine comes to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim import Scenario, simulate
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.trace import SpanRow
from aio_sim.report.console import console
from aio_sim.scenario.vm_life import LIVES
from aio_sim.teaching.labs.machine_life import STEPS, LifeProblem, draw, solve, transitions
from aio_sim.teaching.labs.pages.machine_life import diagram, sheet
from aio_sim.teaching.labs.pages.sheet import print_parts
from aio_sim.virtualization.profile import ESXI, PROFILES

GIB = 2**30
APART = 10_000
"""Seconds between two steps of a run, more than any of them takes."""


@st.composite
def lives(draw: st.DrawFn) -> list[str]:
    """Return steps that are possible one after the other, by the rules of scenarios."""
    state, steps = "running", ["create", "boot"]
    for _step in range(draw(st.integers(0, 6))):
        possible = sorted(set(LIVES[state]) & set(STEPS))
        if not possible:
            break
        steps.append(draw(st.sampled_from(possible)))
        state = LIVES[state][steps[-1]]
    return steps


def ran(problem: LifeProblem) -> dict[str, int]:
    """Return the nanoseconds that each stage takes in a run, all of the same name together."""
    machine: dict[str, Any] = {
        "name": "vm",
        "cores": problem.cores,
        "memory": problem.memory,
        "image": {"size": problem.image},
        "steps": [
            {"at": (at + 1) * APART, "do": step} for at, step in enumerate(problem.steps[2:])
        ],
    }
    run = simulate(
        Scenario.model_validate(
            {
                "name": "life",
                "hosts": [{"name": "h", "cores": problem.cores, "memory": "64GiB"}],
                "vmm": {"profile": problem.profiles[0].name},
                "vms": [machine],
                "workload": [{"kind": "batch", "count": 1, "work": 0.001, "on": "h"}],
            }
        ),
        level="full",
    )
    took: dict[str, int] = {}
    for span in (SpanRow(*cells) for cells in run.trace.spans.rows()):
        if run.trace.text(span.track) == "vm stages":
            name = run.trace.text(span.name)
            took[name] = took.get(name, 0) + span.end - span.start
    return took


@settings(max_examples=25, deadline=None)
@given(
    steps=lives(),
    profile=st.sampled_from(sorted(PROFILES)),
    cores=st.integers(1, 4),
    memory=st.integers(1, 8),
    image=st.sampled_from([1, 10**6, 559_999_999, 10**10]),
)
def test_each_stage_takes_what_it_takes_in_a_run(
    steps: list[str], profile: str, cores: int, memory: int, image: int
) -> None:
    problem = draw(
        0, profiles=[profile], cores=cores, memory=memory * GIB, image=image, steps=steps
    )
    took: dict[str, int] = {}
    for done in solve(problem).lives[0].steps:
        for spent in done.stages:
            if spent.time:
                took[spent.stage.name] = took.get(spent.stage.name, 0) + spent.time
    assert took == ran(problem)


def test_a_boot_is_that_of_the_worked_example() -> None:
    """550 MB/s less 30 of 520 for the monitor, 5.4 s of work at 98 % of a core's speed."""
    problem = draw(0, profiles=["esxi"], cores=1, memory=GIB, image=10**9, steps=["create", "boot"])
    created, booted = solve(problem).lives[0].steps
    read = 0.0001 + 560e6 / (490 / 520) / 550e6
    assert created.time == 100_000_000
    assert booted.time / 1e9 == pytest.approx(0.5 + 0.1 + read + 5.4 / 0.98)
    assert (created.after, booted.after) == ("off", "running")


def test_one_that_is_off_has_no_memory_to_save() -> None:
    steps = ["create", "snapshot", "boot", "snapshot"]
    first, second = solve(draw(0, steps=steps, memory=GIB)).lives[0].steps[1::2]
    assert second.time - first.time > GIB
    assert first.stages[1].time == 0


def test_two_monitors_lead_the_same_life_at_other_prices() -> None:
    one, other = solve(draw(3, profiles=["esxi", "virtualbox"])).lives
    assert [done.after for done in one.steps] == [done.after for done in other.steps]
    assert one.time < other.time
    assert one.overhead < other.overhead


def test_the_states_are_those_of_scenarios_and_one_before_them() -> None:
    possible = transitions()
    assert possible["absent"] == {"create": "off"}
    for state, steps in LIVES.items():
        assert possible[state] == {do: after for do, after in steps.items() if do in STEPS}
    drawn = "\n".join(diagram())
    for state, steps in possible.items():
        assert f"\n{state} " in f"\n{drawn}"
        assert all(f"── {do} ──> {after}" in drawn for do, after in steps.items())


def test_one_seed_is_one_problem_that_has_an_answer() -> None:
    problems = [draw(seed) for seed in range(60)]
    assert problems[7] == draw(7)
    assert {problem.profiles[0].name for problem in problems} == set(PROFILES)
    assert {step for problem in problems for step in problem.steps} == set(STEPS)
    assert all(solve(each).lives[0].steps[-1].after == "destroyed" for each in problems)


def test_every_stage_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    problem = draw(1, profiles=["esxi"], cores=2, memory=4 * GIB)
    page = sheet(problem, solve(problem))
    print_parts([*page.given, *page.solution, *page.explanation], console(None))
    out = capsys.readouterr().out
    assert "52.8 MiB" in out
    assert f"{float(ESXI.disk_efficiency):.4g} of the disk's" in out
    assert ESXI.speed == Fraction(98, 100)
    assert "0.98 of a core's speed" in out


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"profiles": ["exsi"]}, UnknownName, "did you mean 'esxi'"),
        ({"profiles": ["esxi", "esxi"]}, InputError, "once"),
        ({"steps": ["boot"]}, InputError, "step 1, boot: .* not created by then"),
        ({"steps": ["create", "pause"]}, InputError, "off by then cannot pause"),
        ({"steps": ["create", "destroy", "boot"]}, InputError, "step 3, boot: .* gone for good"),
        ({"steps": ["create", "migrate"]}, InputError, "step 2, migrate: it takes a scenario"),
        ({"steps": ["bot"]}, UnknownName, "did you mean 'boot'"),
        ({"steps": []}, InputError, "1 to 1,000 steps, got 0"),
        ({"image": 0}, InputError, "an image of 1 byte"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        solve(draw(0, **given))
