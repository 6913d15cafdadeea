"""Who must go for a pod of higher priority."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.budget import DisruptionBudget
from aio_sim.containers.platform.deployment import DEPLOYMENT
from aio_sim.containers.platform.selector import equal_to
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import Placement
from aio_sim.containers.spec import OnTerm
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from tests.containers.platform.world import World, deployment


def on(node: str) -> Placement:
    return Placement(selector=equal_to({"kubernetes.io/hostname": node}))


def budget(name: str, least: int) -> DisruptionBudget:
    return DisruptionBudget(
        name=name, selector=equal_to({DEPLOYMENT: name}), least_available=Bound(least)
    )


def full(world: World, *rows: tuple[str, str, int, int]) -> None:
    """Fill nodes with pods: name, node, CPU, priority; each a millisecond after the other."""
    for name, node, cpu, priority in rows:
        world.platform.deploy(
            deployment(
                name,
                cpu=cpu,
                priority=priority,
                preempts=False,  # for those that go would take the place of others
                placement=on(node),
                on_term=OnTerm.EXIT,
            )
        )
        world.run(world.env.now / SECOND + 0.001)


def gone(world: World, **options: Any) -> set[str]:
    """Return the deployments that lose pods to one of priority 10."""
    world.platform.deploy(deployment("boss", priority=10, **options))
    world.run(1)
    boss = next(pod for pod in world.pods if pod.deployment == "boss")
    if boss.worker is None:
        assert world.platform.placing.preempted == 0
    return {
        name
        for name, each in world.platform.deployments.all.items()
        if not each.ready and name != "boss"
    }


def test_the_victims_are_those_of_least_priority() -> None:
    world = World(3)
    full(world, ("a", "n0", 4000, 5), ("b", "n1", 4000, 3), ("c", "n2", 4000, 4))
    assert gone(world, cpu=1000) == {"b"}


def test_no_more_go_than_need_to_and_the_less_important_ones() -> None:
    world = World(1)
    full(world, ("a", "n0", 1000, 5), ("b", "n0", 1500, 1), ("c", "n0", 1500, 2))
    assert gone(world, cpu=1200) == {"b"}
    assert world.platform.totals()["container.pods.preempted"] == 1


def test_fewer_violated_budgets_come_before_priority() -> None:
    settings = PlatformSettings(budgets=(budget("b", 1),))
    world = World(2, settings)
    full(world, ("a", "n0", 4000, 5), ("b", "n1", 4000, 3))
    assert gone(world, cpu=1000) == {"a"}


def test_on_one_node_those_with_a_budget_are_spared_first() -> None:
    settings = PlatformSettings(budgets=(budget("low", 1),))
    world = World(1, settings)
    full(world, ("low", "n0", 2000, 1), ("high", "n0", 2000, 5))
    assert gone(world, cpu=1000) == {"high"}


def test_then_the_sum_of_priorities_then_their_number_then_the_newest() -> None:
    world = World(2)
    full(world, ("a", "n0", 2000, 3), ("b", "n0", 2000, 2), ("c", "n1", 2000, 3))
    full(world, ("d", "n1", 2000, 1))
    assert gone(world, cpu=4000) == {"c", "d"}
    world = World(2)
    full(world, ("a", "n0", 2000, 3), ("b", "n0", 2000, 3), ("c", "n1", 4000, 3))
    assert gone(world, cpu=4000) == {"c"}
    world = World(2)
    full(world, ("a", "n0", 4000, 3), ("b", "n1", 4000, 3))
    assert gone(world, cpu=4000) == {"b"}


def test_nobody_goes_where_that_does_not_help() -> None:
    world = World(2)
    full(world, ("a", "n0", 3000, 10), ("b", "n0", 1000, 1))
    world.platform.cordon("n1")
    assert gone(world, cpu=2000) == set()
    assert gone_by_the_meek() == set()


def gone_by_the_meek() -> set[str]:
    world = World(1)
    full(world, ("a", "n0", 4000, 1))
    return gone(world, cpu=1000, preempts=False)


def test_the_room_that_is_made_is_kept_for_whom_it_was_made() -> None:
    """The victim takes its time; meanwhile one of lower priority would fit."""
    world = World(1)
    world.platform.deploy(
        deployment("old", cpu=3000, priority=1, on_term=OnTerm.IGNORE, grace=20 * SECOND)
    )
    world.run(1)
    world.platform.deploy(deployment("boss", cpu=2000, priority=10))
    world.run(2)
    world.platform.deploy(deployment("small", cpu=1000, priority=5))
    world.platform.deploy(deployment("large", cpu=2500, priority=5))
    world.run(22)
    ready = {name: each.ready for name, each in world.platform.deployments.all.items()}
    assert ready == {"old": 0, "boss": 1, "small": 1, "large": 0}


def test_a_budget_says_one_thing() -> None:
    with pytest.raises(InputError, match="least available or the most"):
        DisruptionBudget(name="b", selector=())
