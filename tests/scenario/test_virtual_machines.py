"""Virtual machines in a scenario: what is understood, and what is refused, at its place."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.scenario import Scenario
from aio_sim.scenario.vm_life import LIVES
from aio_sim.virtualization.migration.methods import MAX_ROUNDS, Method
from aio_sim.virtualization.overcommit import Overcommit
from aio_sim.virtualization.profile import PROFILES

MACHINES = """\
name: machines
hosts:
  - {name: h1, cores: 2, memory: 8GiB, network: {bandwidth: 1Gbps}}
  - {name: h2, cores: 2, memory: 8GiB, network: {bandwidth: 1Gbps}}
vmm: {profile: virtualbox, overcommit: {memory: 1.5}, placement: best_fit}
vms:
  - name: web
    count: 2
    host: h1
    cores: 2
    memory: 4GiB
    image: {size: 10GiB}
    shares: 2000
    reservation: {cores: 0.5, memory: 1GiB}
    limit: {cores: 1.5}
    scheduler: {policy: rr, quantum: 10ms}
    dirty_rate: 50MB/s
    start: 1s
    steps:
      - {at: 10s, do: pause}
      - {at: 12s, do: resume}
      - {at: 20s, do: snapshot}
      - {at: 25s, do: balloon, memory: 2GiB}
      - {at: 30s, do: migrate, to: h2, threshold: 1MiB}
      - {at: 40s, do: migrate, to: h1, method: post_copy, bandwidth: 100Mbps}
      - {at: 50s, do: shut_down}
      - {at: 51s, do: migrate, to: h2, method: cold, image: true}
      - {at: 52s, do: boot}
      - {at: 55s, do: destroy}
  - {name: db, memory: {size: 1GiB, allocation: segmentation, fit: best}}
workload:
  - {kind: batch, count: 3, work: 1, on: "web-*"}
