"""The network of a scenario: what it makes of hosts, racks and sites, and what it refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aio_sim.hardware.network import Link, Switch
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import ScenarioError
from aio_sim.kernel.trace import Trace
from aio_sim.scenario import Scenario
from aio_sim.scenario.wiring import Wiring
from aio_sim.simulation import build, simulate
from tests.scenario.examples import textbook

CARD = "network: {bandwidth: 1Gbps, latency: 1ms}"
HOSTS = f"[{{name: h, count: 5, {CARD}}}, {{name: bare}}, {{name: alone, {CARD}}}]"
UPLINK = "uplink: {bandwidth: 10Gbps}"
WAN = "wan: {bandwidth: 100Mbps, latency: 10ms, loss: 0.1}"


def scenario(network: str, hosts: str = HOSTS) -> Scenario:
    return Scenario.from_text(textbook(hosts=hosts) + f"\nnetwork: {network}\n")


def links(loaded: Scenario) -> dict[str, tuple[str, str]]:
    topology = Wiring(loaded.hosts, loaded.network).topology()
    return {link.name: link.ends for link in topology.links}


def test_without_more_every_card_is_linked_to_one_switch() -> None:
    loaded = Scenario.from_text(textbook(hosts=HOSTS))
    topology = Wiring(loaded.hosts, loaded.network).topology()
    cards = [*(f"h-{number}" for number in range(5)), "alone"]
    assert topology.hosts == tuple(cards)
    assert topology.switches == (Switch("switch"),)
    assert topology.links == tuple(
        Link(f"{name}-switch", (name, "switch"), 10**9, 10**6) for name in cards
    )


def test_racks_and_sites_are_switches_on_the_way() -> None:
    loaded = scenario(
        f"{{racks: [{{name: r, count: 2, hosts: ['h-*'], {UPLINK}}}],"
        f" sites: [{{name: berlin, racks: [r-1], {WAN}}}]}}"
    )
    assert links(loaded) == {
        **{f"h-{number}-r-0": (f"h-{number}", "r-0") for number in (0, 1, 2)},
        **{f"h-{number}-r-1": (f"h-{number}", "r-1") for number in (3, 4)},
        "alone-switch": ("alone", "switch"),
        "r-0-switch": ("r-0", "switch"),
        "r-1-berlin": ("r-1", "berlin"),
        "berlin-switch": ("berlin", "switch"),
    }
    wan = Wiring(loaded.hosts, loaded.network).topology().links[-1]
    assert (wan.bandwidth, wan.latency, wan.loss) == (10**8, 10**7, Fraction(1, 10))


def test_links_and_switches_of_ones_own() -> None:
    loaded = scenario(
        "{switches: [{name: core, bandwidth: 5Gbps, latency: 1us, loss: 0.25}], links: ["
        "{between: [bare, core], bandwidth: 2Gbps}, "
        "{between: [core, switch], bandwidth: 3Gbps, name: trunk}]}"
    )
    assert links(loaded)["bare-core"] == ("bare", "core")
    assert links(loaded)["trunk"] == ("core", "switch")
    switches = Wiring(loaded.hosts, loaded.network).topology().switches
    assert Switch("core", 5 * 10**9, 1_000, Fraction(1, 4)) in switches


def test_a_network_reads_back_the_same() -> None:
    loaded = scenario(
        f"{{switches: [{{name: core}}], racks: [{{name: r, hosts: [h-0, h-1], {UPLINK}}}],"
        " links: [{between: [core, switch], bandwidth: 3Gbps, loss: 0.5}]}"
    )
    assert Scenario.from_text(loaded.to_yaml()) == loaded


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (
            "{links: [{between: [h-0, swich], bandwidth: 1}]}",
            "network.links[0].between[1]: there is no host or switch 'swich'; "
            "did you mean 'switch'?",
        ),
        (
            "{links: [{between: [h-0, h-0], bandwidth: 1}]}",
            "network.links[0].between: a link has two different ends",
        ),
        (
            "{links: [{between: [h-0, switch], bandwidth: 1}]}",
            "there is already a link named 'h-0-switch'",
        ),
        (
            "{links: [{between: [bare, h-0], bandwidth: 1}, {between: [h-1, h-2], bandwidth: 1}]}",
            "there is no way from bare to h-1; hosts do not forward",
        ),
        (
            "{links: [{between: [h-0], bandwidth: 1}]}",
            "network.links[0].between: needs at least 2 entries, got 1",
        ),
        (
            "{links: [{between: [h-0, h-1], bandwidth: 1, loss: 1}]}",
            "network.links[0].loss: must be less than 1",
        ),
        (
            f"{{racks: [{{name: r, hosts: [h-9], {UPLINK}}}]}}",
            "network.racks[0].hosts[0]: there is no host 'h-9'; did you mean 'h-4'?",
        ),
        (
            f"{{racks: [{{name: r, hosts: [h-0, bare], {UPLINK}}}]}}",
            "network.racks[0].hosts: bare has no network card; give that host a `network`",
        ),
        (
            f"{{racks: [{{name: r, hosts: [h-0], {UPLINK}}},"
            f" {{name: q, hosts: ['h*'], {UPLINK}}}]}}",
            "network.racks[1].hosts: h-0 is in r already",
        ),
        (
            f"{{racks: [{{name: r, count: 3, hosts: [h-0, h-1], {UPLINK}}}]}}",
            "network.racks[0].hosts: 3 racks need as many hosts, got 2",
        ),
        (
            f"{{racks: [{{name: bare, hosts: [h-0], {UPLINK}}}]}}",
            "network.racks[0].name: there is already a host or switch named 'bare'",
        ),
        (
            f"{{sites: [{{name: s, racks: [r], {WAN}}}]}}",
            "network.sites[0].racks[0]: there is no rack 'r'",
        ),
        (
            f"{{sites: [{{name: switch, racks: [r], {WAN}}}],"
            f" racks: [{{name: r, hosts: [h-0], {UPLINK}}}]}}",
            "network.sites[0].name: there is already a host or switch named 'switch'",
        ),
        (
            "{failures: [{link: h-4-swich, at: 1}]}",
            "network.failures[0].link: there is no link 'h-4-swich'; did you mean 'h-4-switch'?",
        ),
        (
            "{failures: [{link: alone-switch, at: 5, for: 2}, {link: alone-switch, at: 7}]}",
            "network.failures[1].at: alone-switch is down from 5 s to 7 s already; "
            "expected a time after that",
        ),
        (
            "{failures: [{link: h-0-switch, at: 9, for: 1}, {link: h-0-switch, at: 1min}, "
            "{link: h-0-switch, at: 2min}]}",
            "network.failures[2].at: h-0-switch is down for good from 60 s on",
        ),
        (
            "{failures: [{link: h-0-switch, at: 5, for: 0}]}",
            "network.failures[0].for: must be greater than 0",
        ),
        (
            "{switches: [{name: a}, {name: a}]}",
            "network.switches[1].name: there is already a host or switch named 'a'",
        ),
    ],
)
def test_what_is_not_there_or_not_possible_is_said(network: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario(network)
    assert expected in str(error.value)


def test_a_failure_reads_back_the_same_and_may_follow_another() -> None:
    loaded = scenario(
        "{failures: [{link: h-0-switch, at: 9}, {link: h-0-switch, at: 5, for: 2s},"
        " {link: h-1-switch, at: 5}]}"
    )
    assert loaded.network is not None
    assert [failure.outage.end for failure in loaded.network.failures] == [None, 7 * SECOND, None]
    assert loaded.to_data()["network"]["failures"][1] == {"link": "h-0-switch", "at": 5, "for": 2}
    assert Scenario.from_text(loaded.to_yaml()) == loaded


def test_a_host_may_not_be_called_as_the_central_switch_to_which_it_is_linked() -> None:
    assert Scenario.from_text(textbook(hosts="[{name: switch}]"))
    with pytest.raises(ScenarioError, match="the central switch is called 'switch'"):
        Scenario.from_text(textbook(hosts=f"[{{name: switch, {CARD}}}]"))


def test_a_system_has_a_network_where_a_host_is_on_one() -> None:
    assert build(Scenario.from_text(textbook()), Trace()).network is None
    system = build(scenario(f"{{racks: [{{name: r, hosts: ['h-*'], {UPLINK}}}]}}"), Trace())
    assert system.network is not None
    flow = system.network.transfer("h-0", "alone", 125 * 10**6)
    system.env.run(flow.done)
    assert system.env.now == SECOND + 2 * 10**6


def test_a_network_that_nothing_uses_adds_no_metric() -> None:
    names = simulate(Scenario.from_text(textbook(hosts=HOSTS))).metrics
    assert not [name for name in names if name.startswith("network")]
