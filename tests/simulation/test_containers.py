"""Containers in a run: made, started, stepped through, lost with their machines, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim import Run, Scenario, simulate

CARD = "network: {bandwidth: 1Gbps}"


def scenario(
    containers: str, more: str = "", *, hosts: str = "[{name: h1, cores: 2, memory: 4GiB}]"
) -> Scenario:
    """Return a scenario of containers; YAML in one line each."""
    return Scenario.from_text(f"name: c\nhosts: {hosts}\ncontainers: {containers}\n{more}")


def audited(containers: str, more: str = "", **options: Any) -> Run:
    """Return an audited run of such a scenario."""
    return simulate(scenario(containers, more, **options), audit=True)


def told(run: Run, name: str) -> dict[str, Any]:
    """Return what a run tells of a container at its end."""
    found: dict[str, Any] = run.trace.meta["containers"][name]
    return found


WORK = "workload: [{kind: periodic, every: 1, count: 10, work: 100ms, on: web}]"


def test_tasks_wait_for_a_container_that_starts_and_are_served() -> None:
    run = audited("[{name: web, image: web}]", WORK)
    first = run.tasks["start"][0]
    assert first == pytest.approx(0.06 + 0.04 + 0.268 + 0.16, abs=1e-3)  # creation and start
    assert run.metrics["container.web.served"] == 10
    assert run.metrics["container.start.mean"] == pytest.approx(0.428, abs=1e-3)


def test_one_that_was_started_before_costs_nothing() -> None:
    run = audited("[{name: web, image: web, started: true}]", WORK)
    assert run.tasks["turnaround"] == pytest.approx([0.1] * 10)
    assert "container.start.mean" not in run.metrics


def test_an_image_comes_from_the_registry_once_a_host() -> None:
    hosts = f"[{{name: h1, {CARD}}}, {{name: h2, {CARD}}}, {{name: hub, {CARD}}}]"
    registry = "registry: {host: hub, images: [{name: web, size: 100MB}]}"
    containers = "[{name: a, count: 3, image: web, on: h1}, {name: b, image: web, on: h2}]"
    run = audited(containers, registry, hosts=hosts)
    assert run.metrics["container.pulled"] == run.metrics["network.bytes"] == 200_000_000
    assert run.metrics["container.pulls"] == 4


def test_an_image_that_the_registry_has_not_is_asked_for_again_and_then_reported() -> None:
    hosts = f"[{{name: h1, {CARD}}}, {{name: hub, {CARD}}}]"
    registry = "registry: {host: hub, images: [{name: web, size: 1MB}]}"
    run = audited("[{name: web, image: wep}]", f"{registry}\n{WORK}", hosts=hosts)
    assert told(run, "web")["refusal"] == "unknown image 'wep'; did you mean 'web'?"
    assert run.metrics["container.pulls.failed"] == 5
    assert run.metrics["tasks.failed"] == 10
    # Four back-offs between five attempts: 0.1 + 0.2 + 0.4 + 0.8 s, then nobody waits any more.
    assert run.tasks["finish"].size == 10
    assert run.ended_at == pytest.approx(9.0)


def test_steps_are_taken_one_after_the_other() -> None:
    steps = (
        "[{at: 2, do: pause}, {at: 4, do: resume}, {at: 5, do: stop}, {at: 7, do: start},"
        " {at: 8.5, do: destroy}]"
    )
    run = audited(f"[{{name: web, image: web, started: true, steps: {steps}}}]", WORK)
    tasks = run.tasks
    served = tasks["status"] == "completed"
    assert tasks["id"][served].tolist() == [f"periodic-{n}" for n in (0, 1, 2, 3, 4, 8)]
    assert tasks["finish"][2] == pytest.approx(4.2, abs=0.2)  # paused from 2 to 4
    assert told(run, "web")["state"] == "removed"
    assert run.metrics["container.web.starts"] == 2


PROGRAMS = """\
programs:
  - {name: child, steps: [{do: compute, work: 100ms}, {do: exit, code: 3}]}
  - {name: job, steps: [{do: spawn, program: child, count: 2}, wait, wait, {do: exit, code: 7}]}
  - {name: loop, repeat: true, steps: [{do: compute, work: 10ms}, {do: sleep, time: 90ms}]}
