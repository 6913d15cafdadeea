"""A platform in a run: what a scenario says of it comes true, and nothing is lost in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim import Run, Scenario, simulate
from aio_sim.analysis.explanation import explain
from tests.containers.platform.world import EXAMPLES

BOUNDS = st.one_of(st.integers(0, 3), st.integers(0, 60).map("{}%".format))


def scenario(*deployments: dict[str, Any], nodes: int = 3, **fields: Any) -> Scenario:
    """Return a scenario of a platform on nodes of 4 cores and 4 GiB."""
    top = {"workload", "failures", "vms", "until", "registry", "hosts"}
    data: dict[str, Any] = {
        "name": "t",
        "hosts": [{"name": "n", "count": nodes, "cores": 4, "memory": "4GiB"}],
        **{name: fields[name] for name in fields if name in top},
    }
    own = {name: fields[name] for name in fields if name not in top}
    data["platform"] = {"deployments": list(deployments), **own}
    return Scenario.model_validate(data)


def deployment(name: str = "web", replicas: int = 2, **fields: Any) -> dict[str, Any]:
    """Return a deployment of pods that request half a core and 64 MiB."""
    own = {"namespace", "strategy", "min_ready", "progress_deadline", "start"}
    template = {"image": name, "requests": {"cpu": "500m", "memory": "64MiB"}}
    template |= {field: fields[field] for field in fields if field not in own}
    rest = {field: fields[field] for field in fields if field in own}
    return {"name": name, "replicas": replicas, "template": template, **rest}


def run(*deployments: dict[str, Any], **fields: Any) -> Run:
    return simulate(scenario(*deployments, **fields), audit=True)


def told(done: Run) -> dict[str, Any]:
    found: dict[str, Any] = done.trace.meta["platform"]
    return found


def poisson(**fields: Any) -> dict[str, Any]:
    return {"kind": "poisson", "on": "web", **fields}


@settings(max_examples=max(EXAMPLES // 4, 5))
@given(
    replicas=st.integers(1, 5),
    surge=BOUNDS,
    unavailable=BOUNDS,
    rate=st.integers(1, 20),
    work=st.integers(10, 400),
    grace=st.integers(0, 20),
    ripe=st.integers(0, 3),
)
def test_a_rolling_update_loses_only_what_its_grace_cuts_off(
    replicas: int,
    surge: int | str,
    unavailable: int | str,
    rate: int,
    work: int,
    grace: int,
    ripe: int,
) -> None:
    """With bounds that leave a pod, and a grace that lets it end what it has, none at all."""
    zero = {0, "0%"}
    if surge in zero and unavailable in zero:
        surge = 1
    web = deployment(
        replicas=replicas,
        strategy={"max_surge": surge, "max_unavailable": unavailable},
        ready_after=f"{ripe}s",
        readiness={"period": "1s"},
        grace=f"{grace}s",
    )
    done = run(
        web,
        services=[{"name": "web"}],
        steps=[{"at": 15, "do": "update", "deployment": "web", "template": {"image": "newer"}}],
        workload=[poisson(start=10, until=25, rate=rate, work=f"{work}ms")],
    )
    metrics = done.metrics
    assert (
        metrics["container.web.served"] + metrics["container.web.lost"]
        == (metrics["tasks.submitted"])
    )
    assert metrics["container.web.lost"] == metrics["tasks.failed"]
    fence = scenario(web).platform
    assert fence is not None
    posts = fence.deployments[0].strategy.build().fenceposts(replicas)  # type: ignore[union-attr]
    longest = max(done.tasks["turnaround"][done.tasks["status"] == "completed"], default=0)
    if posts.unavailable < replicas and grace > longest:
        assert metrics["container.web.lost"] == 0


def test_a_run_without_tasks_ends_when_all_is_as_wanted() -> None:
    done = run(deployment(replicas=6))
    assert done.metrics["container.web.ready"] == 6
    assert done.trace.meta["ended_at"] == pytest.approx(1.4e9, rel=0.3)
    assert told(done)["troubles"] == []


def test_a_pod_that_finds_no_place_waits_and_says_why() -> None:
    done = run(deployment(replicas=3, requests={"cpu": 3}), nodes=2, until=30)
    assert done.metrics["container.web.ready"] == 2
    assert done.metrics["container.pods.refused.cpu"] == 2
    (trouble,) = told(done)["troubles"]
    assert trouble == "pod web-1-3: 0/2 nodes are available: 2 Insufficient cpu"


def test_a_namespace_has_no_more_than_its_quota() -> None:
    done = run(deployment(replicas=4, namespace="team"), namespaces={"team": {"cpu": 1}}, until=30)
    assert done.metrics["container.web.ready"] == 2
    assert "exceeded quota of team" in told(done)["troubles"][0]


def test_what_is_more_important_takes_the_room_of_what_is_less() -> None:
    classes = {"high": {"value": 100}}
    done = run(
        deployment("low", 2, requests={"cpu": 3}),
        deployment("top", 1, requests={"cpu": 3}, priority_class="high", start=20),
        priority_classes=classes,
        nodes=2,
        until=60,
    )
    assert (done.metrics["container.top.ready"], done.metrics["container.low.ready"]) == (1, 1)
    assert done.metrics["container.pods.preempted"] == 1


def test_a_pool_switches_nodes_on_for_pods_and_off_when_they_are_idle() -> None:
    pool = [{"nodes": "n-*", "min_nodes": 1, "boot": "10s", "idle": "30s"}]
    done = run(
        deployment(replicas=6, requests={"cpu": 2}),
        node_pools=pool,
        steps=[{"at": at, "do": "scale", "deployment": "web", "replicas": 0} for at in (60, 99)],
    )
    assert done.metrics["container.nodes.added"] == 2
    assert done.metrics["container.nodes.removed"] == 2


@pytest.mark.parametrize(
    ("scoring", "pods"), [("least_allocated", [2, 2, 2]), ("most_allocated", [0, 0, 6])]
)
def test_pods_are_spread_or_packed(scoring: str, pods: list[int]) -> None:
    apart: dict[str, Any] = {
        "topology_spread": [{"max_skew": 9}]
    }  # as hard ones do not count in the score
    done = run(deployment(replicas=6, **apart), pod_scheduler={"scoring": scoring})
    assert sorted(told(done)["nodes"].values()) == pods


def test_a_drain_empties_a_node_within_its_budget() -> None:
    done = run(
        deployment(replicas=3, readiness={"period": "1s"}, ready_after="2s"),
        services=[{"name": "web"}],
        disruption_budgets=[
            {"name": "b", "selector": {"aio-sim/deployment": "web"}, "min_available": 2}
        ],
        steps=[
            {"at": 20, "do": "drain", "node": "n-*"},
            {"at": 22, "do": "uncordon", "node": "n-0"},
        ],
        workload=[poisson(start=10, until=60, rate=5, work="50ms")],
    )
    assert done.metrics["container.web.lost"] == 0
    assert done.metrics["container.web.ready"] == 3


def test_pods_on_virtual_machines_move_when_a_host_dies() -> None:
    vm = {"count": 1, "cores": 2, "memory": "1GiB"}
    vms = [{"name": f"v{each}", "host": f"n-{each}", **vm} for each in range(2)]
    done = run(
        deployment(replicas=2),
        vms=vms,
        services=[{"name": "web"}],
        node_grace="5s",
        eviction="5s",
        failures=[{"host": "n-0", "at": 60}],
        workload=[poisson(start=30, until=100, rate=5, work="50ms")],
    )
    metrics = done.metrics
    assert set(told(done)["nodes"]) == {"v0-0", "v1-0"}
    assert metrics["container.web.ready"] == 2
    assert metrics["container.pods.evicted"] == 1
    assert 5 < metrics["container.web.lost"] < 30


def test_an_image_that_the_registry_has_not_is_asked_for_again_and_reported() -> None:
    hosts = [{"name": "n", "cores": 4, "memory": "4GiB", "network": {"bandwidth": "1Gbps"}}]
    registry = {"host": "n", "images": [{"name": "other", "size": "10MB"}]}
    done = run(deployment(replicas=1), hosts=hosts, registry=registry, until=100)
    assert done.metrics["container.pods.failed"] == 4
    assert told(done)["troubles"] == ["pod web-1-1: unknown image 'web'; expected one of other"]


def test_a_full_trace_tells_why() -> None:
    web = deployment(replicas=3, requests={"cpu": 3}, start=1)
    done = simulate(scenario(web, nodes=2, until=20), level="full")
    lines = "\n".join(explain(done.trace))
    assert "web-1-1 goes to n-" in lines
    assert "web-1-3 waits: of 2 nodes none can take it: 2 Insufficient cpu" in lines


def test_the_same_seed_gives_the_same_run() -> None:
    web = deployment(replicas=5)
    load = [poisson(start=5, until=20, rate=20, work="50ms")]
    first, second = (run(web, services=[{"name": "web"}], workload=load) for _ in range(2))
    assert first.metrics == second.metrics
    assert told(first) == told(second)


def test_a_run_may_end_while_containers_are_being_made() -> None:
    done = run(deployment(replicas=3), until=0.1)
    assert done.metrics["container.web.ready"] == 0


def test_a_run_ends_that_scales_what_had_stalled_before() -> None:
    web = deployment(replicas=2, ready_after="never", readiness={}, progress_deadline=20)
    done = run(web, steps=[{"at": 40, "do": "scale", "deployment": "web", "replicas": 2}])
    assert done.trace.meta["ended_at"] == 60 * 10**9
    assert done.metrics["container.updates.stalled"] == 2
