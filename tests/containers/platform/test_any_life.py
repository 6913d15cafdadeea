"""Whatever happens to a platform, it comes to what is wanted, and every request is counted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.platform.balancing import Balance
from aio_sim.containers.platform.probe import Probe
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.containers.platform.template import Health
from aio_sim.kernel.environment import SECOND
from tests.containers.platform.world import EXAMPLES, World, crash, deployment, template

NODES = 3
READINESS = Probe(period=2 * SECOND)

STEPS = st.one_of(
    st.tuples(st.just("fail"), st.integers(0, NODES - 1)),
    st.tuples(st.just("repair"), st.integers(0, NODES - 1)),
    st.tuples(st.just("scale"), st.integers(0, 9)),
    st.tuples(st.just("update"), st.integers(0, 3)),
    st.tuples(st.just("crash"), st.integers(0, 8)),
    st.tuples(st.just("drain"), st.integers(0, NODES - 1)),
    st.tuples(st.just("uncordon"), st.integers(0, NODES - 1)),
)


def act(world: World, what: str, number: int) -> None:
    """Do one thing to the platform."""
    platform = world.platform
    if what == "scale":
        platform.scale("web", number)
    elif what == "update":
        health = Health(ready_after=number * SECOND)
        platform.update("web", template(cpu=100 + number, readiness=READINESS, health=health))
    elif what == "crash":
        running = [pod for pod in world.pods if pod.container is not None]
        if running:
            crash(running[number % len(running)])
    else:
        getattr(platform, what)(f"n{number}")


@settings(max_examples=EXAMPLES // 4)
@given(
    st.lists(st.tuples(st.integers(1, 90), STEPS), max_size=14),
    st.sampled_from(Balance),
)
def test_it_comes_to_the_replicas_wanted_and_no_request_is_lost_in_silence(
    steps: list[tuple[int, tuple[str, int]]], balance: Balance
) -> None:
    rules = PlatformSettings(grace=5 * SECOND, eviction=20 * SECOND)
    world = World(NODES, rules)
    made = world.platform.deploy(deployment(replicas=4, readiness=READINESS))
    service = world.expose(balance=balance)
    instant = 3.0
    for wait, (what, number) in steps:
        instant += wait / 10
        world.at(instant, act, world, what, number)
    world.stream(service, 4, instant + 40, 0.4)
    for index in range(NODES):
        world.at(instant + 60, world.platform.repair, f"n{index}")
        world.at(instant + 60, world.platform.uncordon, f"n{index}")
    world.run(instant + 60, world.platform.check)
    world.run(instant + 1200)
    assert made.settled
    assert made.ready == made.replicas == len(world.pods)
    assert service.sent == service.served + service.lost
    assert service.sent == len(world.notes.finish) + len(world.notes.reasons)
    assert (made.served, made.lost) == (service.served, service.lost)
    world.platform.close()
    free = [world.manager.free(index) for index in range(NODES)]
    assert free == list(world.manager.capacities)
