"""Overrides: one part changed, everything checked as if it had been written so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.scenario import Scenario
from tests.scenario.examples import LOAD, TEXTBOOK, textbook


def overridden(*settings: str, text: str = TEXTBOOK) -> dict[str, Any]:
    return Scenario.from_text(text, settings).to_data()


def only(*settings: str, text: str = TEXTBOOK) -> Problem:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, settings, "x.yaml")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("seed=3", ["seed"], 3),
        ("scheduler.quantum=20ms", ["scheduler", "quantum"], 0.02),
        (" scheduler . quantum = 20ms ", ["scheduler", "quantum"], 0.02),
        ("scheduler.switch_cost=1e-3", ["scheduler", "switch_cost"], 0.001),
        ("hosts.0.cores=4", ["hosts", 0, "cores"], 4),
        ("hosts.h1.cores=4", ["hosts", 0, "cores"], 4),
        ("hosts[0].cores=4", ["hosts", 0, "cores"], 4),
        ("hosts[h1].cores=4", ["hosts", 0, "cores"], 4),
        ("workload.list.tasks.P2.work=9", ["workload", 0, "tasks", 1, "work"], 9),
        ("workload.0.tasks.1.work=9", ["workload", 0, "tasks", 1, "work"], 9),
        ("allocation.backfill=easy", ["allocation"], {"backfill": "easy"}),
        ("hosts.h1.network.bandwidth=1Gbps", ["hosts", 0, "network"], {"bandwidth": 10**9}),
        ("hosts=[{name: a}, {name: b}]", ["hosts"], [{"name": "a"}, {"name": "b"}]),
        ("description=a = b", ["description"], "a = b"),
        ("description=''", ["description"], ""),
    ],
)
def test_a_path_leads_to_the_part_that_is_changed(
    setting: str, path: list[Any], value: object
) -> None:
    expected = overridden()
    part = expected
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert overridden(setting) == expected


def test_an_empty_value_is_null() -> None:
    text = textbook(until="4")
    assert Scenario.from_text(text, ["until="]).until is None
    assert Scenario.from_text(text, ["until=null"]).until is None


def test_a_crontab_that_begins_with_a_star_needs_quotes_and_is_told_so() -> None:
    with pytest.raises(ScenarioError, match=r"not valid YAML.*; text that begins with \*"):
        overridden("name=*/5 * * * *")


def test_later_overrides_win() -> None:
    assert overridden("seed=1", "seed=2")["seed"] == 2


def test_what_an_anchor_names_is_changed_in_one_place_only() -> None:
    text = textbook(hosts="[&h {name: a, cores: 2}, {<<: *h, name: b}]", until="4")
    hosts = Scenario.from_text(text, ["hosts.a.cores=8"]).hosts
    assert [host.cores for host in hosts] == [8, 2]


def test_a_name_with_dots_is_found() -> None:
    hosts = overridden("hosts.node.1.cores=4", text=textbook(hosts="[{name: node.1}]"))["hosts"]
    assert hosts == [{"name": "node.1", "cores": 4}]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("seed", "--set: expected PATH=VALUE, such as scheduler.quantum=20ms, got 'seed'"),
        ("=3", "--set: expected PATH=VALUE"),
        ("a..b=3", "--set: expected PATH=VALUE"),
        ("", "--set: expected PATH=VALUE"),
        ("sed=3", "--set sed: unknown field 'sed'; did you mean 'seed'?"),
        ("seed=-3", "--set seed: must be at least 0, got -3"),
        (
            "schedular.policy=ps",
            "--set schedular.policy: schedular: unknown field 'schedular'; did",
        ),
        ("scheduler.quantm=3", "--set scheduler.quantm: policy 'rr' has no option 'quantm'; did"),
        ("scheduler.quantum=0", "--set scheduler.quantum: must be greater than 0, got 0"),
        ("scheduler.policy=rrr", "--set scheduler.policy: unknown scheduling policy 'rrr'; did"),
        (
            "hosts.h2.cores=3",
            "--set hosts.h2.cores: hosts: has no entry 'h2'; expected one of 0, h1",
        ),
        ("hosts.1.cores=3", "--set hosts.1.cores: hosts: has no entry '1'"),
        ("hosts.-1.cores=3", "--set hosts.-1.cores: hosts: has no entry '-1'"),
        ("hosts.h1.core=3", "--set hosts.h1.core: hosts[0].core: unknown field 'core'; did you"),
        ("hosts.h1.cores.x=3", "hosts[0].cores: is the single value 1, which has no part 'x'"),
        ("hosts.h1.name=[1", "--set hosts.h1.name: not valid YAML: "),
        ("seed={a: 1, a: 2}", "--set seed: 'a' is here twice"),
        ("name=!!python/name:os.system x", "--set name: the tag"),
        ("seed=" + "[" * 99, "--set seed: nested more than 50 levels deep"),
    ],
)
def test_an_override_that_leads_nowhere_says_what_was_probably_meant(
    setting: str, said: str
) -> None:
    assert said in str(only(setting))


def test_an_entry_that_may_be_any_of_several_is_asked_for_by_number() -> None:
    text = textbook(workload=f"[{', '.join(['{kind: batch, at: 0, count: 1, work: 1}'] * 3)}]")
    assert "may be any of the entries 0, 1, 2" in str(only("workload.batch.count=2", text=text))
    assert overridden("workload.1.count=2", text=text)["workload"][1]["count"] == 2


def test_overrides_and_the_file_are_faulted_together() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(textbook(until="-1"), ["hosts.h9.cores=1", "seed=x"], "x.yaml")
    places = [problem.file for problem in caught.value.problems]
    assert sorted(places) == ["--set hosts.h9.cores", "--set seed", "x.yaml"]


def test_another_policy_leaves_behind_the_options_that_it_does_not_have() -> None:
    assert overridden("scheduler.policy=ps")["scheduler"] == {"policy": "ps"}
    text = textbook(scheduler="{policy: rr, quantum: 4, switch_cost: 1ms}")
    assert overridden("scheduler.policy=priority", text=text)["scheduler"] == {
        "policy": "priority",
        "quantum": 4,
        "switch_cost": 0.001,
    }
    host = textbook(hosts="[{name: h1, scheduler: {policy: rr, quantum: 4}}]")
    changed = overridden("hosts.h1.scheduler.policy=fcfs", text=host)
    assert changed["hosts"][0]["scheduler"] == {"policy": "fcfs"}


def test_an_option_given_for_the_wrong_policy_is_still_refused() -> None:
    assert "has no option 'quantum'" in str(only("scheduler.policy=ps", "scheduler.quantum=4"))


def test_a_file_named_on_the_command_line_is_looked_for_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, here = tmp_path / "scenarios", tmp_path / "here"
    for place in (folder, here):
        place.mkdir()
        (place / "log.swf").write_text("")
    (folder / "x.yaml").write_text(textbook(workload="[{kind: trace, format: swf, path: log.swf}]"))
    monkeypatch.chdir(here)

    def path(*settings: str) -> Path:
        (workload,) = Scenario.load(folder / "x.yaml", settings).workload
        assert workload.kind == "trace"
        return Path(workload.path)

    assert path() == folder / "log.swf"
    assert path("workload.0.path=log.swf") == here / "log.swf"
    with pytest.raises(ScenarioError, match=r"no such file: .*log\.swff; did you mean 'log\.swf'"):
        path("workload.0.path=log.swff")


def test_a_loaded_scenario_can_be_varied() -> None:
    scenario = Scenario.from_text(LOAD)
    varied = scenario.having(["hosts.h.count=3", "scheduler.policy=fcfs"])
    assert varied == Scenario.from_text(LOAD, ["hosts.h.count=3", "scheduler.policy=fcfs"])
    assert scenario == Scenario.from_text(LOAD)
    with pytest.raises(ScenarioError, match=r"--set hosts\.g\.count: hosts: has no entry 'g'"):
        scenario.having(["hosts.g.count=3"])
