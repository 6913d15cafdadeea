"""Flows share max-min fairly, against a second network that is slow and exact."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.hardware.network import Flow, Link, Network, Switch, Topology
from aio_sim.kernel.environment import SECOND, Environment
from tests.hardware.network.networks import (
    Order,
    at,
    begin,
    capacities,
    crossed,
    into_one,
    orders_on,
    star,
    topologies,
)
from tests.hardware.network.reference import Path, Sending, fair_rates, finish_times

CASES = topologies().flatmap(lambda topology: st.tuples(st.just(topology), orders_on(topology)))


def path(topology: Topology, order: Order) -> Path:
    limit = None if order.limit is None else Fraction(order.limit)
    return Path(crossed(topology, order.ends), limit)


def on_their_way(flows: dict[int, Flow]) -> dict[int, Flow]:
    return {place: flow for place, flow in flows.items() if not flow.done.triggered}


@given(CASES)
def test_every_transfer_ends_when_it_really_would(case: tuple[Topology, list[Order]]) -> None:
    topology, orders = case
    env = Environment()
    outcome = begin(env, topology, orders)
    env.run()
    sendings = [Sending(order.start, order.size, path(topology, order)) for order in orders]
    exact = finish_times(capacities(topology), sendings)
    # A thousandth of a nanosecond decides which way one is rounded, and so may move others.
    assert [outcome.ends[place] for place in range(len(orders))] == pytest.approx(exact, abs=2)
    assert all(flow.sent == flow.size for flow in outcome.flows.values())


@given(CASES, st.integers(1, 6 * SECOND))
def test_rates_are_max_min_fair_at_any_moment(
    case: tuple[Topology, list[Order]], moment: int
) -> None:
    topology, orders = case
    env = Environment()
    outcome = begin(env, topology, orders)
    env.run(until=moment)
    inside = on_their_way(outcome.flows)
    rates = {place: flow.rate for place, flow in inside.items()}
    paths = {place: path(topology, orders[place]) for place in inside}
    exact = fair_rates(capacities(topology), list(paths.values()))
    assert list(rates.values()) == pytest.approx([float(rate) for rate in exact], rel=1e-9)
    check_certificate(capacities(topology), paths, rates)


def check_certificate(
    limits: dict[Any, Fraction], paths: dict[int, Path], rates: dict[int, float]
) -> None:
    """Check that each flow is at its limit or has a full channel where no other has more.

    Bertsekas & Gallager, Data Networks, proposition in 6.5.2: so it is if and only if they are
    max-min fair.
    """
    users = {
        channel: [place for place in paths if channel in paths[place].channels]
        for channel in limits
    }
    loads = {channel: sum(rates[place] for place in users[channel]) for channel in limits}
    for channel, load in loads.items():
        assert load <= float(limits[channel]) * (1 + 1e-9)
    for place, rate in rates.items():
        bottlenecks = [
            channel
            for channel in paths[place].channels
            if loads[channel] == pytest.approx(float(limits[channel]), rel=1e-9)
            and rate >= max(rates[other] for other in users[channel]) * (1 - 1e-9)
        ]
        limit = paths[place].limit
        assert bottlenecks or (limit is not None and rate == pytest.approx(float(limit)))


@settings(max_examples=60)
@given(CASES, st.data())
def test_no_byte_is_lost_or_made_as_links_are_cut_and_transfers_given_up(
    case: tuple[Topology, list[Order]], data: st.DataObject
) -> None:
    topology, orders = case
    env = Environment()
    outcome = begin(env, topology, orders)
    network = outcome.network
    names = [link.name for link in topology.links]
    for _ in range(data.draw(st.integers(1, 3))):
        link, instant = data.draw(st.sampled_from(names)), data.draw(st.integers(0, 5 * SECOND))
        at(env, instant, partial(network.fail, link))
        at(env, instant + SECOND // 2, partial(network.repair, link))
    given_up = data.draw(st.integers(0, len(orders) - 1))
    at(env, orders[given_up].start + SECOND // 3, lambda: outcome.flows[given_up].cancel())
    env.run()
    assert len(outcome.ends) == len(orders)
    for place, flow in outcome.flows.items():
        assert (flow.sent == flow.size) == (place not in outcome.failed) or flow.left == 0
        if place in outcome.failed:
            assert 0 <= outcome.failed[place].sent == flow.sent <= flow.size
    for channel in network._fabric.channels():
        users = [flow for flow in outcome.flows.values() if channel in flow.channels]
        assert channel.carried == sum(flow.work for flow in users)
        assert not channel.flows
        assert not channel.crossings
        assert channel.pool is None
        assert channel.load == 0


def test_the_five_sessions_of_the_textbook() -> None:
    """Bertsekas & Gallager, Data Networks, 2nd ed., 6.5.2, where all links carry one unit.

    Sessions 2, 3 and 5 share a link and have a third each; session 1 shares one with session 3
    and has what is left, two thirds; session 4 is alone in the end, beside session 5.
    """
    switches = tuple(Switch(f"n{number}") for number in range(1, 6))
    inner = [("n2", "n3"), ("n3", "n5"), ("n4", "n5")]
    trunks = [Link("-".join(ends), ends, 3_000) for ends in inner]
    doors = {"1": ("n3", "n5"), "2": ("n2", "n3"), "3": ("n2", "n5"), "4": ("n4", "n5")}
    doors["5"] = ("n2", "n3")
    access = [
        Link(f"{way}{session}", (f"{way}{session}", node), 10**6)
        for session, nodes in doors.items()
        for way, node in zip(("from", "to"), nodes, strict=True)
    ]
    hosts = tuple(link.ends[0] for link in access)
    env = Environment()
    network = Network(env, Topology(hosts, switches, (*trunks, *access)))
    flows = [network.transfer(f"from{session}", f"to{session}", 10**6) for session in doors]
    assert [flow.rate for flow in flows] == pytest.approx([2_000, 1_000, 1_000, 3_000, 1_000])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_flows_of_one_size_on_one_bottleneck_end_together(count: int) -> None:
    env = Environment()
    orders = [Order(0, (f"h{place}", "sink"), 1_000) for place in range(count)]
    outcome = begin(env, into_one(count), orders)
    env.run()
    assert set(outcome.ends.values()) == {count * SECOND}


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_flows_on_one_bottleneck_end_as_processor_sharing_has_it(sizes: list[int]) -> None:
    """The k-th smallest of n ends as all smaller ones and n - k + 1 parts of its size are sent."""
    env = Environment()
    orders = [Order(0, (f"h{place}", "sink"), size) for place, size in enumerate(sizes)]
    outcome = begin(env, into_one(len(sizes), bandwidth=8 * SECOND), orders)
    env.run()
    for place, size in enumerate(sizes):
        # One byte a nanosecond; each event before rounds up, and with it what is left.
        exact = sum(min(size, other) for other in sizes)
        assert exact <= outcome.ends[place] <= exact + len(sizes)


def test_one_bottleneck_costs_one_rate_a_change() -> None:
    count = 2_000
    env = Environment()
    orders = [Order(7 * place, (f"h{place}", "sink"), 500 + place) for place in range(count)]
    outcome = begin(env, into_one(count), orders)
    env.run()
    assert len(outcome.ends) == count
    # An arrival and an end each; two where the one link has come to be shared, or is no more.
    assert outcome.network.recomputed <= 2 * count + 4


def test_a_change_does_not_reach_those_it_shares_nothing_with() -> None:
    pairs = 200
    env = Environment()
    orders = [
        Order(place, (f"h{2 * pair}", f"h{2 * pair + 1}"), 100 + pair)
        for pair in range(pairs)
        for place in range(2)
    ]
    outcome = begin(env, star(2 * pairs), orders)
    env.run()
    assert outcome.network.recomputed <= 4 * len(orders)


def test_a_change_above_does_not_reach_those_held_down_more() -> None:
    """Flows at a narrow link keep their rates whatever comes to the wide one behind it."""
    env = Environment()
    narrow = into_one(20, bandwidth=1_000)
    links = (
        *narrow.links,
        Link("fast", ("fast", "switch"), 10**6),
        Link("wide", ("wide", "switch"), 50_000),
    )
    network = Network(env, Topology((*narrow.hosts, "fast", "wide"), narrow.switches, links))
    for place in range(20):
        network.transfer(f"h{place}", "sink", 10**6)
        network.transfer(f"h{place}", "wide", 10**6)
    env.run(until=1)
    before = network.recomputed
    network.transfer("fast", "wide", 1_000)
    env.run(until=2)
    assert network.recomputed - before <= 1 + 20  # itself, and those that it shares `wide` with