"""


def one(vm: str, hosts: str = "", more: str = "") -> str:
    """Return a scenario with one virtual machine, the fourth line its own; YAML in one line."""
    card = "network: {bandwidth: 1Gbps}"
    hosts = hosts or f"[{{name: h1, {card}}}, {{name: h2, {card}}}]"
    return (
        f"name: one\nhosts: {hosts}\nworkload: [{{kind: batch, count: 1, work: 1}}]\n"
        f"vms: [{vm}]\n{more}"
    )


def problems(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, file="x.yaml")
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_machines_are_understood() -> None:
    web, db = Scenario.from_text(MACHINES).vms
    assert web.names == ("web-0", "web-1")
    assert db.names == ("db",)
    assert (web.memory.size, web.memory.allocation) == (4 << 30, "paging")
    assert (db.memory.size, db.memory.allocation) == (1 << 30, "segmentation")
    assert (web.dirty_rate, web.start) == (400_000_000, 10**9)
    assert [step.do for step in web.steps][4:6] == ["migrate", "migrate"]
    promise = web.promise(overhead=7)
    assert (promise.cores, promise.memory, promise.overhead) == (2, 4 << 30, 7)
    assert (promise.reserved_cores, promise.reserved_memory) == (Fraction(1, 2), 1 << 30)


def test_a_scenario_of_machines_is_written_as_it_was_given() -> None:
    scenario = Scenario.from_text(MACHINES)
    assert Scenario.from_text(scenario.to_yaml()) == scenario


def test_what_the_profile_lets_be_promised_holds_where_nothing_is_said() -> None:
    monitor = Scenario.from_text(MACHINES).vmm
    usual = PROFILES["virtualbox"].overcommit
    assert monitor.limits == Overcommit(usual.cores, Fraction(3, 2))
    plain = Scenario.from_text(one("{name: a}")).vmm
    assert plain.limits == PROFILES["esxi"].overcommit


def test_a_migration_says_how_its_machine_moves() -> None:
    steps = Scenario.from_text(MACHINES).vms[0].steps
    live, post, cold = (step.options(99) for step in steps if step.do == "migrate")
    assert (live.method, live.threshold, live.max_rounds) == (Method.PRE_COPY, 1 << 20, MAX_ROUNDS)
    assert (post.method, post.rate_limit) == (Method.POST_COPY, 100_000_000)
    assert (cold.method, cold.working_set) == (Method.COLD, 99)


def test_parts_of_machines_can_be_overridden() -> None:
    settings = ["vms.0.cores=4", "vms.web.steps.0.at=9s", "vmm.profile=esxi", "vms.db.memory=2GiB"]
    scenario = Scenario.from_text(MACHINES, settings)
    assert (scenario.vms[0].cores, scenario.vms[0].steps[0].at) == (4, 9 * 10**9)
    assert (scenario.vmm.profile, scenario.vms[1].memory.size) == ("esxi", 2 << 30)
    assert scenario.having(["vms.0.scheduler.policy=fcfs"]).vms[0].scheduler == (
        Scenario.from_text(one("{name: a, scheduler: {policy: fcfs}}")).vms[0].scheduler
    )


LAPTOP = "[{name: h1, network: {bandwidth: 1Gbps}}, {name: h2}]"

WRONG = [
    ("{name: a, host: h3}", "vms[0].host", "there is no host 'h3'; expected one of h1, h2"),
    ("{name: a, host: a}", "vms[0].host", "there is no host 'a'; expected one of h1, h2"),
    ("{name: h1}", "vms[0].name", "there is already a machine named 'h1'"),
    ("{name: a}, {name: a}", "vms[1].name", "there is already a machine named 'a'"),
    ("{name: a, count: 2}, {name: a-1}", "vms[1].name", "already a machine named 'a-1'"),
    ("{name: a, core: 2}", "vms[0].core", "unknown field 'core'; did you mean 'cores'?"),
    ("{name: a, memory: 0}", "vms[0].memory", "must be greater than 0"),
    ("{name: a, memory: 4GIB}", "vms[0].memory", "did you mean 'GiB'?"),
    (
        "{name: a, memory: {size: 1GiB, replacement: lfo}}",
        "vms[0].memory.replacement",
        "unknown page replacement policy 'lfo'; did you mean 'lfu'?",
    ),
    (
        "{name: a, memory: {size: 1GiB, allocation: page}}",
        "vms[0].memory.allocation",
        "unknown allocation 'page'; did you mean 'paging'?",
    ),
    (
        "{name: a, memory: 1GiB, reservation: {memory: 2GiB}}",
        "vms[0].reservation.memory",
        "must be at most what the machine has, 1 GiB, got 2 GiB",
    ),
    (
        "{name: a, memory: 1GiB, working_set: 2GiB}",
        "vms[0].working_set",
        "must be at most the memory, 1 GiB, for it is the part of it that is written to",
    ),
    (
        "{name: a, memory: {size: 3MiB, allocation: segmentation, fit: buddy}}",
        "vms[0].memory.size",
        "fit: buddy halves the memory again and again, so its size must be a power of two",
    ),
    (
        "{name: a, cores: 2, reservation: {cores: 2.5}}",
        "vms[0].reservation.cores",
        "must be at most what the machine has, 2, got 2.5",
    ),
    (
        "{name: a, cores: 2, reservation: {cores: 1.5}, limit: {cores: 1}}",
        "vms[0].reservation.cores",
        "must be at most its limit, 1, got 1.5",
    ),
    ("{name: a, limit: {cores: 0}}", "vms[0].limit.cores", "must be greater than 0"),
    ("{name: a, shares: 0}", "vms[0].shares", "must be at least 1"),
    (
        "{name: a, scheduler: {policy: ps}}",
        "vms[0].scheduler.policy",
        "ps cannot be a guest's policy, for a virtual core has a clock of its own",
    ),
    ("{name: a, steps: [{do: pause}]}", "vms[0].steps[0].at", "is required"),
    (
        "{name: a, steps: [{at: 1, do: paus}]}",
        "vms[0].steps[0].do",
        "unknown do 'paus'; did you mean 'pause'?",
    ),
    ("{name: a, steps: [{at: 1}]}", "vms[0].steps[0].do", "is required: one of pause, resume"),
    (
        "{name: a, steps: [{at: 1, do: resume}]}",
        "vms[0].steps[0].do",
        "a machine that is running by then cannot resume; expected one of pause, snapshot",
    ),
    (
        "{name: a, steps: [{at: 1, do: pause}, {at: 2, do: shut_down}]}",
        "vms[0].steps[1].do",
        "a machine that is paused by then cannot shut_down",
    ),
    (
        "{name: a, steps: [{at: 1, do: destroy}, {at: 2, do: boot}]}",
        "vms[0].steps[1].do",
        "a machine that was destroyed is gone for good",
    ),
    (
        "{name: a, steps: [{at: 2, do: pause}, {at: 1, do: resume}]}",
        "vms[0].steps[1].at",
        "1 s is before the step above it, at 2 s; steps stand in order of time",
    ),
    (
        "{name: a, start: 5, steps: [{at: 2, do: pause}]}",
        "vms[0].steps[0].at",
        "2 s is before the machine starts, at 5 s",
    ),
    (
        "{name: a, host: h1, steps: [{at: 2, do: migrate, to: h1}]}",
        "vms[0].steps[0].to",
        "it is on h1 by then; expected another host",
    ),
    (
        "{name: a, steps: [{at: 2, do: migrate, to: h2}, {at: 3, do: migrate, to: h2}]}",
        "vms[0].steps[1].to",
        "it is on h2 by then",
    ),
    (
        "{name: a, steps: [{at: 2, do: migrate, to: h22}]}",
        "vms[0].steps[0].to",
        "there is no host 'h22'; did you mean 'h2'?",
    ),
    (
        "{name: a, steps: [{at: 2, do: migrate, to: h2, method: live}]}",
        "vms[0].steps[0].method",
        "unknown method 'live'; expected one of cold, post_copy, pre_copy",
    ),
    (
        "{name: a, steps: [{at: 2, do: migrate, to: h2, method: cold, rounds: 3}]}",
        "vms[0].steps[0].rounds",
        "unknown field 'rounds'",
    ),
    (
        "{name: a, steps: [{at: 2, do: migrate, to: h2, method: cold, image: true}]}",
        "vms[0].steps[0].image",
        "the machine has no `image` to move",
    ),
    (
        "{name: a, host: h1, steps: [{at: 1, do: shut_down}, {at: 2, do: migrate, to: h2}]}",
        "vms[0].steps[1]",
        "a machine that is off has no memory to copy; expected cold",
    ),
    (
        "{name: a, memory: 1GiB, reservation: {memory: 512MiB},"
        " steps: [{at: 2, do: balloon, memory: 256MiB}]}",
        "vms[0].steps[0].memory",
        "must be from 512 MiB (reserved) to 1 GiB, got 256 MiB",
    ),
]


@pytest.mark.parametrize(("vm", "field", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_what_cannot_be_is_told_at_its_place(vm: str, field: str, said: str) -> None:
    (problem,) = problems(one(vm))
    assert (problem.line, problem.field) == (4, field)
    assert said in problem.message


def test_a_migration_needs_a_network_card_on_either_host() -> None:
    step = "{at: 2, do: migrate, to: h2}"
    (problem,) = problems(one(f"{{name: a, host: h1, steps: [{step}]}}", LAPTOP))
    assert problem.field == "vms[0].steps[0].to"
    assert problem.message == "h2 has no network card; give that host a `network`"


def test_a_link_of_the_network_is_as_good_as_a_card() -> None:
    vm = "{name: a, host: h1, steps: [{at: 2, do: migrate, to: h2}]}"
    link = "network: {links: [{between: [h2, switch], bandwidth: 1Gbps}]}\n"
    assert Scenario.from_text(one(vm, LAPTOP, link)).vms


def test_the_scenario_s_scheduler_is_refused_too_where_guests_have_none_of_their_own() -> None:
    (problem,) = problems(one("{name: a}", more="scheduler: {policy: ps}\n"))
    assert problem.field == "vms[0]"
    assert problem.message.startswith("ps cannot be a guest's policy")
    own = one("{name: a, scheduler: {policy: rr, quantum: 1ms}}", more="scheduler: {policy: ps}\n")
    assert Scenario.from_text(own).vms


@pytest.mark.parametrize(
    ("monitor", "field", "said"),
    [
        (
            "{profile: esx}",
            "vmm.profile",
            "unknown profile of a monitor 'esx'; did you mean 'esxi'",
        ),
        ("{placement: bestfit}", "vmm.placement", "unknown placement policy 'bestfit'"),
        ("{overcommit: {cores: 0}}", "vmm.overcommit.cores", "must be at least 0.01"),
        ("{overcommit: {disk: 2}}", "vmm.overcommit.disk", "unknown field 'disk'"),
    ],
)
def test_a_monitor_that_cannot_be_is_told(monitor: str, field: str, said: str) -> None:
    (problem,) = problems(one("{name: a}", more=f"vmm: {monitor}\n"))
    assert (problem.line, problem.field) == (5, field)
    assert said in problem.message


def test_no_more_machines_than_can_be_simulated() -> None:
    machines = ", ".join(f"{{name: {name}, count: 60000}}" for name in "ab")
    found, _cores = problems(one(machines))
    assert found.field == "vms"
    assert "120,000 virtual machines in all, and at most 100,000" in found.message


def test_no_more_virtual_cores_than_can_be_simulated() -> None:
    (problem,) = problems(one("{name: a, count: 1000, cores: 101}"))
    assert problem.field == "vms"
    assert "101,000 virtual cores in all, and at most 100,000" in problem.message
    assert "nothing by more of them than its host has cores" in problem.message
    assert Scenario.from_text(one("{name: a, count: 1000, cores: 100}")).vms


WALKS = st.lists(
    st.sampled_from(["pause", "resume", "snapshot", "shut_down", "boot", "destroy"]), max_size=8
)


@given(WALKS)
def test_a_life_is_possible_where_each_step_is(walk: list[str]) -> None:
    state, possible = "running", True
    for step in walk:  # a walk through the table that stops at the first step that is not there
        if step not in LIVES[state]:
            possible = False
            break
        state = LIVES[state][step]
    steps = ", ".join(f"{{at: {at}, do: {step}}}" for at, step in enumerate(walk))
    text = one(f"{{name: a, steps: [{steps}]}}")
    if possible:
        assert Scenario.from_text(text).vms
    else:
        assert all(problem.field.endswith(".do") for problem in problems(text))
