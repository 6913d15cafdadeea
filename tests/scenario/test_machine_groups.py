"""`on`: names and patterns stand for machines; what matches nothing is told."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.machine_groups import Machines

VMS = "vms: [{name: web, count: 2}, {name: db}]\n"


def scenario(*workloads: str, vms: str = "") -> str:
    """Return a scenario of two hosts, h-0 and h-1; the third line has the first workload."""
    listed = "".join(f"  - {{{workload}}}\n" for workload in workloads)
    hosts = "hosts: [{name: h, count: 2, cores: 2}]"
    return f"name: on\nworkload:\n{listed}{hosts}\n{vms}"


def groups(*workloads: str, vms: str = "") -> tuple[tuple[str, ...], ...]:
    return Scenario.from_text(scenario(*workloads, vms=vms)).groups()


BATCH = "kind: batch, count: 1, work: 1"


def test_where_nothing_is_said_it_is_all_hosts_or_all_virtual_machines() -> None:
    assert groups(BATCH) == (("h-0", "h-1"),)
    assert groups(BATCH, vms=VMS) == (("web-0", "web-1", "db"),)


@pytest.mark.parametrize("holds", ["cores: 1", "memory: 1GiB", "cores: 2, span: true"])
def test_what_holds_something_of_a_host_goes_to_hosts(holds: str) -> None:
    assert groups(f"{BATCH}, {holds}", vms=VMS) == (("h-0", "h-1"),)
    listed = f"kind: list, tasks: [{{id: A, work: 1}}, {{id: B, work: 1, {holds}}}]"
    assert groups(listed, vms=VMS) == (("h-0", "h-1"),)


@pytest.mark.parametrize(
    ("on", "names"),
    [
        ("web-0", ("web-0",)),
        ('"web-*"', ("web-0", "web-1")),
        ('"*"', ("h-0", "h-1", "web-0", "web-1", "db")),
        ("[db, h-1, db]", ("h-1", "db")),
        ('["web-[1-9]", "?b"]', ("web-1", "db")),
        ("web", ("web-0", "web-1")),
        ("[web-1, h]", ("h-0", "h-1", "web-1")),
    ],
)
def test_a_name_a_pattern_and_a_list(on: str, names: tuple[str, ...]) -> None:
    text = scenario(f"{BATCH}, on: {on}", vms=VMS)
    made = Scenario.from_text(text)
    assert made.groups() == (names,)
    assert made.machine_names() == ("h-0", "h-1", "web-0", "web-1", "db")
    assert Scenario.from_text(made.to_yaml()) == made


def test_a_name_with_signs_of_a_pattern_in_it_stands_for_itself() -> None:
    machines = Machines([HostSpec(name=name) for name in ("a[1]", "a1", "a*", "ab")], ())
    assert machines.named(["a[1]"]) == ("a[1]",)
    assert machines.named(["a*"]) == ("a*",)
    assert machines.named(["a[12]"]) == ("a1",)


@given(
    names=st.lists(st.text("abc-1", min_size=1, max_size=4), min_size=1, unique=True),
    patterns=st.lists(st.text("ab-1*?", min_size=1, max_size=3), min_size=1),
)
def test_a_pattern_stands_for_what_the_shell_s_does(names: list[str], patterns: list[str]) -> None:
    machines = Machines([HostSpec(name=name) for name in names], ())
    expected = [name for name in names if any(fnmatchcase(name, each) for each in patterns)]
    assert list(machines.named(patterns)) == expected


LOCALITY = "locality: {kind: zipf, pages: 9}"
WRONG = [
    (f"{BATCH}, on: wep-0", "on", "no machine is called 'wep-0'; did you mean 'web-0'?"),
    (f'{BATCH}, on: ["web-*", "x*"]', "on[1]", "no machine is called 'x*'"),
    (f"{BATCH}, on: []", "on", "needs at least 1 entry"),
    (f"{BATCH}, on: 'a b'", "on", "must be a name without spaces or slashes"),
    (f"{BATCH}, cores: 1, on: db", "on", "db is no host, and tasks with `cores` hold"),
    (f"{BATCH}, memory: 1, on: db", "on", "db is a virtual machine, and tasks with `memory` hold"),
    (f"{BATCH}, on: [h-0, web-1], cores: 1", "on", "web-1 is no host"),
    (
        f"{BATCH}, on: h-0, {LOCALITY}",
        "locality",
        "h-0 is no virtual machine, and only the memory of one",
    ),
    (f"{BATCH}, locality: {{kind: zip}}", "locality.kind", "did you mean 'zipf'?"),
]


@pytest.mark.parametrize(("workload", "field", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_what_cannot_be_is_told_at_its_place(workload: str, field: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(scenario(workload, vms=VMS))
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (3, f"workload[0].{field}")
    assert said in problem.message


def test_whole_cores_come_of_one_host_or_of_any() -> None:
    hosts = "hosts: [{name: h, count: 3}]\n"
    for on, good in (("h-0", True), ('"*"', True), ("[h-0, h-1]", False)):
        text = f"name: on\n{hosts}workload: [{{{BATCH}, cores: 1, on: {on}}}]\n"
        if good:
            assert Scenario.from_text(text).groups()
        else:
            with pytest.raises(ScenarioError, match="go to one host, or may go to any"):
                Scenario.from_text(text)


def test_pages_are_for_guests() -> None:
    assert Scenario.from_text(scenario(f"{BATCH}, {LOCALITY}", vms=VMS)).workload[0].locality
    with pytest.raises(ScenarioError, match="h-0 is no virtual machine"):
        Scenario.from_text(scenario(f"{BATCH}, {LOCALITY}"))
