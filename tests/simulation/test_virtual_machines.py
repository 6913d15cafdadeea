"""Virtual machines from end to end: any life, cut off anywhere, with the books audited."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate
from tests.distributed.runs import reasons, rows, statuses
from tests.simulation.vm_scenarios import HOST_POLICIES, PAGED, run_watched, scenarios, virtual

SPEED = 0.98  # the part of a core that ESXi leaves its guests


@given(told=scenarios())
def test_any_life_of_machines_ends_with_all_books_in_order(told: Scenario) -> None:
    run, system = run_watched(told)
    assert system.virtual is not None
    machines = system.virtual.machines.values()
    busy = sum(cpu.busy for cpu in system.cpus)
    guests = sum(machine.cpu.busy for machine in machines)
    assert busy >= guests
    assert all(machine.stolen >= 0 for machine in machines)
    if told.until is None:
        # The hosts' cores have worked for guests, which switch contexts too, and for their own
        # tasks, and for nobody else.
        switches = sum(machine.cpu.switches for machine in machines)
        own = sum(
            float(task["work"]) / told.hosts[0].speed
            for task in run.tasks
            if task["status"] == "completed" and str(task["id"]).startswith(("own-", "large-"))
        )
        more = busy - guests - 1e9 * own
        assert -10 <= more <= 10 + switches * told.scheduler.switch_cost
        for number, host in enumerate(system.hosts):
            assert system.manager.free(number).memory == host.memory


@given(told=scenarios(), data=st.data())
def test_a_run_cut_off_anywhere_tells_the_same_up_to_there(
    told: Scenario, data: st.DataObject
) -> None:
    whole = simulate(told, audit=True)
    most = max(round(whole.ended_at, 3), 0.002)
    until = data.draw(st.integers(1, max(int(most * 1000), 1))) / 1000
    part = simulate(told.model_copy(update={"until": round(until * 1e9)}), audit=True)
    before, after = rows(part), rows(whole)
    for name, status in statuses(part).items():
        if status == "completed":
            assert before[name] == after[name]


@pytest.mark.parametrize("policy", HOST_POLICIES, ids=str)
def test_every_scheduler_of_a_host_runs_machines_and_the_same_twice(
    policy: dict[str, Any],
) -> None:
    told = virtual(
        [
            {"name": "a", "count": 3, "cores": 2, "memory": PAGED, "image": {"size": "1GB"}},
            {"name": "b", "booted": True, "limit": {"cores": 0.5}, "shares": 2000},
        ],
        {
            "kind": "poisson",
            "rate": 4,
            "count": 30,
            "work": {"kind": "exponential", "mean": 0.2},
            "locality": {"kind": "zipf", "pages": 80, "references": 100},
        },
        vmm={"scheduler": policy},
        scheduler={"policy": "rr", "quantum": "10ms"},
    )
    runs = [simulate(told, level="full", audit=True) for _ in range(2)]
    first, second = (run.trace for run in runs)
    assert runs[0].metrics["tasks.completed"] == 30
    for table in ("tasks", "schedule", "rotations", "spans", "counters"):
        assert getattr(first, table).tobytes() == getattr(second, table).tobytes()
    assert first.totals == second.totals


def test_a_machine_without_room_loses_its_tasks_and_says_why() -> None:
    told = virtual(
        [{"name": "wide", "cores": 3}, {"name": "fits"}],
        {"kind": "batch", "name": "a", "count": 2, "work": 1, "on": "wide"},
        {"kind": "batch", "name": "b", "count": 1, "work": 1, "on": "fits"},
    )
    run = simulate(told, audit=True)
    assert statuses(run) == {"a-0": "failed", "a-1": "failed", "b-0": "completed"}
    assert set(reasons(run).values()) == {
        "wide was refused: has 3 virtual cores, the host 2",
    }
    assert run.metrics["vm.refused"] == 1


def test_tasks_go_to_machines_that_take_some_while_there_is_one() -> None:
    vms = [
        {"name": "a", "booted": True, "steps": [{"at": 2, "do": "destroy"}]},
        {"name": "b", "booted": True},
    ]
    work = {"kind": "periodic", "every": 0.5, "count": 20, "work": 0.01}
    run = simulate(virtual(vms, work, dispatch={"policy": "round_robin"}), audit=True)
    assert run.metrics["tasks.completed"] == 20
    assert {str(task["machine"]) for task in run.tasks if task["arrival"] > 2} == {"b"}


def test_steps_are_taken_at_their_times_each_after_the_one_before() -> None:
    steps = [
        {"at": 1, "do": "pause"},
        {"at": 3, "do": "resume"},
        {"at": 3, "do": "snapshot"},
        {"at": 3, "do": "shut_down"},
        {"at": 20, "do": "boot"},
    ]
    run = simulate(virtual([{"name": "vm", "booted": True, "steps": steps}]), level="full")
    trace = run.trace
    spans = {
        (trace.text(name), start / 1e9)
        for name, track, _process, start, _end in trace.spans.rows()
        if trace.text(track) == "vm"
    }
    read = 2**30 / (490 / 520) / 520e6 + 0.0001  # a GiB written by the usual disk
    saved = 3.01 + 0.2 + read
    told = sorted((start, name) for name, start in spans)
    starts = [1.01, 3.01, saved, saved + 0.5 / SPEED + 0.5, 20]
    names = ["paused", "saving", "shutting down", "off", "booting"]
    found = {name: start for start, name in told}
    assert [found[name] for name in names] == pytest.approx(starts, abs=1e-6)


def test_a_scenario_whose_end_comes_while_a_machine_boots_has_its_tasks_inside() -> None:
    told = virtual(
        [{"name": "vm", "image": {"size": "1GB"}}],
        {"kind": "batch", "count": 3, "work": 1},
        until=1,
    )
    run, system = run_watched(told)
    assert run.metrics["tasks.submitted"] == 3
    assert set(statuses(run).values()) == {"inside"}
    assert system.manager.free(0).memory == 16 * 2**30


def test_whole_cores_that_are_lent_leave_their_host_and_machines_wait_or_share_the_rest() -> None:
    told = virtual(
        [{"name": "vm", "count": 2, "booted": True}],
        {"kind": "batch", "name": "guest", "count": 2, "work": 0.98, "on": "vm-*"},
        {"kind": "batch", "name": "whole", "count": 1, "work": 3, "cores": 1, "on": "h"},
        dispatch={"policy": "round_robin"},
        vmm={"scheduler": {"policy": "ps"}},
    )
    finish = {name: row.finish for name, row in rows(simulate(told, audit=True)).items()}
    assert finish == pytest.approx({"guest-0": 2, "guest-1": 2, "whole-0": 3}, abs=1e-6)


def test_a_machine_cannot_have_the_name_of_a_host() -> None:
    with pytest.raises(ScenarioError, match="h"):
        virtual([{"name": "h"}])
    with pytest.raises(ScenarioError, match="vm"):
        virtual([{"name": "vm"}, {"name": "vm"}])
