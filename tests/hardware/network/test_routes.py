"""Routes have the fewest hops, then the first names, against all ways tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.hardware.network.fabric import Fabric
from aio_sim.hardware.network.routes import Route, Routes
from aio_sim.kernel.environment import SECOND, Environment

NODES = ["h0", "h1", "h2", "s0", "s1", "s2", "s3"]
PAIRS = [(one, other) for one in NODES for other in NODES if one < other]


def topology(pairs: list[tuple[str, str]]) -> Topology:
    links = tuple(Link("-".join(ends), ends, 8_000) for ends in pairs)
    switches = tuple(Switch(node) for node in NODES if node.startswith("s"))
    return Topology(tuple(node for node in NODES if node.startswith("h")), switches, links)


def ways(pairs: list[tuple[str, str]], way: list[str], end: str) -> Iterator[list[str]]:
    """Yield every way through switches, without going in circles."""
    if way[-1] == end:
        yield way
    elif len(way) == 1 or way[-1].startswith("s"):
        for node in NODES:
            beside = (way[-1], node) in pairs or (node, way[-1]) in pairs
            if beside and node not in way:
                yield from ways(pairs, [*way, node], end)


def channels(fabric: Fabric, way: list[str]) -> Route:
    found = [(fabric.wires["-".join(sorted(step))], step[1]) for step in pairwise(way)]
    return Route(tuple(wire.towards[node] for wire, node in found), 0)


@given(st.lists(st.sampled_from(PAIRS), unique=True, max_size=12), st.data())
def test_a_route_is_the_shortest_and_then_the_first_by_name(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    fabric = Fabric(topology(pairs))
    routes = Routes(fabric)
    cut = data.draw(st.sampled_from([None, *pairs]))
    if cut is not None:
        routes.find("h0", "h1")
        fabric.wires["-".join(cut)].down_for.add("cut")
        routes.forget()
    left = [pair for pair in pairs if pair != cut]
    for ends in (("h0", "h1"), ("h2", "h0")):
        known = min(ways(left, [ends[0]], ends[1]), key=lambda way: (len(way), way), default=None)
        expected = None if known is None else channels(fabric, known)
        assert routes.find(*ends) == expected


def test_a_new_transfer_goes_around_a_cut() -> None:
    ring = topology([("h0", "s0"), ("s0", "s1"), ("s1", "s2"), ("h1", "s2"), ("s0", "s2")])
    env = Environment()
    network = Network(env, ring)
    network.fail("s0-s2")
    flow = network.transfer("h0", "h1", 1_000)
    assert len(flow.channels) == 4
    env.run(flow.done)
    assert env.now == SECOND
    network.repair("s0-s2")
    assert len(network.transfer("h0", "h1", 1_000).channels) == 3


def test_of_two_links_between_the_same_nodes_the_first_by_name_is_taken() -> None:
    links = (
        Link("b", ("h0", "s0"), 8_000),
        Link("a", ("h0", "s0"), 4_000),
        Link("c", ("s0", "h1"), 9_000),
    )
    network = Network(Environment(), Topology(("h0", "h1"), (Switch("s0"),), links))
    assert network.transfer("h0", "h1", 1).rate == 4_000
    network.fail("a")
    assert network.transfer("h0", "h1", 1).rate == 8_000
