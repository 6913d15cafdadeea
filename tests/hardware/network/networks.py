"""Networks to test on, and what happens on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from hypothesis import strategies as st

from aio_sim.hardware.network import Flow, Link, Network, Switch, Topology, TransferFailed
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer


@dataclass(frozen=True)
class Order:
    """A transfer to be made: when, from where to where, bytes, bits a second at most."""

    start: int
    ends: tuple[str, str]
    size: int
    limit: int | None = None


@dataclass
class Outcome:
    """What became of orders, by their places."""

    network: Network
    flows: dict[int, Flow] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    failed: dict[int, TransferFailed] = field(default_factory=dict)


def at(env: Environment, instant: int, call: Callable[[], Any]) -> None:
    """Call at an instant."""
    Timer(env, call, ARRIVAL).set(instant)


def begin(env: Environment, topology: Topology, orders: list[Order]) -> Outcome:
    """Return where the outcome will be, once the environment has run."""
    outcome = Outcome(Network(env, topology))

    def ended(place: int, event: Any) -> None:
        outcome.ends[place] = env.now
        if not event.ok:
            outcome.failed[place] = event.value

    def start(place: int, order: Order) -> None:
        flow = outcome.network.transfer(*order.ends, order.size, rate_limit=order.limit)
        outcome.flows[place] = flow
        assert flow.done.callbacks is not None
        flow.done.callbacks.append(partial(ended, place))

    for place, order in enumerate(orders):
        at(env, order.start, partial(start, place, order))
    return outcome


def star(hosts: int, bandwidth: int = 8_000, latency: int = 0) -> Topology:
    """Return hosts `h0`, `h1`, ... around a switch, each on a link of its own name."""
    names = [f"h{number}" for number in range(hosts)]
    links = tuple(Link(name, (name, "switch"), bandwidth, latency) for name in names)
    return Topology(tuple(names), (Switch("switch"),), links)


def into_one(count: int, bandwidth: int = 8_000) -> Topology:
    """Return hosts whose links have room, and `sink`, whose link they all have to share."""
    wide = star(count, bandwidth * count)
    sink = Link("sink", ("switch", "sink"), bandwidth)
    return Topology((*wide.hosts, "sink"), wide.switches, (*wide.links, sink))


BANDWIDTHS = st.integers(1, 40).map(lambda many: many * 100)


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Draw a tree of switches, some with a bandwidth of their own, and hosts on them."""
    switches = draw(st.integers(1, 4))
    hosts = draw(st.integers(2, 7))
    inner = st.none() | st.integers(1, 80).map(lambda many: many * 100)
    links = [
        Link(f"t{at}", (f"s{draw(st.integers(0, at - 1))}", f"s{at}"), draw(BANDWIDTHS))
        for at in range(1, switches)
    ]
    links += [
        Link(f"a{at}", (f"h{at}", f"s{draw(st.integers(0, switches - 1))}"), draw(BANDWIDTHS))
        for at in range(hosts)
    ]
    return Topology(
        tuple(f"h{at}" for at in range(hosts)),
        tuple(Switch(f"s{at}", draw(inner)) for at in range(switches)),
        tuple(links),
    )


@st.composite
def orders_on(draw: st.DrawFn, topology: Topology, most: int = 12) -> list[Order]:
    """Draw transfers, many of them at the same instants."""
    ends = st.permutations(topology.hosts).map(lambda hosts: (hosts[0], hosts[1]))
    order = st.builds(
        Order,
        start=st.sampled_from([0, SECOND]) | st.integers(0, 4 * SECOND),
        ends=ends,
        size=st.integers(1, 2_000),
        limit=st.none() | st.integers(1, 3_000),
    )
    return draw(st.lists(order, min_size=1, max_size=most))


def crossed(topology: Topology, ends: tuple[str, str]) -> tuple[tuple[str, ...], ...]:
    """Return the channels between two hosts of a tree: (link, to) or (switch,)."""
    beside: dict[str, list[tuple[str, str]]] = {}
    for link in topology.links:
        one, other = link.ends
        beside.setdefault(one, []).append((other, link.name))
        beside.setdefault(other, []).append((one, link.name))

    def search(node: str, seen: frozenset[str]) -> list[tuple[str, ...]] | None:
        if node == ends[1]:
            return []
        inside = [(node,)] if node.startswith("s") else []
        for other, link in beside[node]:
            if other not in seen and (rest := search(other, seen | {other})) is not None:
                return [*inside, (link, other), *rest]
        return None

    found = search(ends[0], frozenset({ends[0]}))
    assert found is not None
    bounded = {switch.name for switch in topology.switches if switch.bandwidth is not None}
    return tuple(channel for channel in found if len(channel) == 2 or channel[0] in bounded)


def capacities(topology: Topology) -> dict[Any, Fraction]:
    """Return bits a second of every channel, as `crossed` calls them."""
    found = {
        (link.name, end): Fraction(link.bandwidth) for link in topology.links for end in link.ends
    }
    inner: dict[Any, Fraction] = {
        (switch.name,): Fraction(switch.bandwidth)
        for switch in topology.switches
        if switch.bandwidth is not None
    }
    return {**found, **inner}
