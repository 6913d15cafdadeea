"""Filter and score against cases worked out by hand."""

from __future__ import annotations

from math import log

import pytest

from aio_sim.containers.memory_limits import FixedLimit
from aio_sim.containers.platform.deployment import DEPLOYMENT
from aio_sim.containers.platform.filters import Refusal
from aio_sim.containers.platform.rules import (
    HOSTNAME,
    ZONE,
    Effect,
    NodePreference,
    PodPreference,
    PodTerm,
    Spread,
    Taint,
    Toleration,
)
from aio_sim.containers.platform.scheduler import NoPlace
from aio_sim.containers.platform.scores import (
    Packing,
    balanced,
    least_allocated,
    most_allocated,
    preferred,
    scattered,
    totals,
)
from aio_sim.containers.platform.selector import Operator, Requirement, equal_to
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import Placement
from tests.containers.engine.world import MIB
from tests.containers.platform.world import World, deployment

ZONES = {0: {ZONE: "a", "disk": "ssd"}, 1: {ZONE: "a"}, 2: {ZONE: "b", "cores": "16"}}
WEB = equal_to({DEPLOYMENT: "web"})
DB = equal_to({DEPLOYMENT: "db"})


def placed(world: World, **options: object) -> list[str]:
    """Deploy and return the nodes of the pods, in order of creation."""
    world.platform.deploy(deployment(**options))  # type: ignore[arg-type]
    world.run(world.env.now / 1e9 + 0.001)
    name = options.get("name", "web")
    return [
        "" if pod.worker is None else pod.worker.name
        for pod in world.pods
        if pod.deployment == name
    ]


def refusal(world: World) -> NoPlace:
    """Return why the first pod that waits has found no place."""
    found = world.platform.placing.refusal(next(world.platform.placing.waiting()))
    assert found is not None
    return found


def test_refusals_are_counted_by_reason() -> None:
    world = World(3, labels=ZONES)
    world.workers[0].taints = (Taint("gpu"),)
    world.platform.cordon("n1")
    assert placed(world, cpu=5000, memory=FixedLimit(2048 * MIB)) == [""]
    found = refusal(world)
    assert found.reasons == {
        Refusal.TAINT: 1,
        Refusal.UNSCHEDULABLE: 1,
        Refusal.CPU: 1,
        Refusal.MEMORY: 1,
    }
    assert str(found) == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, "
        "1 node(s) had untolerated taint(s), 1 node(s) were unschedulable"
    )
    assert world.platform.troubles() == [f"pod web-1-1: {found}"]
    assert world.platform.totals()["container.pods.refused.cpu"] == 1


def test_a_node_gives_what_it_has_and_no_more() -> None:
    world = World(1, cores=1)
    assert placed(world, replicas=3, cpu=400) == ["n0", "n0", ""]
    assert refusal(world).reasons == {Refusal.CPU: 1}
    world = World(1, pods=2)
    assert placed(world, replicas=3) == ["n0", "n0", ""]
    assert refusal(world).reasons == {Refusal.PODS: 1}


@pytest.mark.parametrize(
    ("requirement", "node"),
    [
        (Requirement("disk", Operator.IN, ("ssd", "nvme")), "n0"),
        (Requirement(ZONE, Operator.NOT_IN, ("a",)), "n2"),
        (Requirement("cores", Operator.EXISTS), "n2"),
        (Requirement("cores", Operator.GT, ("8",)), "n2"),
        (Requirement("cores", Operator.LT, ("8",)), ""),
        (Requirement("disk", Operator.DOES_NOT_EXIST), "n1"),
    ],
)
def test_a_selector_asks_for_labels_of_nodes(requirement: Requirement, node: str) -> None:
    world = World(3, labels=ZONES)
    assert placed(world, placement=Placement(selector=(requirement,))) == [node]


def test_taints_keep_out_those_that_do_not_tolerate_them() -> None:
    world = World(2)
    world.workers[0].taints = (Taint("gpu", "a100"),)
    assert placed(world, name="web", replicas=2) == ["n1", "n1"]
    tolerant = Placement(tolerations=(Toleration("gpu"),))
    assert placed(world, name="ai", placement=tolerant) == ["n0"]


def test_a_taint_that_prefers_others_only_scores() -> None:
    world = World(2)
    world.workers[0].taints = (Taint("old", effect=Effect.PREFER_NO_SCHEDULE),)
    assert placed(world) == ["n1"]


def test_anti_affinity_is_kept_both_ways() -> None:
    world = World(3, labels=ZONES)
    alone = Placement(apart=(PodTerm(WEB, ZONE),))
    assert placed(world, replicas=3, placement=alone) == ["n0", "n2", ""]
    assert refusal(world).reasons == {Refusal.ANTI_AFFINITY: 3}
    world = World(2)
    placed(world, name="db", placement=Placement(apart=(PodTerm(WEB),)))
    assert placed(world, name="web", replicas=2) == ["n1", "n1"]