"""


def test_a_run_ends_with_the_programs_that_end() -> None:
    run = audited("[{name: job, image: job, program: job, started: true}]", PROGRAMS)
    assert run.ended_at == pytest.approx(0.1015, abs=1e-3)  # two at once, and two forks
    assert told(run, "job") == {"on": "h1", "state": "exited", "exit_code": 7}


def test_a_program_that_fails_is_started_again_as_often_as_it_may() -> None:
    restart = "restart: {policy: on-failure, retries: 3}"
    run = audited(f"[{{name: job, image: job, program: job, started: true, {restart}}}]", PROGRAMS)
    assert run.metrics["container.job.restarts"] == 3
    assert run.metrics["container.job.starts"] == 4
    assert told(run, "job")["exit_code"] == 7


def test_one_more_process_runs_where_a_step_lets_it() -> None:
    steps = "[{at: 1, do: exec, program: child}, {at: 2, do: update, shares: 512}]"
    more = f"{PROGRAMS}{WORK}"
    run = audited(f"[{{name: web, image: web, started: true, steps: {steps}}}]", more)
    assert run.metrics["container.web.cpu"] == pytest.approx(10 * 0.1 + 0.1)


def test_tasks_hold_the_memory_that_they_ask_for() -> None:
    work = "workload: [{kind: batch, count: 4, work: 1, memory: 100MiB, on: web}]"
    roomy = audited("[{name: web, image: web, started: true, memory: 400MiB}]", work)
    assert roomy.metrics["container.web.memory.peak"] == 400 << 20
    assert roomy.metrics["tasks.completed"] == 4
    tight = audited("[{name: web, image: web, started: true, memory: 399MiB}]", work)
    assert (tight.metrics["tasks.completed"], tight.metrics["container.web.oom_kills"]) == (3, 1)


FAILURE = "failures: [{host: h1, at: 3.5, for: 2}]"


@pytest.mark.parametrize(
    ("restart", "starts", "failed"), [("no", 1, 6), ("always", 2, 2), ("unless-stopped", 2, 2)]
)
def test_a_host_that_dies_takes_its_containers_and_brings_some_back(
    restart: str, starts: int, failed: int
) -> None:
    containers = f"[{{name: web, image: web, started: true, restart: {restart}}}]"
    run = audited(containers, f"{WORK}\n{FAILURE}")
    assert run.metrics["container.web.starts"] == starts
    # Those of 4 and 5 s come while it is down; back at 5.5 s, and up 0.428 s later, it serves 6 s.
    assert run.metrics["tasks.failed"] == failed


def test_a_container_whose_host_dies_as_it_starts_is_begun_once_that_is_back() -> None:
    failure = FAILURE.replace("3.5", "0.3")
    run = audited("[{name: web, image: web, restart: always}]", f"{WORK}\n{failure}")
    assert told(run, "web") == {"on": "h1", "state": "running"}
    # Back at 2.3 s and up 0.428 s later: those of 0, which waited, 1 and 2 s are lost.
    assert run.metrics["tasks.completed"] == 7


def test_who_waits_for_one_that_is_destroyed_in_its_back_off_is_told() -> None:
    crash = "programs: [{name: crash, steps: [{do: compute, work: 10ms}, {do: exit, code: 1}]}]"
    first = (
        "{name: setup, image: web, program: crash, started: true, steps: [{at: 1, do: destroy}],"
        " restart: {policy: on-failure, retries: 50}}"
    )
    web = "{name: web, image: web, after: [{container: setup, state: completed}]}"
    run = audited(f"[{first}, {web}]", f"{crash}\n{WORK}")
    assert told(run, "web")["refusal"] == "setup failed, which it waits for"
    assert (run.metrics["tasks.failed"], run.metrics["tasks.inside"]) == (10, 0)


def test_what_is_lost_with_a_container_is_sent_again_where_somebody_says_so() -> None:
    containers = "[{name: web, count: 2, image: web, started: true, steps: [{at: 0.5, do: kill}]}]"
    work = "workload: [{kind: batch, count: 2, work: 1, on: 'web-*'}]"
    retry = "dispatch: {retry: {attempts: 3, wait: 0.2}}"
    lost = audited(containers, work)
    assert lost.metrics["tasks.failed"] == 2
    again = containers.replace("count: 2, ", "").replace(
        "[{name: web,", "[{name: spare, image: web, started: true}, {name: web,"
    )
    both = work.replace("'web-*'", "[web, spare]")
    assert audited(again, f"{both}\n{retry}").metrics["tasks.completed"] == 2


IN_A_MACHINE = "[{name: web, image: web, on: vm, started: true}]"


def test_in_a_virtual_machine_a_container_begins_when_that_is_up() -> None:
    vm = "vms: [{name: vm, cores: 2, memory: 2GiB, image: {size: 10GB}}]"
    run = audited(IN_A_MACHINE, f"{vm}\n{WORK}")
    assert run.tasks["start"][0] > run.metrics["vm.boot.mean"] > 1
    assert run.metrics["tasks.completed"] == 10


def test_a_machine_that_is_shut_down_and_booted_brings_back_what_always_returns() -> None:
    steps = "[{at: 3.5, do: shut_down}, {at: 6, do: boot}]"
    vm = f"vms: [{{name: vm, memory: 2GiB, booted: true, steps: {steps}}}]"
    always = IN_A_MACHINE.replace("started: true", "started: true, restart: always")
    run = audited(always, f"{vm}\n{WORK.replace('10', '20', 1)}\nuntil: 30")
    assert told(run, "web")["state"] == "running"
    assert run.metrics["container.web.starts"] == 2
    stays = audited(IN_A_MACHINE, f"{vm}\n{WORK}\nuntil: 30")
    assert told(stays, "web")["state"] == "exited"


def test_a_container_in_a_machine_that_found_no_room_is_told_of() -> None:
    vm = "vms: [{name: vm, memory: 64GiB}]"
    run = audited(IN_A_MACHINE, f"{vm}\n{WORK}")
    assert told(run, "web")["refusal"] == "vm is no more"
    assert run.metrics["tasks.failed"] == 10


def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw steps that a container may go through."""
    from aio_sim.scenario.containers.steps import LIVES

    state, at, found = "running", 0, []
    for _number in range(draw(st.integers(0, 5))):
        choices = sorted(LIVES[state])
        if not choices:
            break
        do = draw(st.sampled_from(choices))
        at += draw(st.integers(0, 3))
        extra: dict[str, dict[str, Any]] = {"exec": {"program": "job"}, "update": {"shares": 300}}
        more = extra.get(do, {})
        found.append({"at": at, "do": do, **more})
        state = LIVES[state][do]
    return found


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a scenario of containers on a host and in a machine, with failures."""
    containers = []
    for number in range(draw(st.integers(1, 4))):
        memory = draw(st.sampled_from(["64MiB", {"floor": "32MiB", "ceiling": "256MiB"}]))
        policy = draw(st.sampled_from(["fcfs", "rr", "priority", "fair"]))
        containers.append(
            {
                "name": f"c{number}",
                "image": draw(st.sampled_from(["web", "job", "nowhere"])),
                "on": draw(st.sampled_from(["h1", "vm"])),
                "memory": memory,
                "task_memory": draw(st.sampled_from([0, 20 << 20])),
                "processes": draw(st.sampled_from([None, 4])),
                "program": draw(st.sampled_from([None, "job", "loop"])),
                "restart": draw(st.sampled_from(["no", "on-failure", "always", "unless-stopped"])),
                "oom": draw(st.sampled_from(["one", "all"])),
                "on_term": draw(st.sampled_from(["ignore", "exit", "drain"])),
                "grace": 1,
                "cpu": draw(st.sampled_from([{}, {"limit": 0.3}, {"shares": 50}])),
                "scheduler": {"policy": policy, **({"quantum": 0.02} if policy == "rr" else {})},
                "started": draw(st.booleans()),
                "steps": steps(draw),
            }
        )
    failures = draw(
        st.sampled_from([[], [{"host": "h1", "at": 2, "for": 1}], [{"host": "h1", "at": 0.2}]])
    )
    vm_steps = draw(
        st.sampled_from(
            [
                [],
                [{"at": 2, "do": "pause"}, {"at": 3, "do": "resume"}],
                [{"at": 2, "do": "shut_down"}, {"at": 4, "do": "boot"}],
                [{"at": 1, "do": "destroy"}],
            ]
        )
    )
    card = {"bandwidth": "1Gbps"}
    return {
        "name": "lives",
        "until": 12,
        "hosts": [
            {"name": "h1", "cores": 2, "memory": "1GiB", "network": card},
            {"name": "hub", "network": card},
        ],
        "vms": [
            {"name": "vm", "memory": "256MiB", "booted": draw(st.booleans()), "steps": vm_steps}
        ],
        "registry": {
            "host": "hub",
            "images": [{"name": "web", "size": "50MB"}, {"name": "job", "size": "10MB"}],
        },
        "programs": [
            {
                "name": "job",
                "steps": [
                    {"do": "compute", "work": 0.1},
                    {"do": "allocate", "size": "10MiB"},
                    {"do": "spawn", "program": "loop"},
                    {"do": "sleep", "time": 0.3},
                    {"do": "write", "file": "log", "size": "1MB"},
                    {"do": "exit", "code": 1},
                ],
            },
            {
                "name": "loop",
                "repeat": True,
                "steps": [{"do": "compute", "work": 0.05}, {"do": "sleep", "time": 0.2}],
            },
        ],
        "containers": containers,
        "failures": failures,
        "dispatch": draw(st.sampled_from([{}, {"retry": {"attempts": 3, "wait": 0}}])),
        "workload": [
            {"kind": "poisson", "rate": 5, "until": 6, "work": 0.1, "on": "c*"},
            {"kind": "poisson", "rate": 2, "until": 6, "work": 0.2, "memory": "30MiB", "on": "c0"},
        ],
    }


@given(lives())
def test_any_life_of_containers_ends_with_all_books_in_order(data: dict[str, Any]) -> None:
    made = Scenario.from_text(json.dumps(data))
    run = simulate(made, audit=True, level="full")
    tasks = run.metrics
    ended = tasks["tasks.completed"] + tasks["tasks.failed"] + tasks["tasks.rejected"]
    assert tasks["tasks.submitted"] == ended + tasks["tasks.inside"]
    assert simulate(made).metrics == run.metrics
