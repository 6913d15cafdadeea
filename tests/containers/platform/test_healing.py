"""Pods that end, hang or lose their node, and when others serve in their stead."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from aio_sim.containers.platform.probe import Probe
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import Health
from aio_sim.containers.processes.program import Compute, Exit, Program
from aio_sim.containers.profile import KUBERNETES, Cost
from aio_sim.kernel.environment import SECOND
from tests.containers.engine.world import FREE
from tests.containers.platform.world import World, crash, deployment


def test_what_ends_is_restarted_at_once_and_then_after_delays_that_double() -> None:
    world = World(1)
    dies = Program("dies", (Compute(SECOND), Exit(1)))
    world.platform.deploy(deployment(program=dies))
    world.run(0.001)
    container = next(iter(world.workers[0].engine.containers.values()))
    starts = [0]

    def look() -> None:
        if len(starts) < container.starts:
            starts.append(world.env.now)

    world.run(1500, look)
    delays = [after - before for before, after in pairwise(starts)]
    assert [delay // SECOND - 1 for delay in delays[:8]] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_the_back_off_begins_anew_after_ten_minutes_without_trouble() -> None:
    world = World(1)
    world.platform.deploy(deployment())
    world.run(1)
    pod = world.pods[0]
    instants = (1, 20, 700, 720)
    for instant in instants:
        world.at(instant, crash, pod)
    ready: list[tuple[float, bool]] = []

    def look() -> None:
        if not ready or ready[-1][1] != pod.ready:
            ready.append((world.env.now / SECOND, pod.ready))

    world.run(800, look)
    assert ready == [
        (1, False), (1, True), (20, False), (30, True),
        (700, False), (700, True), (720, False), (730, True),
    ]  # fmt: skip


def test_a_program_that_hangs_is_found_by_its_liveness_probe_and_restarted() -> None:
    """It hangs at 25 s; looks at 30, 40 and 50 s fail; the first restart is at once."""
    world = World(1)
    probe = Probe(period=10 * SECOND, failure=3)
    health = Health(hangs_after=25 * SECOND)
    made = world.platform.deploy(deployment(liveness=probe, health=health))
    service = world.expose()
    world.at(26, world.send, service, 1)
    world.run(49)
    assert (made.ready, service.inside) == (1, service.inside)
    assert len(service.inside) == 1
    world.run(50.5)
    assert (made.ready, service.lost) == (1, 1)
    assert world.platform.totals()["container.pods.liveness_killed"] == 1


def test_a_liveness_probe_that_is_too_early_kills_a_slow_program_for_ever() -> None:
    world = World(1)
    probe = Probe(period=5 * SECOND, failure=3)
    made = world.platform.deploy(
        deployment(liveness=probe, readiness=probe, health=Health(ready_after=30 * SECOND))
    )
    world.run(400)
    assert made.ready == 0
    assert world.platform.runner.killed > 3


def test_a_pod_is_ready_at_the_first_look_after_its_program_serves() -> None:
    world = World(1)
    probe = Probe(initial_delay=3 * SECOND, period=5 * SECOND, success=2)
    made = world.platform.deploy(deployment(readiness=probe, health=Health(ready_after=7 * SECOND)))
    world.run(12.999)
    assert made.ready == 0
    world.run(13)  # looks at 3, 8 and 13 s; the latter two succeed
    assert made.ready == 1


def test_requests_are_refused_where_a_pod_counts_as_ready_and_does_not_serve() -> None:
    world = World(1)
    world.platform.deploy(deployment(health=Health(ready_after=5 * SECOND)))
    service = world.expose()
    world.at(1, world.send, service, 1)
    world.at(6, world.send, service, 1)
    world.run(10)
    assert (service.served, service.lost) == (1, 1)
    assert list(world.notes.reasons.values()) == ["web-1-1 does not serve yet"]


@pytest.mark.parametrize(("grace", "eviction"), [(50, 300), (40, 300), (5, 0)])
def test_the_pods_of_a_dead_node_are_replaced_after_grace_eviction_and_start(
    grace: int, eviction: int
) -> None:
    """Healed at death + grace + eviction + creation + start + the first look that succeeds."""
    profile = replace(
        FREE, back_off=KUBERNETES.back_off, create=Cost(SECOND), start=Cost(2 * SECOND)
    )
    rules = PlatformSettings(grace=grace * SECOND, eviction=eviction * SECOND)
    world = World(2, rules, profile=profile)
    probe = Probe(period=10 * SECOND)
    made = world.platform.deploy(
        deployment(replicas=2, readiness=probe, health=Health(ready_after=4 * SECOND))
    )
    service = world.expose()
    world.run(20)
    assert made.ready == 2
    world.stream(service, 2, 20 + grace + eviction + 20, 0.01)
    world.platform.fail("n0")
    world.run(20 + grace - 0.001)
    assert made.ready == 2  # as far as the platform knows
    world.run(20 + grace + eviction + 12.999)
    assert made.ready == 1
    world.run(20 + grace + eviction + 13)
    assert made.ready == 2
    world.run(20 + grace + eviction + 30)
    # Until it was found out, every other request went to the dead node.
    assert (service.lost, service.served) == (grace, service.sent - grace)


def test_a_node_that_is_lost_is_told_as_long_as_there_are_pods_on_it() -> None:
    rules = PlatformSettings(grace=10 * SECOND, eviction=20 * SECOND)
    world = World(2, rules, profile=FREE)
    world.platform.deploy(deployment(replicas=4))
    world.run(5)
    world.platform.fail("n0")
    world.run(14)
    assert world.platform.troubles() == []  # as far as the platform knows
    world.run(16)
    assert world.platform.troubles() == [
        "node n0 is held to be lost: the 2 pods on it are not ready"
    ]
    world.run(40)
    assert world.platform.troubles() == []


def test_a_node_that_is_back_within_its_grace_keeps_its_pods() -> None:
    world = World(2)
    made = world.platform.deploy(deployment(replicas=2))
    world.run(1)
    names = {pod.name for pod in world.pods}
    world.platform.fail("n0")
    world.at(30, world.platform.repair, "n0")
    world.run(500)
    assert made.settled
    assert {pod.name for pod in world.pods} == names
    assert world.platform.totals()["container.pods.evicted"] == 0


def test_a_node_that_is_back_later_is_rid_of_the_pods_that_were_replaced() -> None:
    world = World(2)
    made = world.platform.deploy(deployment(replicas=4))
    world.run(1)
    world.platform.fail("n0")
    world.run(400)
    assert made.settled
    assert world.where() == {"n0": 2, "n1": 4}  # two of them are gone, as far as anybody knows
    world.platform.repair("n0")
    world.run(401)
    assert world.where() == {"n0": 0, "n1": 4}
    world.platform.close()
    world.manager.check()


def test_an_image_that_is_not_there_is_asked_for_again_after_back_offs_and_reported() -> None:
    world = World(1)
    world.platform.deploy(deployment(image="other"))
    world.run(100)
    assert world.platform.runner.failures == 4  # at 0, 10, 30 and 70 s
    assert world.platform.troubles() == ["pod web-1-1: unknown image 'other'; expected one of app"]


def test_idle_time_costs_nothing() -> None:
    events = []
    for end in (1_000, 1_000_000):
        world = World(3)
        probe = Probe(period=SECOND)
        world.platform.deploy(deployment(replicas=6, readiness=probe, liveness=probe))
        world.run(end)
        assert world.platform.deployments.find("web").settled
        events.append(world.events)
    assert events[0] == events[1]
