"""What machines cost the simulator: events grow with what happens, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.kernel.trace import Trace
from aio_sim.simulation import build
from tests.simulation.vm_scenarios import virtual

TASKS = 300
MAKING = 12
"""Events at most that it takes to make a machine."""


def events(vms: list[dict[str, Any]], cores: int = 2, **fields: Any) -> int:
    """Return how many events a run takes whose tasks come a little slower than cores can work."""
    work = {"kind": "exponential", "mean": 1}
    on = fields.pop("on", None)
    load = {"kind": "poisson", "rate": cores * 0.9, "count": TASKS, "work": work}
    hosts = [{"name": "h", "cores": cores, "memory": "640GiB"}]
    fields.setdefault("vmm", {})["overcommit"] = {"cores": 1000}
    told = virtual(vms, {**load, "on": on} if on else load, hosts=hosts, **fields)
    system = build(told, Trace())
    count = 0
    while system.env.advance(1):
        count += 1
    return count


def machines(count: int = 4, cores: int = 1, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": "vm", "count": count, "cores": cores, "booted": True, **fields}]


def rr(quantum: str) -> dict[str, Any]:
    return {"scheduler": {"policy": "rr", "quantum": quantum}}


@pytest.mark.parametrize("cores", [2, 16])
def test_the_quantum_of_a_host_is_nothing_to_the_events(cores: int) -> None:
    few, many = (events(machines(4 * cores), cores, vmm=rr(quantum)) for quantum in ("1s", "1ms"))
    assert many <= few * 1.1


@pytest.mark.parametrize(
    ("scheduler", "most"),
    [({"policy": "fcfs"}, 9), (rr("10ms")["scheduler"], 14), ({"policy": "ps"}, 14)],
    ids=lambda value: value["policy"] if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("cores", [2, 16])
def test_a_task_in_a_guest_costs_a_few_events_however_large_the_host(
    scheduler: dict[str, Any], most: int, cores: int
) -> None:
    count = events(machines(4 * cores), cores, vmm={"scheduler": scheduler})
    assert count <= most * TASKS + MAKING * 4 * cores


def test_a_guest_with_a_core_for_each_of_its_own_costs_a_few_events_a_task() -> None:
    assert events(machines(1, cores=4), cores=4) <= 8 * TASKS


def test_idle_machines_cost_what_it_takes_to_make_them() -> None:
    idle = [{"name": "idle", "count": 200, "booted": True, "memory": "64MiB"}]
    some = machines(2)
    alone, beside = (events(vms, on="vm-*") for vms in (some, some + idle))
    assert beside <= alone + MAKING * 200


def test_a_long_pause_costs_nothing() -> None:
    def paused(until: float) -> int:
        steps = [{"at": 1, "do": "pause"}, {"at": until, "do": "resume"}]
        return events(machines(2, steps=steps))

    assert paused(1e6) <= paused(1000) + 4
