"""The scenario: what it holds once loaded; written and read again it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario, shipped
from aio_sim.scheduling.policies import FirstComeFirstServed, MultilevelFeedbackQueue, RoundRobin
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy, scheduling_policy
from tests.scenario.examples import LOAD, TEXTBOOK, textbook


def test_what_is_left_out_has_the_defaults_of_the_design() -> None:
    scenario = Scenario.from_text(textbook(scheduler=""))
    assert (scenario.seed, scenario.until, scenario.description) == (0, None, "")
    assert (scenario.scheduler.policy, scenario.scheduler.switch_cost) == ("fcfs", 0)
    assert scenario.scheduler.queue == "shared"
    assert scenario.dispatch.policy == "least_loaded"
    allocation = scenario.allocation
    assert (allocation.policy, allocation.placement) == ("fcfs", "first_fit")
    assert allocation.backfill == "none"
    (host,) = scenario.hosts
    assert (host.cores, host.memory, host.speed, host.disk) == (1, 64 * 2**30, 1, None)


def test_quantities_are_nanoseconds_bytes_and_bits() -> None:
    hosts = (
        "[{name: h, disk: {size: 1TB, read: 500MB/s, write: 1Gbps, latency: 100us},"
        " network: {bandwidth: 10Gbps, latency: 1ms}}]"
    )
    scenario = Scenario.from_text(
        textbook(hosts=hosts, scheduler="{policy: rr, quantum: 20ms, switch_cost: 5us}")
    )
    disk, network = scenario.hosts[0].disk, scenario.hosts[0].network
    assert disk is not None
    assert network is not None
    assert (disk.size, disk.read, disk.write, disk.latency) == (10**12, 4 * 10**9, 10**9, 100_000)
    assert (network.bandwidth, network.latency) == (10**10, 10**6)
    assert scenario.scheduler.switch_cost == 5_000
    assert scenario.scheduler.build() == RoundRobin(quantum="20ms")  # type: ignore[arg-type]


def test_a_scenario_cannot_be_changed() -> None:
    scenario = Scenario.from_text(TEXTBOOK)
    with pytest.raises(ValidationError):
        scenario.seed = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        scenario.hosts[0].cores = 3  # type: ignore[misc]


def test_hosts_that_are_counted_are_numbered() -> None:
    hosts = "[{name: a}, {name: b, count: 3}, {name: c, count: 1}]"
    names = [host.names for host in Scenario.from_text(textbook(hosts=hosts)).hosts]
    assert names == [("a",), ("b-0", "b-1", "b-2"), ("c-0",)]


def test_a_second_workload_of_a_kind_has_a_number() -> None:
    one = "{kind: batch, at: 0, count: 1, work: 1%s}"
    parts = [one % name for name in ("", "", ", name: batch-2", ", name: other", "")]
    scenario = Scenario.from_text(textbook(workload=f"[{', '.join(parts)}]"))
    assert scenario.labels() == ("batch", "batch-3", "batch-2", "other", "batch-4")


def test_a_policy_is_built_with_its_options() -> None:
    scenario = Scenario.from_text(textbook(scheduler="{policy: mlfq, levels: 2, quantum: 4ms}"))
    assert scenario.scheduler.build() == MultilevelFeedbackQueue(levels=2, quantum=0.004)  # type: ignore[arg-type]
    assert scenario.allocation.build() == FirstComeFirstServed()


@pytest.fixture
def plugin() -> Iterator[type[SchedulingPolicy]]:
    """Return a policy that a user adds; it goes away again."""

    @scheduling_policy("longest")
    class Longest(SchedulingPolicy):
        patience: int = 3

    yield Longest
    SCHEDULING_POLICIES._classes.pop("longest")


def test_a_plugin_s_policy_is_known_once_it_is_registered(
    plugin: type[SchedulingPolicy],
) -> None:
    scenario = Scenario.from_text(textbook(scheduler="{policy: longest, patience: 5}"))
    assert scenario.scheduler.build() == plugin.model_validate({"patience": 5})
    with pytest.raises(ScenarioError, match="has no option 'patient'; did you mean 'patience'"):
        Scenario.from_text(textbook(scheduler="{policy: longest, patient: 5}"))


def test_without_its_plugin_a_policy_is_unknown() -> None:
    with pytest.raises(ScenarioError, match="unknown scheduling policy 'longest'"):
        Scenario.from_text(textbook(scheduler="{policy: longest}"))


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_reads_back_the_same(name: str) -> None:
    scenario = Scenario.load(name)
    assert Scenario.from_text(scenario.to_yaml()) == scenario
    assert scenario.name == name
    assert scenario.description


def test_what_is_written_is_what_was_given_and_the_seed() -> None:
    scenario = Scenario.from_text(LOAD)
    assert yaml.safe_load(scenario.to_yaml()) == {
        "name": "load",
        "seed": 0,
        "hosts": [{"name": "h", "count": 100, "cores": 8, "memory": 64 * 2**30}],
        "scheduler": {"policy": "sjf"},
        "dispatch": {"policy": "round_robin"},
        "workload": [
            {
                "kind": "poisson",
                "rate": 640,
                "count": 100000,
                "work": {"kind": "exponential", "mean": 1},
            },
            {
                "kind": "batch",
                "at": 0,
                "count": 1000,
                "work": {"kind": "uniform", "low": 10, "high": 100},
            },
        ],
    }


def test_a_seed_chosen_later_is_written_too() -> None:
    scenario = Scenario.from_text(TEXTBOOK).model_copy(update={"seed": 7})
    assert Scenario.from_text(scenario.to_yaml()).seed == 7


def test_a_replay_is_written_with_what_it_reads(tmp_path: Path) -> None:
    (tmp_path / "log.swf").write_text("")
    (tmp_path / "x.yaml").write_text(
        textbook(workload="[{kind: trace, format: swf, path: log.swf, from: 3, to: 1h}]")
    )
    scenario = Scenario.load(tmp_path / "x.yaml")
    (workload,) = yaml.safe_load(scenario.to_yaml())["workload"]
    assert workload == {
        "kind": "trace",
        "format": "swf",
        "path": str(tmp_path / "log.swf"),
        "from": 3,
        "to": 3600,
    }
    assert Scenario.from_text(scenario.to_yaml()) == scenario


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
TIMES = st.integers(1, 10**17).map(lambda time: f"{time}ns") | st.floats(1e-9, 1e6)
DURATIONS = TIMES | st.one_of(
    st.builds(lambda mean: {"kind": "exponential", "mean": mean}, TIMES),
    st.builds(
        lambda median, sigma: {"kind": "lognormal", "median": median, "sigma": sigma},
        TIMES,
        st.floats(0, 20),
    ),
    st.builds(lambda values: {"kind": "empirical", "values": values}, st.lists(TIMES, min_size=1)),
)
ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "priority": st.integers(-5, 5) | st.floats(-5, 5),
    "weight": st.floats(0.1, 10),
    "deadline": TIMES,
    "tenant": NAMES,
    "memory": st.integers(0, 2**50) | st.sampled_from(["4GiB", "1.5kB"]),
}
HOSTS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "count": st.integers(1, 9),
            "cores": st.integers(1, 64),
            "speed": st.floats(0.01, 100),
            "memory": st.integers(0, 2**50),
            "network": st.just({"bandwidth": "1Gbps", "latency": "30ns"}),
            "scheduler": st.just({"policy": "priority", "aging": "10s"}),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda host: host["name"],
)
SCHEDULERS = st.sampled_from(["fcfs", "ps", "sjf", "edf", "fair"]).map(
    lambda policy: {"policy": policy}
) | st.fixed_dictionaries(
    {"policy": st.just("rr"), "quantum": TIMES},
    optional={"switch_cost": TIMES, "queue": st.sampled_from(["shared", "per_core"])},
)
LISTED = st.builds(
    lambda tasks: {"kind": "list", "tasks": tasks},
    st.lists(
        st.fixed_dictionaries(
            {"id": NAMES | st.text("abc :#'\"-中", min_size=1), "work": TIMES},
            optional={"arrival": TIMES, **ATTRIBUTES},
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda task: task["id"],
    ),
)
GENERATED = st.fixed_dictionaries(
    {
        "kind": st.just("poisson"),
        "rate": st.floats(0.01, 1e6),
        "count": st.integers(1, 10**9),
        "work": DURATIONS,
    },
    optional=ATTRIBUTES,
)
SCENARIOS = st.fixed_dictionaries(
    {
        "name": st.text(min_size=1, max_size=20),
        "hosts": HOSTS,
        "workload": st.lists(LISTED, min_size=1, max_size=1) | st.lists(GENERATED, min_size=1),
    },
    optional={
        "description": st.text(),
        "seed": st.integers(0, 2**61),
        "until": TIMES,
        "scheduler": SCHEDULERS,
        "allocation": st.just({"policy": "sjf", "backfill": "easy"}),
    },
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SCENARIOS)
def test_any_scenario_reads_back_the_same(written: dict[str, Any]) -> None:
    scenario = Scenario.model_validate(written)
    text = scenario.to_yaml()
    again = Scenario.from_text(text)
    assert again == scenario
    assert again.to_yaml() == text
    assert [host.names for host in again.hosts] == [host.names for host in scenario.hosts]
    assert again.scheduler.build() == scenario.scheduler.build()
