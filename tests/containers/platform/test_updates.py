"""Rolling updates on the event loop: bounds, requests, stalls, what comes back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.deployment import Deployment
from aio_sim.containers.platform.probe import Probe
from aio_sim.containers.platform.rollout import Recreate, RollingUpdate
from aio_sim.containers.platform.template import Health
from aio_sim.containers.spec import OnTerm
from aio_sim.kernel.environment import SECOND
from tests.containers.platform.world import EXAMPLES, World, deployment, template

BOUNDS = st.one_of(
    st.builds(Bound, st.integers(0, 4)),
    st.builds(Bound, st.integers(0, 60), percent=st.just(True)),
)


def revisions(deployment: Deployment) -> set[int]:
    return {pod.template.cpu for pod in deployment.pods if pod.active}


@settings(max_examples=EXAMPLES // 3)
@given(
    st.integers(1, 8),
    BOUNDS,
    BOUNDS,
    st.integers(0, 5 * SECOND),
    st.integers(0, 3 * SECOND),
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
)
def test_an_update_never_leaves_its_bounds_and_loses_no_request(
    replicas: int, surge: Bound, unavailable: Bound, ripe: int, wait: int, instants: list[int]
) -> None:
    """Whatever updates follow each other, and however slowly pods become ready."""
    world = World(4)
    health = Health(ready_after=ripe)
    spec = deployment(
        replicas=replicas,
        strategy=RollingUpdate(surge, unavailable),
        minimum_ready=wait,
        health=health,
        readiness=Probe(period=SECOND),
    )
    made = world.platform.deploy(spec)
    posts = RollingUpdate(surge, unavailable).fenceposts(replicas)
    service = world.expose()
    world.run(12)
    world.stream(service, 5, 60, 0.3)
    for number, instant in enumerate(sorted(instants)):
        newer = template(cpu=200 + number, health=health, readiness=Probe(period=SECOND))
        world.at(12 + instant, world.platform.update, "web", newer)

    def look() -> None:
        active = [pod for pod in made.pods if pod.active]
        assert len(active) <= replicas + posts.surge
        available = sum(pod.available(world.env.now, wait) for pod in active)
        assert available >= replicas - posts.unavailable

    world.run(200, look)
    assert made.settled
    assert revisions(made) == {199 + len(instants)}
    if posts.unavailable < replicas:
        assert (service.lost, service.served) == (0, service.sent)


def test_what_does_not_drain_loses_the_requests_inside_and_they_are_counted() -> None:
    world = World(2)
    world.platform.deploy(deployment(replicas=2, on_term=OnTerm.EXIT))
    service = world.expose()
    world.run(1)
    for _each in range(4):
        world.send(service, 10)
    world.platform.update("web", template(cpu=200, on_term=OnTerm.EXIT))
    world.run(60)
    assert (service.sent, service.served, service.lost) == (4, 0, 4)
    assert len(world.notes.reasons) == 4
    totals = world.platform.totals()
    assert (totals["container.web.served"], totals["container.web.lost"]) == (0, 4)


def test_a_version_that_never_becomes_ready_stops_the_update_and_the_old_one_serves() -> None:
    world = World(3)
    made = world.platform.deploy(deployment(replicas=4, readiness=Probe()))
    service = world.expose()
    world.run(20)
    broken = template(cpu=200, readiness=Probe(), health=Health(ready_after=None))
    world.platform.update("web", broken)
    world.run(600)
    assert made.trouble == ""
    world.run(621)
    assert made.trouble == (
        "deployment web has made no progress: 0 of 4 new pods are ready, "
        "and 3 old ones go on serving"
    )
    assert world.platform.troubles() == [made.trouble]
    assert world.platform.totals()["container.updates.stalled"] == 1
    world.stream(service, 10, 630, 0.01)
    world.run(640)
    assert (service.lost, service.served) == (0, 90)
    world.platform.update("web", template(readiness=Probe()))  # as it was before
    world.run(700)
    assert made.settled
    assert made.newest.number == 1
    assert world.platform.troubles() == []


def test_recreate_has_no_two_versions_at_once() -> None:
    world = World(2)
    made = world.platform.deploy(deployment(replicas=3, strategy=Recreate()))
    world.run(1)
    world.platform.update("web", template(cpu=200))

    def look() -> None:
        assert len(revisions(made)) <= 1

    world.run(60, look)
    assert made.settled
    assert revisions(made) == {200}


def test_a_pod_is_available_when_it_has_been_ready_for_long_enough() -> None:
    world = World(2)
    strategy = RollingUpdate(Bound(1), Bound(0))
    made = world.platform.deploy(
        deployment(replicas=3, minimum_ready=10 * SECOND, strategy=strategy)
    )
    world.run(20)
    begun = world.env.now
    world.platform.update("web", template(cpu=200))
    while revisions(made) != {200}:
        assert world.env.advance(1)
    assert world.env.now - begun == 30 * SECOND  # one pod after the other, ten seconds each


def test_pods_go_first_that_are_of_no_use() -> None:
    world = World(1)
    world.platform.deploy(deployment(replicas=6, cpu=1000))
    world.run(1)
    assert len([pod for pod in world.pods if pod.worker is None]) == 2
    world.platform.scale("web", 4)
    world.run(2)
    assert world.platform.deployments.find("web").settled
