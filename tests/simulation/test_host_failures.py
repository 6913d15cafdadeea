"""Hosts that die in a run: what becomes of tasks, reservations, machines and copies there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim import Scenario, simulate
from aio_sim.kernel.errors import ScenarioError
from aio_sim.kernel.trace import Trace
from aio_sim.simulation import System, build
from aio_sim.virtualization.machine import VirtualMachine, VmState

HOSTS = "hosts: [{name: h, count: 2, cores: 2, memory: 8GiB, network: {bandwidth: 1Gbps}}]"


def scenario(body: str, failures: str) -> Scenario:
    return Scenario.from_text(f"name: dies\n{HOSTS}\nfailures: [{failures}]\n{body}\n")


def outcome(body: str, failures: str) -> list[tuple[str, str, float]]:
    """Return the status, machine and finish of each task, from a run that was audited."""
    tasks = simulate(scenario(body, failures), audit=True).tasks
    return [(row["status"], row["machine"], round(float(row["finish"]), 9)) for row in tasks]


def ended(loaded: Scenario) -> System:
    """Return the system at the end of a run."""
    system = build(loaded, Trace())
    while system.env.advance(1000):
        pass
    return system


def guest_of(system: System) -> VirtualMachine:
    assert system.virtual is not None
    return system.virtual.machines["guest"]


def test_tasks_on_a_host_that_dies_fail_and_the_others_go_on() -> None:
    tasks = outcome("workload: [{kind: batch, count: 4, work: 10}]", "{host: h-1, at: 4}")
    assert tasks == [
        ("completed", "h-0", 10.0),
        ("failed", "h-1", pytest.approx(float("nan"), nan_ok=True)),
        ("completed", "h-0", 10.0),
        ("failed", "h-1", pytest.approx(float("nan"), nan_ok=True)),
    ]


def test_a_task_that_is_retried_begins_anew_on_a_host_that_is_up() -> None:
    body = (
        "dispatch: {retry: {attempts: 2, wait: 1s}}\nworkload: [{kind: batch, count: 2, work: 10}]"
    )
    assert outcome(body, "{host: h-1, at: 4}") == [
        ("completed", "h-0", 10.0),
        ("completed", "h-0", 15.0),
    ]


def test_whoever_comes_while_no_host_is_up_waits_for_the_first_to_come_back() -> None:
    body = "workload: [{kind: list, tasks: [{id: a, arrival: 5, work: 1}]}]"
    tasks = outcome(body, "{host: h-0, at: 1}, {host: h-1, at: 2, for: 10}")
    assert tasks[0][0] == "inside" or tasks == [("completed", "h-1", 13.0)]


def test_cores_and_memory_of_a_host_that_is_down_are_lent_when_it_is_back() -> None:
    body = """
workload:
  - {kind: list, tasks: [{id: a, work: 10, cores: 2}, {id: b, work: 10, cores: 2},
     {id: c, arrival: 1, work: 1, cores: 2}, {id: d, arrival: 1, work: 1, memory: 8GiB}]}
"""
    tasks = outcome(body, "{host: h-1, at: 4, for: 5}")
    assert tasks[0] == ("completed", "h-0", 10.0)
    assert tasks[1][:2] == ("failed", "h-1")
    assert tasks[2] == ("completed", "h-1", 10.0)  # down from 4 to 9


@pytest.mark.parametrize("backfill", ["none", "easy", "conservative"])
def test_no_discipline_lends_of_a_host_that_is_down(backfill: str) -> None:
    body = f"""
allocation: {{backfill: {backfill}}}
workload:
  - {{kind: batch, count: 6, work: 3, cores: 2}}
  - {{kind: batch, at: 2, count: 4, work: 2, cores: 1, memory: 2GiB}}
