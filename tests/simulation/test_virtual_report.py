"""What a run tells of guests' memory is about the guests whose tasks used it."""

from __future__ import annotations

from tests.simulation.vm_scenarios import SEGMENTED, run_watched, virtual

USED = {"name": "used", "host": "h", "memory": SEGMENTED, "booted": True}
TASKS = {
    "kind": "batch",
    "count": 6,
    "work": 0.01,
    "on": "used",
    "locality": {"kind": "zipf", "pages": 100, "references": 400},
}


def test_a_guest_without_tasks_changes_nothing_of_what_is_told_of_memory() -> None:
    idle = USED | {"name": "idle"}
    alone, _ = run_watched(virtual([USED], TASKS))
    beside, _ = run_watched(virtual([USED, idle], TASKS))
    told = {name: value for name, value in alone.metrics.items() if name.startswith("memory.")}
    assert told["memory.references"]
    assert told["memory.external_fragmentation"] > 0
    memory = {name: beside.metrics[name] for name in told if not name.endswith((".mean", ".peak"))}
    assert memory == {name: told[name] for name in memory}
