"""Channels that are taken for ample never hold a flow down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.hardware.network.ample import mark_ample
from aio_sim.hardware.network.fabric import Fabric
from aio_sim.kernel.environment import Environment
from tests.hardware.network.networks import Order, capacities, crossed, topologies
from tests.hardware.network.reference import Path, fair_rates


def ample(topology: Topology) -> set[tuple[str, ...]]:
    """Return the ample channels, called (link, to) or (switch,)."""
    fabric = Fabric(topology)
    mark_ample(fabric)
    found = {
        (name, end)
        for name, wire in fabric.wires.items()
        for end, channel in wire.towards.items()
        if channel.ample
    }
    return found | {(name,) for name, inside in fabric.insides.items() if inside.ample}


def rack(uplink: int, hosts: int = 4) -> Topology:
    names = tuple(f"h{number}" for number in range(hosts))
    links = tuple(Link(name, (name, "rack"), 1_000) for name in names)
    far = tuple(Link(f"f{number}", (f"f{number}", "core"), 1_000) for number in range(9))
    return Topology(
        (*names, *(link.name for link in far)),
        (Switch("rack"), Switch("core")),
        (*links, *far, Link("up", ("rack", "core"), uplink)),
    )


def test_the_uplink_of_a_rack_is_ample_where_it_is_not_oversubscribed() -> None:
    assert {("up", "core"), ("up", "rack")} <= ample(rack(4_000))
    assert not ample(rack(3_999))


def test_of_two_links_in_a_row_that_are_alike_one_is_narrow() -> None:
    chain = Topology(
        ("a", "b"),
        (Switch("s"), Switch("t", bandwidth=1_000)),
        (Link("x", ("a", "s"), 1_000), Link("y", ("s", "t"), 1_000), Link("z", ("t", "b"), 1_000)),
    )
    assert ("x", "s") not in ample(chain)
    assert ("z", "t") not in ample(chain)
    network = Network(Environment(), chain)
    assert [network.transfer("a", "b", 9).rate, network.transfer("a", "b", 9).rate] == [1000, 500]


@given(topologies(), st.data())
def test_rates_are_the_same_without_the_ample_channels(
    topology: Topology, data: st.DataObject
) -> None:
    pairs = [(one, other) for one in topology.hosts for other in topology.hosts if one != other]
    chosen = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=20))
    left_out = ample(topology)
    every = capacities(topology)
    paths = [Path(crossed(topology, Order(0, ends, 1).ends)) for ends in chosen]
    narrow = [
        Path(tuple(channel for channel in path.channels if channel not in left_out))
        for path in paths
    ]
    some = {channel: limit for channel, limit in every.items() if channel not in left_out}
    assert fair_rates(some, narrow) == fair_rates(every, paths)
