"""Scenarios of virtual machines: one by hand, and any that hypothesis can think of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, run, simulate
from aio_sim.simulation.build import System, build
from tests.distributed.runs import scenario

GIB = 2**30
HOST_POLICIES = [
    {"policy": "fair"},
    {"policy": "fair", "latency": "120ms", "granularity": "30ms"},
    {"policy": "rr", "quantum": "20ms"},
    {"policy": "ps"},
    {"policy": "fcfs"},
    {"policy": "lottery"},
    {"policy": "priority", "preemptive": True},
    {"policy": "mlfq"},
    {"policy": "fair", "queue": "per_core"},
]
GUEST_POLICIES = [
    {"policy": "fcfs"},
    {"policy": "rr", "quantum": "10ms", "switch_cost": "5us"},
    {"policy": "srtf"},
    {"policy": "fair"},
    {"policy": "mlfq"},
    {"policy": "sjf", "queue": "per_core"},
]
PAGED = {
    "size": "64MiB",
    "allocation": "paging",
    "page_size": "1MiB",
    "replacement": "lru",
}
SEGMENTED = {"size": "64MiB", "allocation": "segmentation", "fit": "best"}


def virtual(vms: list[dict[str, Any]], *workload: dict[str, Any], **fields: Any) -> Scenario:
    """Return a scenario of these machines and workloads, of one short task where none is given.

    They are on one host of two cores where no hosts are given.
    """
    some = [{"kind": "batch", "count": 1, "work": 0.001}]
    hosts = fields.pop("hosts", [{"name": "h", "cores": 2, "memory": "16GiB"}])
    return scenario(list(workload) or some, hosts, vms=vms, **fields)


@contextmanager
def watched() -> Iterator[list[System]]:
    """Note the systems of the runs meanwhile."""
    systems: list[System] = []

    def noted(*arguments: Any) -> System:
        systems.append(build(*arguments))
        return systems[-1]

    with patch.object(run, "build", noted):
        yield systems


def run_watched(told: Scenario, **options: Any) -> tuple[Run, System]:
    """Return an audited run, and the system at its end."""
    with watched() as systems:
        done = simulate(told, audit=True, **options)
    return done, systems[0]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw machines of all kinds on two hosts, what is done to them, and tasks for them."""
    hosts = [
        {
            "name": name,
            "cores": draw(st.integers(1, 3)),
            "memory": draw(st.sampled_from(["1GiB", "4GiB"])),
            "speed": draw(st.sampled_from([1, 1, 2, 0.5])),
            "network": {"bandwidth": "1Gbps"},
        }
        for name in ("h1", "h2")
    ]
    count = draw(st.integers(1, 4))
    fields: dict[str, Any] = {
        "vmm": {
            "profile": draw(st.sampled_from(["esxi", "virtualbox"])),
            "overcommit": {"cores": draw(st.integers(1, 4)), "memory": 1.5},
            "placement": draw(st.sampled_from(["first_fit", "worst_fit", "round_robin"])),
            "scheduler": draw(st.sampled_from(HOST_POLICIES)),
        },
        "scheduler": draw(st.sampled_from(GUEST_POLICIES)),
        "seed": draw(st.integers(0, 99)),
    }
    if draw(st.booleans()):
        fields["until"] = draw(st.sampled_from([0.5, 3, 6.25, 20]))
    vms = [draw(machines(f"vm{at}")) for at in range(count)]
    return virtual(vms, *draw(workloads(vms)), hosts=hosts, **fields)


@st.composite
def machines(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw one machine, or two that are alike."""
    cores = draw(st.integers(1, 3))
    vm: dict[str, Any] = {
        "name": name,
        "cores": cores,
        "memory": draw(st.sampled_from(["512MiB", "1GiB", "2GiB", PAGED, SEGMENTED])),
        "booted": draw(st.booleans()),
        "start": draw(st.sampled_from([0, 0, 1.5])),
        "shares": draw(st.sampled_from([500, 1000, 2000])),
        "dirty_rate": "20MB/s",
    }
    optional: dict[str, Any] = {
        "count": 2,
        "host": draw(st.sampled_from(["h1", "h2"])),
        "image": {"size": "1GB"},
        "limit": {"cores": draw(st.sampled_from([0.25, 1, 1.5]))},
        "reservation": {"memory": "32MiB"},
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    vm |= {field: optional[field] for field in sorted(chosen)}
    vm["steps"] = draw(lives(vm))
    return vm


NEXT = {
    "running": ["pause", "snapshot", "migrate", "balloon", "shut_down", "destroy"],
    "paused": ["resume", "snapshot", "migrate", "destroy"],
    "off": ["boot", "snapshot", "migrate", "destroy"],
    "destroyed": [],
}
AFTER = {
    "pause": "paused",
    "resume": "running",
    "shut_down": "off",
    "boot": "running",
    "destroy": "destroyed",
}


@st.composite
def lives(draw: st.DrawFn, vm: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw steps that are possible one after the other."""
    state, at, host = "running", 2.0, vm.get("host")
    steps: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 5))):
        able = [each for each in NEXT[state] if each != "migrate" or host]
        if not able:
            break
        at += draw(st.sampled_from([0, 0.25, 1, 4]))
        step: dict[str, Any] = {"at": at, "do": draw(st.sampled_from(able))}
        if step["do"] == "migrate":
            host = step["to"] = "h2" if host == "h1" else "h1"
            methods = ["cold"] if state == "off" else ["cold", "pre_copy", "post_copy"]
            step["method"] = draw(st.sampled_from(methods))
        if step["do"] == "balloon":
            step["memory"] = draw(st.sampled_from(["32MiB", "48MiB"]))
        state = AFTER.get(step["do"], state)
        steps.append(step)
    return steps


@st.composite
def workloads(draw: st.DrawFn, vms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw tasks: some with I/O, some that use memory, some for the hosts themselves."""
    work = {"kind": "exponential", "mean": draw(st.sampled_from([0.02, 0.2]))}
    first: dict[str, Any] = {
        "kind": "poisson",
        "rate": 5,
        "count": draw(st.integers(1, 30)),
        "work": work,
    }
    if draw(st.booleans()):
        first["on"] = f"{vms[0]['name']}*"
    if draw(st.booleans()):
        first["locality"] = {"kind": "zipf", "pages": 8, "references": 200}
    if draw(st.booleans()):
        tasks = [{"id": f"t{at}", "arrival": at / 4, "bursts": [0.1, 0.05, 0.2]} for at in range(4)]
        first = {key: first[key] for key in ("on", "locality") if key in first}
        first |= {"kind": "list", "tasks": tasks}
    second: dict[str, Any] = {"kind": "batch", "at": 1, "count": 4, "work": 0.3, "on": "h1"}
    others: list[dict[str, Any]] = [
        {"name": "own"},
        {"name": "large", "memory": "600MiB"},
        {"name": "whole", "cores": 1},
    ]
    chosen = draw(st.sets(st.sampled_from(range(3))))
    return [first, *({**second, **others[at]} for at in sorted(chosen))]
