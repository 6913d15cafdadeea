"""Tasks in a guest's memory while somebody takes their pages: other tasks, or a balloon."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate

PAGES, RATE = 64, 1000
"""Pages that a task visits, all equally likely, and visits in a second."""


def run(memory: str, tasks: list[dict[str, Any]], **vm: Any) -> Run:
    """Return a run of tasks in one guest of 4 KiB pages."""
    machine = {"name": "a", "booted": True, "memory": memory, **vm}
    locality = {"kind": "uniform", "pages": PAGES, "references": RATE}
    data = {
        "name": "shared-frames",
        "hosts": [{"name": "h", "cores": 2, "memory": "4GiB"}],
        "vms": [machine],
        "workload": [{"kind": "list", "tasks": tasks, "locality": locality}],
    }
    return simulate(Scenario.model_validate(data), audit=True)


def test_a_balloon_makes_the_task_fault_that_is_on_a_core() -> None:
    # At first all pages stay; then a quarter of them, so that three visits of four fault.
    steps = [{"at": 6, "do": "balloon", "memory": PAGES // 4 * 4096}]
    faults = run("1MiB", [{"id": "A", "arrival": 0, "work": 12}], steps=steps).metrics
    assert faults["memory.faults"] == pytest.approx(PAGES + 0.75 * 6 * RATE, rel=0.1)


def test_a_task_that_comes_takes_pages_of_the_one_that_is_on_a_core() -> None:
    # From 5 s on 128 pages share 64 frames, and every second visit faults.
    tasks = [{"id": "A", "arrival": 0, "work": 10}, {"id": "B", "arrival": 5, "work": 5}]
    faults = run(f"{PAGES * 4}KiB", tasks, cores=2).metrics
    assert faults["memory.faults"] == pytest.approx(PAGES + 0.5 * 10 * RATE, rel=0.1)


def test_a_task_keeps_its_core_as_it_looks_what_is_left_of_its_pages() -> None:
    tasks = [{"id": name, "arrival": 0, "work": 10} for name in "AB"]
    first, second = run("4MiB", tasks).tasks["finish"]
    assert first == pytest.approx(10.3, abs=0.3)
    assert second == pytest.approx(20.6, abs=0.6)


def test_the_quantum_ends_in_the_midst_of_a_tasks_visits() -> None:
    tasks = [{"id": name, "arrival": 0, "work": 10} for name in "AB"]
    finish = run("4MiB", tasks, scheduler={"policy": "rr", "quantum": 1}).tasks["finish"]
    assert finish.min() > 18


def test_a_run_that_is_cut_off_never_makes_the_visits_that_come_after_it() -> None:
    data = run("1MiB", [{"id": "A", "arrival": 0, "work": 1}]).scenario.to_data()
    data["workload"][0]["tasks"][0]["work"] = 10**7
    short = simulate(Scenario.model_validate({**data, "until": 2}))
    assert short.metrics["memory.references"] <= 3 * RATE
