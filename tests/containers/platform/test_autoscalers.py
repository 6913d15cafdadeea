"""Replicas, memory limits and nodes that scale by themselves."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest

from aio_sim.containers.autoscaling import Autoscaler
from aio_sim.containers.memory_limits import DynamicLimit
from aio_sim.containers.platform.horizontal import HorizontalSpec, Metric, Target
from aio_sim.containers.platform.pools import PoolSpec
from aio_sim.containers.platform.rules import Taint
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.vertical import VerticalSpec, raised
from aio_sim.containers.platform.worker import WorkerState
from aio_sim.containers.processes.program import Allocate, Compute, Program, Sleep
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from tests.containers.engine.world import MIB
from tests.containers.platform.world import World, deployment


def scaled(metric: Metric, value: int, **bounds: int) -> HorizontalSpec:
    return HorizontalSpec(
        deployment="web",
        targets=(Target(metric, Fraction(value)),),
        autoscaler=Autoscaler(**bounds),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("metric", "value", "load"),
    [(Metric.REQUESTS, 2, 9), (Metric.CPU_UTILIZATION, 50, 9), (Metric.CPU, 1, 9)],
)
def test_replicas_follow_the_documented_formula(metric: Metric, value: int, load: int) -> None:
    """Under `load` requests a second of 0.1 s each, from 2 replicas that request half a core."""
    world = World(6)
    made = world.platform.deploy(deployment(replicas=2, cpu=500))
    service = world.expose()
    scaler = world.platform.autoscalers.scale_replicas(scaled(metric, value))
    world.run(0.001)
    world.stream(service, load, 200, 0.1)
    sizes: list[int] = []
    for period in range(1, 13):
        world.run(15 * period + 1)
        sizes.append(made.replicas)
    whole = {
        Metric.REQUESTS: Fraction(load),
        Metric.CPU: Fraction(load, 10),
        Metric.CPU_UTILIZATION: Fraction(load, 10) / Fraction(1, 2) * 100,
    }[metric]
    wanted, expected = 2, []
    for period in range(12):
        ratio = whole / wanted / value
        # At 15 s no pod was ready for a whole period; down only after 300 s.
        if period and not Fraction(9, 10) <= ratio <= Fraction(11, 10):
            wanted = max(ceil(wanted * ratio), wanted)
        expected.append(wanted)
    assert sizes == expected
    assert len(scaler.decisions) == (1 if max(expected) > 2 else 0)
    assert service.lost == 0


def test_down_comes_after_five_minutes_of_the_highest_recommendation() -> None:
    world = World(6)
    made = world.platform.deploy(deployment(replicas=5))
    world.platform.autoscalers.scale_replicas(scaled(Metric.REQUESTS, 2))
    world.run(314)  # the 5 replicas that it found at 15 s hold for 300 s
    assert made.replicas == 5
    world.run(316)
    assert made.replicas == 1


def test_the_autoscaler_is_the_only_thing_that_happens_by_the_clock() -> None:
    events = []
    for end in (3_000, 6_000):
        world = World(2)
        world.platform.deploy(deployment(replicas=2))
        world.platform.autoscalers.scale_replicas(scaled(Metric.REQUESTS, 2))
        world.run(end)
        events.append(world.events)
    assert events[1] - events[0] == 3_000 // 15
    world.platform.close()
    before = world.events
    world.run()
    assert world.events <= before + 1


def test_an_autoscaler_needs_something_to_go_by() -> None:
    with pytest.raises(InputError, match="needs a metric"):
        HorizontalSpec(deployment="web", targets=())
    world = World(1)
    world.platform.deploy(deployment())
    world.platform.autoscalers.scale_replicas(scaled(Metric.CPU, 1))
    with pytest.raises(InputError, match="two autoscalers of one kind"):
        world.platform.autoscalers.scale_replicas(scaled(Metric.CPU, 1))


def test_what_is_killed_for_memory_has_a_higher_ceiling_when_it_is_started_again() -> None:
    world = World(1)
    hungry = Program("hungry", (Compute(SECOND), Allocate(300 * MIB), Sleep(3600 * SECOND)))
    limit = DynamicLimit(64 * MIB, 128 * MIB)
    made = world.platform.deploy(deployment(program=hungry, memory=limit))
    world.platform.autoscalers.adjust_memory(
        VerticalSpec(deployment="web", least=32 * MIB, most=512 * MIB)
    )
    world.run(60)
    assert raised(128 * MIB) == 228 * MIB
    assert raised(1000 * MIB) == 1200 * MIB
    pod = world.pods[0]
    assert pod.container is not None
    # 128 and 228 MiB were too little; the third start, at 1 + 10 + 1 + 20 s, has 328 MiB.
    assert (pod.container.starts, made.ready) == (3, 1)
    assert pod.container.memory is not None
    assert pod.container.memory.limit.most == 328 * MIB
    world.platform.scale("web", 2)
    world.run(100)
    newer = world.pods[1]
    assert newer.template.container.memory.most == 328 * MIB
    assert newer.container is not None
    assert newer.container.starts == 1
    assert world.platform.totals()["container.autoscaler.memory"] == 2


def pool(world_nodes: int = 4, **options: int) -> World:
    """Return a world of which all nodes but the first are a pool."""
    names = tuple(f"n{index}" for index in range(1, world_nodes))
    spec = PoolSpec(nodes=names, **options)
    return World(world_nodes, PlatformSettings(pools=(spec,)))


def test_nodes_are_switched_on_for_pods_without_a_place_and_off_when_idle() -> None:
    world = pool()
    made = world.platform.deploy(deployment(replicas=10, cpu=1000))  # four fit on a node
    world.run(59)
    assert made.ready == 4
    assert "0/1 nodes are available: 1 Insufficient cpu" in world.platform.troubles()[0]
    world.run(61)
    assert made.ready == 10
    on = [worker.state is WorkerState.READY for worker in world.workers]
    assert on == [True, True, True, False]
    world.platform.scale("web", 1)
    world.run(61 + 599)
    assert sum(worker.state is WorkerState.READY for worker in world.workers) == 3
    world.run(61 + 601)
    assert sum(worker.state is WorkerState.READY for worker in world.workers) <= 2
    totals = world.platform.totals()
    assert totals["container.nodes.added"] == 2
    assert totals["container.nodes.removed"] >= 1


def test_no_node_is_switched_on_that_would_not_help() -> None:
    world = pool()
    for worker in world.workers[1:]:
        worker.taints = (Taint("gpu"),)
    world.platform.deploy(deployment(replicas=1, cpu=5000))
    world.platform.deploy(deployment("fits", replicas=5, cpu=1000))
    world.run(200)
    assert world.platform.autoscalers.pools[0].on == 0


def test_a_pool_keeps_its_least() -> None:
    world = pool(least=1)
    world.run(2000)
    assert world.platform.autoscalers.pools[0].on == 1
    with pytest.raises(InputError, match="least number of nodes"):
        PoolSpec(nodes=("a",), least=2)
