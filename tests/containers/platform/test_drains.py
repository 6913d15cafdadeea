"""Draining nodes, within disruption budgets."""

from __future__ import annotations

from typing import Any

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.budget import DisruptionBudget
from aio_sim.containers.platform.deployment import DEPLOYMENT
from aio_sim.containers.platform.probe import Probe
from aio_sim.containers.platform.rules import Effect, Taint, Toleration
from aio_sim.containers.platform.selector import equal_to
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import Health, Placement
from aio_sim.kernel.environment import SECOND
from tests.containers.platform.world import World, deployment


def budgeted(**bounds: Any) -> PlatformSettings:
    selector = equal_to({DEPLOYMENT: "web"})
    return PlatformSettings(budgets=(DisruptionBudget(name="b", selector=selector, **bounds),))


def test_a_drain_takes_away_as_many_as_the_budget_allows_at_a_time() -> None:
    """Four pods on the node, one at a time, each of which is ready elsewhere after 5 s."""
    world = World(2, budgeted(most_unavailable=Bound(1)))
    world.platform.cordon("n1")
    made = world.platform.deploy(
        deployment(
            replicas=4, readiness=Probe(period=SECOND), health=Health(ready_after=5 * SECOND)
        )
    )
    service = world.expose()
    world.run(10)
    world.platform.uncordon("n1")
    world.stream(service, 20, 30, 0.1)
    drained = world.platform.drain("n0")

    def look() -> None:
        assert made.ready >= 3

    world.run(24.9, look)
    assert not drained.triggered
    world.run(40, look)
    assert drained.value == "n0"
    assert world.where() == {"n0": 0, "n1": 4}
    assert (service.lost, service.served) == (0, service.sent)
    assert world.platform.totals()["container.pods.evicted"] == 4


def test_a_budget_that_allows_nothing_stops_a_drain_until_somebody_gives_in() -> None:
    world = World(2, budgeted(least_available=Bound(100, percent=True)))
    world.platform.deploy(deployment(replicas=2))
    world.run(1)
    drained = world.platform.drain("n0")
    events = world.events
    world.run(1000)
    assert not drained.triggered
    assert world.events < events + 5
    world.platform.uncordon("n0")
    world.platform.scale("web", 4)
    world.run(1001)
    assert world.where() == {"n0": 2, "n1": 2}


def test_an_empty_node_is_drained_at_once_and_gets_no_pods() -> None:
    world = World(2)
    drained = world.platform.drain("n0")
    world.platform.deploy(deployment(replicas=3))
    world.run(1)
    assert drained.triggered
    assert world.where() == {"n0": 0, "n1": 3}


def test_pods_that_do_not_tolerate_a_taint_must_leave_whatever_their_budget() -> None:
    world = World(2, budgeted(least_available=Bound(100, percent=True)))
    world.platform.cordon("n1")
    world.platform.deploy(deployment(replicas=2))
    tolerant = Placement(tolerations=(Toleration("broken"),))
    world.platform.deploy(deployment("guard", replicas=1, placement=tolerant))
    world.run(1)
    assert world.where() == {"n0": 3, "n1": 0}
    world.platform.uncordon("n1")
    world.platform.taint("n0", [Taint("broken", effect=Effect.NO_SCHEDULE)])
    world.run(2)
    assert world.where() == {"n0": 3, "n1": 0}
    world.platform.taint("n0", [Taint("broken", effect=Effect.NO_EXECUTE)])
    world.run(30)
    assert world.where() == {"n0": 1, "n1": 2}
    assert world.platform.totals()["container.pods.evicted"] == 2


def test_a_node_without_its_taint_gets_the_pods_that_waited_for_a_place() -> None:
    world = World(1)
    world.platform.taint("n0", [Taint("broken", effect=Effect.NO_EXECUTE)])
    world.platform.deploy(deployment(replicas=2))
    world.run(1)
    assert world.where() == {"n0": 0}
    world.platform.taint("n0", [])
    world.run(2)
    assert world.where() == {"n0": 2}
