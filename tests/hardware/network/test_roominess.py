"""Channels that are left out are not full, and nobody has another rate for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.hardware.network import Link, Network, Switch, Topology, channel, roominess
from aio_sim.hardware.network.units import RATE_UNIT
from aio_sim.kernel.environment import SECOND, Environment
from tests.hardware.network.networks import (
    Order,
    begin,
    capacities,
    crossed,
    orders_on,
    topologies,
)
from tests.hardware.network.reference import Path, Sending, fair_rates, finish_times

CASES = topologies().flatmap(
    lambda topology: st.tuples(st.just(topology), orders_on(topology, most=30))
)


@contextmanager
def impatient() -> Iterator[None]:
    """Leave channels out as soon as they have room."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channel, "PATIENCE", 0)
        patch.setattr(roominess, "PATIENCE", 0)
        yield


@settings(max_examples=60)
@given(CASES, st.integers(1, 6 * SECOND))
def test_rates_are_fair_and_no_channel_that_is_left_out_is_full(
    case: tuple[Topology, list[Order]], moment: int
) -> None:
    topology, orders = case
    env = Environment()
    with impatient():
        outcome = begin(env, topology, orders)
        env.run(until=moment)
        inside = [place for place, flow in outcome.flows.items() if not flow.done.triggered]
        rates = [outcome.flows[place].rate for place in inside]
    paths = [path(topology, orders[place]) for place in inside]
    exact = fair_rates(capacities(topology), paths)
    assert rates == pytest.approx([float(rate) for rate in exact], rel=1e-9)
    for one in outcome.network._fabric.channels():
        if one.ceiling:
            most = max((flow.rate for flow in one.flows), default=0) * RATE_UNIT
            assert most <= one.ceiling * (1 + 1e-9)
            assert one.ceiling * len(one.flows) <= one.capacity


@settings(max_examples=40)
@given(CASES)
def test_every_transfer_ends_when_it_really_would(case: tuple[Topology, list[Order]]) -> None:
    topology, orders = case
    env = Environment()
    with impatient():
        outcome = begin(env, topology, orders)
        env.run()
    sendings = [Sending(order.start, order.size, path(topology, order)) for order in orders]
    exact = finish_times(capacities(topology), sendings)
    # A nanosecond is rounded up at most as often as one ends before.
    ends = [outcome.ends[place] for place in range(len(orders))]
    assert ends == pytest.approx(exact, abs=len(orders))
    for one in outcome.network._fabric.channels():
        assert not one.flows
        assert not one.crossings
        assert one.load == 0


def test_an_end_costs_a_rate_a_bottleneck_however_many_flows_have_it() -> None:
    """Of 800 flows across three tiers nearly all are held down by one of four pods' uplinks."""
    topology, random = tiers(pods=4, racks=4, hosts=5), Random(1)
    env = Environment()
    network = Network(env, topology)
    for _ in range(800):
        source, destination = random.sample(topology.hosts, 2)
        network.transfer(source, destination, random.randrange(10**5, 10**6))
    env.run()
    assert network.recomputed < 800 * 5


def tiers(pods: int, racks: int, hosts: int) -> Topology:
    """Return hosts in racks in pods around a core, all pods' uplinks narrow."""
    names, switches, links = [], [Switch("core")], []
    for pod in range(pods):
        switches.append(Switch(f"p{pod}"))
        links.append(Link(f"p{pod}", (f"p{pod}", "core"), 10**9 * racks * hosts // 6))
        for rack in range(racks):
            top = f"p{pod}r{rack}"
            switches.append(Switch(top))
            links.append(Link(top, (top, f"p{pod}"), 10**9 * hosts // 2))
            for place in range(hosts):
                names.append(f"{top}h{place}")
                links.append(Link(names[-1], (names[-1], top), 10**9))
    return Topology(tuple(names), tuple(switches), tuple(links))


def path(topology: Topology, order: Order) -> Path:
    limit = None if order.limit is None else Fraction(order.limit)
    return Path(crossed(topology, order.ends), limit)