def test_affinity_goes_where_others_are_and_the_first_of_its_kind_anywhere() -> None:
    world = World(3, labels=ZONES)
    together = Placement(near=(PodTerm(WEB, ZONE),))
    assert set(placed(world, replicas=4, placement=together)) == {"n0", "n1"}
    near_db = Placement(near=(PodTerm(DB),))
    assert placed(world, name="cache", placement=near_db) == [""]
    assert refusal(world).reasons == {Refusal.AFFINITY: 3}
    ssd = Placement(selector=equal_to({"disk": "ssd"}))
    assert placed(world, name="db", placement=ssd) == ["n0"]
    cache = next(pod for pod in world.pods if pod.deployment == "cache")
    assert cache.worker is world.workers[0]  # another pod's place was what it waited for


def test_a_hard_spread_holds_the_skew_between_domains() -> None:
    world = World(3, labels=ZONES, cores=2)
    spread = Placement(spread=(Spread(WEB, ZONE, 1),))
    nodes = placed(world, replicas=5, placement=spread, cpu=1000)
    zones = ["b" if node == "n2" else "a" for node in nodes if node]
    # Zone b has room for two; so a third in zone a is allowed, and a fourth is not.
    assert (zones.count("a"), zones.count("b"), nodes.count("")) == (3, 2, 0)
    world.platform.scale("web", 6)
    world.run(1)
    assert refusal(world).reasons == {Refusal.SPREAD: 1, Refusal.CPU: 2}


def test_points_by_resources_and_their_balance() -> None:
    world = World(2, cores=4, memory=1000 * MIB)
    placed(world, name="db", cpu=1000, memory=FixedLimit(500 * MIB))  # on n0
    world.platform.cordon("n0")
    world.platform.cordon("n1")
    placed(world, cpu=1000, memory=FixedLimit(100 * MIB))
    pod = next(pod for pod in world.pods if pod.deployment == "web")
    assert least_allocated(pod, world.workers) == [(50 + 40) // 2, (75 + 90) // 2]
    assert most_allocated(pod, world.workers) == [(50 + 60) // 2, (25 + 10) // 2]
    # Shares 0.5 and 0.6; 0.25 and 0.1: half their distance is the standard deviation.
    assert balanced(pod, world.workers) == [95, 92]
    assert totals(pod, world.workers, world.platform.cluster.census, Packing.MOST_ALLOCATED) == [
        55 + 95,
        17 + 92,
    ]


def test_points_for_spreading_by_the_formula() -> None:
    world = World(3, labels=ZONES)
    placed(world, replicas=4, cpu=0)
    counts = world.where()
    pod = world.pods[0]
    zone = {"a": counts["n0"] + counts["n1"], "b": counts["n2"]}
    raw = [
        counts[name] * log(5) + 2 + zone[where] * log(4) + 4
        for name, where in (("n0", "a"), ("n1", "a"), ("n2", "b"))
    ]
    points = [round(each) for each in raw]
    expected = [100 * (max(points) + min(points) - each) // max(points) for each in points]
    assert scattered(pod, world.workers, world.platform.cluster.census) == expected


def test_preferences_for_labels_and_pods() -> None:
    world = World(3, labels=ZONES)
    wishes = (NodePreference(equal_to({ZONE: "b"}), 20), NodePreference(equal_to({ZONE: "a"}), 80))
    assert placed(world, name="db", placement=Placement(node_preferences=wishes)) == ["n0"]
    census = world.platform.cluster.census
    assert preferred(world.pods[0], world.workers, census) == [100, 100, 25]
    near = Placement(pod_preferences=(PodPreference(PodTerm(DB, HOSTNAME), 100),))
    assert placed(world, name="near", placement=near) == ["n0"]
    away = Placement(pod_preferences=(PodPreference(PodTerm(DB, ZONE), -100),))
    assert placed(world, name="away", placement=away) == ["n2"]


def test_spreading_fills_all_nodes_and_packing_one() -> None:
    world = World(3)
    placed(world, replicas=6)
    assert world.where() == {"n0": 2, "n1": 2, "n2": 2}
    no_spread = Placement(spread=(Spread(WEB, hard=False, topology="nowhere"),))
    world = World(3, PlatformSettings(packing=Packing.MOST_ALLOCATED))
    placed(world, replicas=6, placement=no_spread)
    assert world.where() == {"n0": 6, "n1": 0, "n2": 0}


def test_no_more_nodes_are_compared_than_the_sample() -> None:
    world = World(5, PlatformSettings(sample=2))
    assert placed(world, replicas=5) == ["n0", "n2", "n4", "n1", "n3"]


def test_pending_pods_are_tried_again_only_when_something_changes() -> None:
    world = World(1, cores=1)
    placed(world, replicas=20, cpu=600)
    attempts, events = world.platform.placing.attempts, world.events
    world.run(500)
    assert world.platform.placing.attempts == attempts == 2  # one found a place, one told for all
    assert world.events == events + 1
    world.at(501, world.platform.scale, "web", 0)
    world.run(502)
    assert not world.pods
