"""Transfers: their times, limits and latencies; links that lose, are cut and repaired."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction

import pytest
from simpy.events import Event

from aio_sim.hardware.network import Link, Network, Switch, Topology, TransferFailed
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.trace import SpanRow, Trace
from tests.hardware.network.networks import Order, at, begin, into_one, star


def ends(topology: Topology, orders: list[Order]) -> list[int]:
    """Return when each of the orders is done."""
    env = Environment()
    outcome = begin(env, topology, orders)
    env.run()
    return [outcome.ends[place] for place in range(len(orders))]


def test_the_last_byte_comes_the_latency_after_it_is_sent() -> None:
    assert ends(star(2, latency=5), [Order(3, ("h0", "h1"), 1_000)]) == [3 + SECOND + 10]
    assert ends(star(2, latency=5), [Order(3, ("h0", "h1"), 0)]) == [13]
    through = Topology(
        ("a", "b"),
        (Switch("s", latency=7),),
        (Link("as", ("a", "s"), 8_000, 1), Link("sb", ("s", "b"), 8_000, 2)),
    )
    assert ends(through, [Order(0, ("a", "b"), 1_000)]) == [SECOND + 10]


def test_a_byte_has_left_the_latency_before_it_arrives_or_never_does() -> None:
    env = Environment()
    network = Network(env, star(2, latency=5))
    flow = network.transfer("h0", "h1", 1_000)
    env.run(flow.departed)
    assert env.now == SECOND
    env.run(flow.done)
    assert env.now == SECOND + 10
    cut = network.transfer("h0", "h1", 1_000)
    departed = cut.departed
    cut.cancel()
    assert departed.triggered
    assert not departed.ok
    assert network.transfer("h0", "h0", 1).departed.ok


def test_what_a_host_sends_to_itself_costs_nothing() -> None:
    assert ends(star(2, latency=5), [Order(3, ("h0", "h0"), 10**9)]) == [3]


def test_both_directions_of_a_link_have_all_of_it() -> None:
    orders = [Order(0, ("h0", "h1"), 1_000), Order(0, ("h1", "h0"), 1_000)]
    assert ends(star(2), orders) == [SECOND, SECOND]


def test_a_limit_leaves_the_rest_to_others() -> None:
    orders = [Order(0, ("h0", "sink"), 500, limit=2_000), Order(0, ("h1", "sink"), 1_500)]
    assert ends(into_one(2), orders) == [2 * SECOND, 2 * SECOND]


def test_a_flow_that_comes_later_takes_its_share_from_then_on() -> None:
    orders = [Order(0, ("h0", "sink"), 1_000), Order(SECOND // 2, ("h1", "sink"), 1_000)]
    # 500 bytes alone; both at half; the first through after 1 s more, 500 bytes alone.
    assert ends(into_one(2), orders) == [3 * SECOND // 2, 2 * SECOND]


def test_a_switch_with_a_bandwidth_is_shared_by_all_that_cross_it() -> None:
    wide = star(4)
    slow = Topology(wide.hosts, (Switch("switch", bandwidth=8_000),), wide.links)
    orders = [Order(0, ("h0", "h1"), 1_000), Order(0, ("h2", "h3"), 1_000)]
    assert ends(wide, orders) == [SECOND, SECOND]
    assert ends(slow, orders) == [2 * SECOND, 2 * SECOND]


@pytest.mark.parametrize(
    ("link", "switch", "expected"),
    [
        (Fraction(1, 5), Fraction(0), 5 * SECOND // 4),
        (Fraction(0), Fraction(1, 2), 2 * SECOND),
        (Fraction(1, 5), Fraction(1, 2), 5 * SECOND // 2),
    ],
)
def test_what_is_lost_is_sent_again(link: Fraction, switch: Fraction, expected: int) -> None:
    """A packet goes 1 / (1 - p) times over a link that loses it with probability p."""
    topology = Topology(
        ("a", "b"),
        (Switch("s", loss=switch),),
        (Link("as", ("a", "s"), 8_000, loss=link), Link("sb", ("s", "b"), 80_000)),
    )
    assert ends(topology, [Order(0, ("a", "b"), 1_000)]) == [expected]


def test_a_cut_fails_the_flows_on_the_link_and_says_what_was_sent() -> None:
    env = Environment()
    outcome = begin(env, star(4), [Order(0, ("h0", "h1"), 1_000), Order(0, ("h2", "h3"), 1_000)])
    at(env, SECOND // 4, lambda: outcome.network.fail("h1"))
    env.run()
    assert outcome.ends == {0: SECOND // 4, 1: SECOND}
    failure = outcome.failed[0]
    assert (failure.sent, failure.flow) == (250, outcome.flows[0])
    assert str(failure) == "the link h1 is cut"


def test_what_was_sent_before_the_cut_arrives() -> None:
    env = Environment()
    outcome = begin(env, star(2, latency=SECOND), [Order(0, ("h0", "h1"), 1_000)])
    at(env, 2 * SECOND, lambda: outcome.network.fail("h1"))
    env.run()
    assert outcome.ends == {0: 3 * SECOND}
    assert not outcome.failed


def test_without_a_way_a_transfer_fails_at_once_until_the_link_is_repaired() -> None:
    env = Environment()
    orders = [Order(5, ("h0", "h1"), 1_000), Order(20, ("h0", "h1"), 1_000)]
    outcome = begin(env, star(2), orders)
    outcome.network.fail("h0")
    at(env, 10, lambda: outcome.network.repair("h0"))
    env.run()
    assert outcome.ends == {0: 5, 1: 20 + SECOND}
    assert outcome.failed[0].reason == "there is no way from h0 to h1"


def test_a_process_that_waits_hears_of_the_failure() -> None:
    env = Environment()
    network = Network(env, star(2))
    heard: list[int] = []

    def wait() -> Generator[Event, Event, None]:
        flow = network.transfer("h0", "h1", 1_000)
        try:
            yield flow.done
        except TransferFailed as failure:
            heard.append(failure.sent)

    env.process(wait())
    at(env, SECOND // 2, lambda: network.fail("h0"))
    env.run()
    assert heard == [500]


def test_who_gives_up_leaves_the_link_to_others() -> None:
    env = Environment()
    orders = [Order(0, ("h0", "sink"), 1_000), Order(0, ("h1", "sink"), 1_000)]
    outcome = begin(env, into_one(2), orders)
    at(env, SECOND, lambda: outcome.flows[0].cancel())
    env.run()
    assert outcome.ends == {0: SECOND, 1: 3 * SECOND // 2}
    assert outcome.failed[0].sent == 500
    outcome.flows[1].cancel()
    assert outcome.flows[1].done.ok


def test_bytes_and_rate_are_known_on_the_way() -> None:
    env = Environment()
    network = Network(env, into_one(2))
    flow = network.transfer("h0", "sink", 1_000)
    assert (flow.sent, flow.rate) == (0, 8_000)
    env.run(until=SECOND // 2)
    assert flow.sent == 500
    network.transfer("h1", "sink", 1_000)
    assert flow.rate == 4_000
    env.run()
    assert (flow.sent, flow.rate, flow.done.value) == (1_000, 0, flow)


def test_names_and_numbers_that_cannot_be_are_errors() -> None:
    network = Network(Environment(), star(2))
    with pytest.raises(UnknownName, match="did you mean 'h0'"):
        network.transfer("h00", "h1", 1)
    with pytest.raises(UnknownName, match="unknown link"):
        network.fail("h7")
    with pytest.raises(InputError, match="0 bytes or more, got -1"):
        network.transfer("h0", "h1", -1)
    with pytest.raises(InputError, match="greater than 0, got 0"):
        network.transfer("h0", "h1", 1, rate_limit=0)


def test_the_trace_has_a_span_a_transfer_and_the_totals() -> None:
    env, trace = Environment(), Trace("full")
    network = Network(env, star(3), trace)
    network.transfer("h0", "h1", 1_000, name="image")
    network.transfer("h2", "h1", 9_000)
    at(env, 2 * SECOND, lambda: network.fail("h2"))
    env.run(until=4 * SECOND)
    network.transfer("h0", "h1", 10_000)
    env.run(until=5 * SECOND)
    network.report(trace)
    spans = [SpanRow(*cells) for cells in trace.spans.rows()]
    assert [(trace.text(span.name), trace.text(span.track)) for span in spans] == [
        ("image", "h0"),
        ("transfer", "h2"),
    ]
    assert [(span.start, span.end) for span in spans] == [(0, 2 * SECOND), (0, 2 * SECOND)]
    assert trace.totals == {
        "network.transfers": 3,
        "network.failed": 1,
        "network.bytes": 1_000 + 1_000 + 1_000,
        "network.h0.utilization": pytest.approx(2 / 5),
        "network.h1.utilization": pytest.approx(3 / 5),
        "network.h2.utilization": pytest.approx(1 / 5),
        "network.utilization.max": pytest.approx(3 / 5),
    }


def test_a_network_that_is_not_used_leaves_nothing() -> None:
    trace = Trace("full")
    Network(Environment(), star(3), trace).report(trace)
    assert not trace.totals
    assert not len(trace.spans)


def test_nothing_is_left_to_wake_up_for_after_the_last_byte() -> None:
    env = Environment()
    orders = [Order(0, (f"h{place}", "sink"), size) for place, size in enumerate((500, 250, 120))]
    outcome = begin(env, into_one(3), orders)
    env.run()
    assert env.now == max(outcome.ends.values())
