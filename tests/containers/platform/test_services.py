"""Services: who gets a request, and what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.platform.balancing import Balance, Least, RoundRobin
from aio_sim.containers.platform.deployment import DEPLOYMENT
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.selector import equal_to
from aio_sim.containers.platform.service import ServiceSpec
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from tests.containers.platform.world import World, crash, deployment, template

POD_TEMPLATE = template()


def pod(number: int) -> Pod:
    return Pod(f"p{number}", "default", "web", number, POD_TEMPLATE, {}, 0)


def test_one_after_the_other_as_pods_come_and_go() -> None:
    balancer, pods = RoundRobin(), [pod(number) for number in range(4)]
    assert balancer.choose() is None
    for each in pods[:3]:
        balancer.add(each)
    assert [balancer.choose() for _each in range(4)] == [pods[0], pods[1], pods[2], pods[0]]
    balancer.remove(pods[0])
    balancer.add(pods[3])
    assert [balancer.choose() for _each in range(4)] == [pods[1], pods[2], pods[3], pods[1]]


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "send", "end"]), st.integers(0, 4))))
def test_the_least_is_that_of_a_count(steps: list[tuple[str, int]]) -> None:
    balancer, pods = Least(), [pod(number) for number in range(5)]
    inside = dict.fromkeys(pods, 0)
    here: list[Pod] = []
    for what, number in steps * 3:
        each = pods[number]
        if what == "add" and each not in here:
            balancer.add(each)
            here.append(each)
        elif what == "remove" and each in here:
            balancer.remove(each)
            here.remove(each)
        elif what == "send":
            chosen = balancer.choose()
            assert chosen == min(here, key=lambda one: inside[one], default=None)
            if chosen is not None:
                inside[chosen] += 1
        elif what == "end" and inside[each]:
            inside[each] -= 1
            balancer.ended(each)


def test_a_request_goes_to_the_pod_with_the_fewest() -> None:
    world = World(2)
    world.platform.deploy(deployment(replicas=2))
    service = world.expose(balance=Balance.LEAST)
    world.run(0.001)
    for work in (10, 1, 1, 1):
        world.send(service, work)
        world.run(world.env.now / SECOND + 1.5)
    assert sorted(each.container.served for each in world.pods if each.container) == [0, 3]
    world.run(20)
    assert (service.served, service.lost) == (4, 0)


def test_requests_are_lost_where_no_pod_is_ready_and_counted_for_the_deployment() -> None:
    world = World(1)
    made = world.platform.deploy(deployment())
    service = world.expose()
    world.run(1)
    pod = world.pods[0]
    world.send(service, 5)
    world.at(2, crash, pod)
    world.at(2.5, crash, pod)  # after which it waits for 10 s
    world.at(3, world.send, service, 1)
    world.run(30)
    assert (service.sent, service.served, service.lost, service.unready) == (2, 0, 2, 1)
    assert (made.served, made.lost) == (0, 2)
    assert world.notes.reasons[1] == "no pod of web is ready"


def test_a_service_is_a_machine() -> None:
    world = World(2, cores=4)
    world.platform.deploy(deployment(replicas=3))
    service = world.expose()
    assert service.cores == 1
    world.run(0.001)
    assert (service.name, service.cores) == ("web", 12)
    task = world.notes.task(7, SECOND)
    event = service.run(task)
    assert list(service.processes()) == [task]
    world.run(2)
    assert event.value is task


def test_one_service_for_two_deployments_is_counted_by_its_own_name_too() -> None:
    world = World(2)
    for name in ("stable", "canary"):
        world.platform.deploy(deployment(name, labels={"app": "shop"}))
    shop = world.platform.expose(ServiceSpec(name="shop", selector=equal_to({"app": "shop"})))
    world.run(1)
    world.stream(shop, 10, 2, 0.01)
    world.run(3)
    totals = world.platform.totals()
    assert [totals[f"container.{name}.served"] for name in ("stable", "canary", "shop")] == [
        5,
        5,
        10,
    ]


def test_pods_of_other_namespaces_are_not_behind_a_service() -> None:
    world = World(1)
    world.platform.deploy(deployment(namespace="test"))
    service = world.expose()
    world.run(1)
    assert not service.endpoints


def test_names_are_taken_once() -> None:
    world = World(1)
    world.platform.deploy(deployment())
    world.expose()
    with pytest.raises(InputError, match="two deployments have the name web"):
        world.platform.deploy(deployment())
    with pytest.raises(InputError, match="two services have the name web"):
        world.platform.expose(ServiceSpec(name="web", selector=equal_to({DEPLOYMENT: "web"})))
    with pytest.raises(InputError, match="did you mean 'web'"):
        world.platform.scale("wep", 2)