"""
    run = simulate(
        scenario(body, "{host: h-1, at: 4, for: 20}, {host: h-0, at: 9, for: 1}"), audit=True
    )
    on_it = run.tasks[run.tasks["machine"] == "h-1"]
    granted = on_it["start"][on_it["status"] == "completed"]
    assert not ((granted >= 4) & (granted < 24)).any()
    assert run.metrics["host.failures"] == 2


VMS = "vms: [{name: guest, host: h-1, booted: true, memory: 1GiB, cores: 2%s}]"


def test_virtual_machines_die_with_their_host_and_their_tasks_with_them() -> None:
    body = f"{VMS % ''}\nworkload: [{{kind: batch, count: 2, work: 10}}]"
    loaded = scenario(body, "{host: h-1, at: 4, for: 1}")
    run = simulate(loaded, audit=True)
    assert list(run.tasks["status"]) == ["failed", "failed"]
    assert run.metrics["vm.lost"] == 1
    assert guest_of(ended(loaded)).state is VmState.DESTROYED


def test_a_machine_is_not_made_on_a_host_that_is_down() -> None:
    late = "vms: [{name: guest, booted: true, memory: 1GiB, start: 2}]"
    body = f"{late}\nworkload: [{{kind: batch, at: 3, count: 1, work: 1}}]"
    assert guest_of(ended(scenario(body, "{host: h-0, at: 1}"))).host.name == "h-1"
    both = "{host: h-0, at: 1}, {host: h-1, at: 1}"
    assert "is down" in guest_of(ended(scenario(body, both))).refusal


MOVING = VMS % ", dirty_rate: 1MB/s, steps: [{at: 1, do: migrate, to: h-0, method: METHOD}]"


@pytest.mark.parametrize("method", ["cold", "pre_copy", "post_copy"])
@pytest.mark.parametrize(("host", "at"), [("h-0", 3), ("h-1", 3), ("h-0", 30), ("h-1", 30)])
def test_a_machine_on_the_move_lives_while_all_its_memory_does(
    method: str, host: str, at: int
) -> None:
    """1 GiB takes 8.6 s: at 3 s it is under way, at 30 s it has long arrived on h-0."""
    body = MOVING.replace("METHOD", method)
    body = f"{body}\nworkload: [{{kind: batch, count: 1, work: 40}}]"
    loaded = scenario(body, f"{{host: {host}, at: {at}, for: 2}}")
    simulate(loaded, audit=True)
    arrived = at == 30
    depends_on_both = method == "post_copy" and not arrived
    its_host = "h-0" if arrived else "h-1"
    dies = host == its_host or depends_on_both
    assert (guest_of(ended(loaded)).state is VmState.DESTROYED) == dies


@pytest.mark.parametrize("host", ["h-0", "h-1"])
@pytest.mark.parametrize("compression", ["none", "lz77, ratio: 2"])
def test_a_copy_fails_with_either_of_its_hosts_and_leaves_nothing(
    host: str, compression: str
) -> None:
    copy = f"copies: [{{size: 2GiB, from: h-0, to: h-1, compression: {compression}}}]"
    run = simulate(scenario(copy, f"{{host: {host}, at: 3, for: 1}}"), audit=True)
    assert run.metrics["image.copy.failed"] == 1


@pytest.mark.parametrize(
    ("failures", "field", "said"),
    [
        ("{host: h-2, at: 1}", r"failures\[0\].host", "there is no host 'h-2'; did you mean"),
        ("{host: h-1, at: 1, for: 0}", r"failures\[0\].for", "greater than 0"),
        ("{host: h-1, at: 1}, {host: h-1, at: 5}", r"failures\[1\].at", "down for good from 1 s"),
        ("{host: h-1, at: 1, for: 4}, {host: h-1, at: 5}", r"failures\[1\].at", "from 1 s to 5 s"),
    ],
)
def test_failures_that_cannot_be_are_told_at_their_place(
    failures: str, field: str, said: str
) -> None:
    with pytest.raises(ScenarioError, match=field) as caught:
        scenario("workload: [{kind: batch, count: 1, work: 1}]", failures)
    assert said in str(caught.value)


@given(
    times=st.lists(st.integers(0, 29), min_size=1, max_size=3),
    length=st.integers(1, 10),
    start=st.integers(0, 5),
    booted=st.booleans(),
    method=st.sampled_from(["cold", "pre_copy", "post_copy"]),
    policy=st.sampled_from(["fcfs", "rr", "ps", "srtf"]),
    backfill=st.sampled_from(["none", "easy", "conservative"]),
)
def test_nothing_is_lost_from_the_books_whenever_hosts_die(
    times: list[int],
    length: int,
    start: int,
    booted: bool,
    method: str,
    policy: str,
    backfill: str,
) -> None:
    failures = ", ".join(
        f"{{host: h-{number % 2}, at: {30 * number + at}, for: {length}}}"
        for number, at in enumerate(sorted(times))
    )
    quantum = ", quantum: 300ms" if policy == "rr" else ""
    body = f"""
scheduler: {{policy: {policy}{quantum}}}
vmm: {{scheduler: {{policy: {policy}{quantum}}}}}
allocation: {{backfill: {backfill}}}
dispatch: {{retry: {{attempts: 3, wait: 1s}}}}
vms:
  - name: guest
    host: h-1
    start: {start}
    booted: {str(booted).lower()}
    memory: 1GiB
    cores: 2
    image: {{size: 1GiB}}
    scheduler: {{policy: fcfs}}
    steps: [{{at: 10, do: snapshot}}, {{at: 20, do: migrate, to: h-0, method: {method}}}]
workload:
  - {{kind: poisson, rate: 1, count: 30, on: guest, work: 1}}
  - {{kind: poisson, rate: 1, count: 30, on: "h-*", work: 1}}
  - {{kind: batch, at: 5, count: 3, work: 4, cores: 1, memory: 1GiB, on: "h-*"}}
"""
    tasks = simulate(scenario(body, failures), audit=True).tasks
    assert len(tasks) == 63
