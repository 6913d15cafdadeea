"""What all pods of a namespace may request together."""

from __future__ import annotations

import pytest

from aio_sim.containers.memory_limits import FixedLimit
from aio_sim.containers.platform.quotas import NamespaceQuota
from aio_sim.containers.platform.settings import PlatformSettings
from aio_sim.kernel.errors import InputError
from tests.containers.engine.world import MIB
from tests.containers.platform.world import World, deployment


@pytest.mark.parametrize(
    ("quota", "most"),
    [
        (NamespaceQuota(cpu=350), 3),
        (NamespaceQuota(memory=128 * MIB), 2),
        (NamespaceQuota(pods=4), 4),
        (NamespaceQuota(), 6),
    ],
)
def test_no_more_pods_are_made_than_the_quota_allows(quota: NamespaceQuota, most: int) -> None:
    world = World(3, PlatformSettings(quotas={"team": quota}))
    made = world.platform.deploy(deployment(replicas=6, namespace="team"))
    other = world.platform.deploy(deployment("other", replicas=6))
    world.run(1)
    assert (made.ready, other.ready) == (most, 6)
    assert world.platform.quotas.used("team")["pods"] == most
    assert bool(world.platform.troubles()) == (most < 6)


def test_the_refusal_says_what_was_asked_and_what_there_is() -> None:
    world = World(1, PlatformSettings(quotas={"team": NamespaceQuota(cpu=150)}))
    world.platform.deploy(deployment(replicas=2, namespace="team"))
    world.run(1)
    assert world.platform.troubles() == [
        "exceeded quota of team: requested cpu 100, used 100, limited to 150"
    ]
    assert world.platform.totals()["container.pods.quota_refused"] >= 1


def test_pods_are_made_when_others_of_the_namespace_are_gone_and_not_before() -> None:
    world = World(1, PlatformSettings(quotas={"team": NamespaceQuota(pods=2)}))
    first = world.platform.deploy(deployment("a", replicas=2, namespace="team"))
    world.run(1)
    second = world.platform.deploy(deployment("b", replicas=2, namespace="team"))
    world.run(100)
    refused = world.platform.quotas.refused
    world.run(1000)
    assert (second.ready, world.platform.quotas.refused) == (0, refused)
    world.platform.scale("a", 1)
    world.run(1001)
    assert (first.ready, second.ready) == (1, 1)
    world.platform.scale("a", 0)
    world.run(1002)
    assert second.settled
    assert world.platform.troubles() == []


def test_a_pod_that_could_never_be_made_is_not() -> None:
    world = World(1, PlatformSettings(quotas={"team": NamespaceQuota(memory=32 * MIB)}))
    made = world.platform.deploy(
        deployment(namespace="team", memory=FixedLimit(64 * MIB), replicas=1)
    )
    world.run(1)
    assert (made.ready, world.pods) == (0, [])
    with pytest.raises(InputError, match="not be negative"):
        NamespaceQuota(pods=-1)
