"""Whatever is done to machines, whichever links fail: nothing is lost, all is returned."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim import Scenario, simulate
from aio_sim.scenario.vm_life import LIVES

HOSTS = ("h-0", "h-1", "h-2")


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """Return a machine with steps that are possible one after the other."""
    here, state, at, steps = draw(st.sampled_from(HOSTS)), "running", 0.0, []
    machine = {"host": here, "booted": draw(st.booleans()), "dirty_rate": "100MB/s"}
    for _step in range(draw(st.integers(0, 5))):
        at += draw(st.sampled_from([0, 0.001, 1, 7]))
        do = draw(st.sampled_from(sorted(LIVES[state]) or [""]))
        if not do:
            break
        step: dict[str, Any] = {"at": at, "do": do}
        if do == "balloon":
            step["memory"] = "64MiB"
        if do == "migrate":
            here = step["to"] = draw(st.sampled_from([host for host in HOSTS if host != here]))
            step |= draw(_methods(off=state == "off"))
        steps.append(step)
        state = LIVES[state][do]
    return {**machine, "memory": "512MiB", "image": {"size": "64MiB"}, "steps": steps}


def _methods(*, off: bool) -> st.SearchStrategy[dict[str, Any]]:
    cold = st.booleans().map(lambda image: {"method": "cold", "image": image})
    live = st.sampled_from([{"method": "pre_copy"}, {"method": "post_copy"}])
    return cold if off else cold | live


@st.composite
def failures(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return failures of links, each after the one before it."""
    found, at = [], 0.0
    for _failure in range(draw(st.integers(0, 4))):
        at, length = at + draw(st.floats(0.01, 5)), draw(st.floats(0.01, 5))
        link = f"{draw(st.sampled_from(HOSTS))}-switch"
        found.append({"link": link, "at": round(at, 6), "for": round(length, 6)})
        at += length
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(lives(), min_size=1, max_size=4),
    failures(),
    st.one_of(st.none(), st.integers(2, 30)),
)
def test_every_invariant_holds(
    machines: list[dict[str, Any]], cuts: list[dict[str, Any]], until: int | None
) -> None:
    work: dict[str, Any] = {"kind": "poisson", "rate": 1, "count": 10, "work": 1}
    host = {"name": "h", "count": 3, "memory": "2GiB", "network": {"bandwidth": "1Gbps"}}
    machines = [{"name": f"v{number}", **machine} for number, machine in enumerate(machines)]
    scenario: dict[str, Any] = {
        **{"name": "lives", "hosts": [host], "network": {"failures": cuts}},
        **{"vms": machines, "workload": [work], "until": until},
    }
    run = simulate(Scenario.from_text(json.dumps(scenario)), audit=True)
    paused = any(step["do"] == "pause" for machine in machines for step in machine["steps"])
    assert run.metrics["tasks.inside"] == 0 or paused or until is not None
