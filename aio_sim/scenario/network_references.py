"""What the network of a scenario says of hosts, racks and switches: names that are there, once."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from aio_sim.hardware.network import Topology
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.link_failures import check_failures
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.network import CENTRE, TopologySpec
from aio_sim.scenario.wiring import Wiring


def check_network(hosts: Sequence[HostSpec], spec: TopologySpec | None) -> None:
    """Raise where the network names what is not there, or does not connect all who are on it."""
    if spec is None and not any(host.network for host in hosts):
        return
    findings = Findings("network")
    wiring = Wiring(hosts, spec)
    _check_names(wiring, findings)
    _check_racks(wiring, findings)
    _check_sites(wiring, findings)
    _check_links(wiring, findings)
    check_failures(wiring, findings)
    findings.raise_any()
    if spec is not None:
        _check_connected(wiring.topology(), findings)
        findings.raise_any()


def _check_names(wiring: Wiring, findings: Findings) -> None:
    """Note hosts and switches of one name."""
    spec, taken = wiring.spec, set(wiring.hosts)
    if CENTRE in taken and any(CENTRE in link.ends for link in wiring.links()):
        sentence = _("the central switch is called {name!r}, and so is a host")
        findings.say(sentence.format(name=CENTRE), "network")
    named: list[tuple[str, int, tuple[str, ...]]] = [
        ("switches", at, (switch.name,)) for at, switch in enumerate(spec.switches)
    ]
    named += [("racks", at, rack.names) for at, rack in enumerate(spec.racks)]
    named += [("sites", at, (site.name,)) for at, site in enumerate(spec.sites)]
    for section, at, names in named:
        reserved = {CENTRE} if section != "switches" else set()
        if twice := (taken | reserved).intersection(names):
            sentence = _("there is already a host or switch named {name!r}")
            name = min(twice)
            findings.say(sentence.format(name=name), "network", section, at, "name", value=name)
        taken.update(names)


def _check_racks(wiring: Wiring, findings: Findings) -> None:
    """Note racks of no hosts, of hosts without a card, and of hosts in another rack."""
    taken: dict[str, str] = {}
    for at, rack in enumerate(wiring.spec.racks):
        place = ("network", "racks", at, "hosts")
        sentence = _("there is no host {name!r}{hint}")
        _check_known(rack.hosts, wiring.hosts, wiring.compared, sentence, findings, place)
        hosts = wiring.hosts_in(rack)
        if told := _unfit(hosts, len(rack.names), wiring):
            findings.say(told, *place)
        _check_once(hosts, rack.name, taken, findings, place)


def _unfit(hosts: Sequence[str], racks: int, wiring: Wiring) -> str:
    """Return why hosts cannot be in so many racks, "" where they can."""
    bare = next((name for name in hosts if wiring.hosts[name].network is None), None)
    if bare is not None:
        return _("{name} has no network card; give that host a `network`").format(name=bare)
    if 0 < len(hosts) < racks:
        sentence = _("{racks} racks need as many hosts, got {hosts}")
        return sentence.format(racks=racks, hosts=len(hosts))
    return ""


def _check_sites(wiring: Wiring, findings: Findings) -> None:
    """Note sites of no racks, and of racks in another site."""
    taken: dict[str, str] = {}
    for at, site in enumerate(wiring.spec.sites):
        place = ("network", "sites", at, "racks")
        sentence = _("there is no rack {name!r}{hint}")
        _check_known(site.racks, wiring.racks, wiring.racks, sentence, findings, place)
        _check_once(wiring.racks_in(site), site.name, taken, findings, place)


def _check_known(
    patterns: Sequence[str],
    known: Collection[str],
    compared: Collection[str],
    sentence: str,
    findings: Findings,
    place: tuple[int | str, ...],
) -> None:
    """Note patterns that match nothing, with the nearest of those names that are compared."""
    for number, pattern in enumerate(patterns):
        if not matching([pattern], known):
            told = sentence.format(name=pattern, hint=hint(pattern, compared))
            findings.say(told, *place, number, value=pattern)


def _check_once(
    names: Sequence[str],
    part: str,
    taken: dict[str, str],
    findings: Findings,
    place: tuple[str | int, ...],
) -> None:
    """Note one that is in two racks or sites."""
    twice = next((name for name in names if name in taken), None)
    if twice is not None:
        sentence = _("{name} is in {other} already")
        findings.say(sentence.format(name=twice, other=taken[twice]), *place, value=twice)
    taken.update(dict.fromkeys(names, part))


def _check_links(wiring: Wiring, findings: Findings) -> None:
    """Note links to nowhere, or to where they come from, and two of one name."""
    links = wiring.spec.links
    nodes = set(wiring.nodes) if links else set()
    names = [link.name for link in wiring.links()] if links else []
    taken = set(names[: len(names) - len(links)])
    for at, link in enumerate(links):
        place = ("network", "links", at)
        for number, end in enumerate(link.between):
            if end not in nodes:
                told = _("there is no host or switch {name!r}{hint}")
                near = hint(end, wiring.compared | (nodes - wiring.hosts.keys()))
                findings.say(told.format(name=end, hint=near), *place, "between", number, value=end)
        if link.between[0] == link.between[1]:
            findings.say(_("a link has two different ends"), *place, "between")
        if link.called in taken:
            told = _("there is already a link named {name!r}").format(name=link.called)
            findings.say(told, *place, "name", value=link.called)
        taken.add(link.called)


def _check_connected(topology: Topology, findings: Findings) -> None:
    """Note two hosts that cannot reach each other; hosts do not forward."""
    for source in _beside_the_rest(topology):
        reached = _reached(topology, source)
        alone = next((host for host in topology.hosts if host not in reached), None)
        if alone is not None:
            sentence = _("there is no way from {source} to {destination}; hosts do not forward")
            findings.say(sentence.format(source=source, destination=alone), "network")
            return


def _beside_the_rest(topology: Topology) -> list[str]:
    """Return the hosts that the first switch does not reach; all, where there is no switch."""
    if not topology.switches:
        return list(topology.hosts)
    reached = _reached(topology, topology.switches[0].name)
    return [host for host in topology.hosts if host not in reached]


def _reached(topology: Topology, start: str) -> set[str]:
    """Return the nodes that a node reaches through switches."""
    beside: dict[str, list[str]] = {}
    for link in topology.links:
        one, other = link.ends
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    hosts, reached, queue = set(topology.hosts), {start}, deque([start])
    while queue:
        node = queue.popleft()
        if node == start or node not in hosts:
            fresh = [other for other in beside[node] if other not in reached]
            reached.update(fresh)
            queue.extend(fresh)
    return reached
