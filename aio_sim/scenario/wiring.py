"""From what a scenario says of hosts and network to the topology of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from aio_sim.hardware.network import Link, Switch, Topology
from aio_sim.scenario.hosts import HostSpec, NetworkSpec
from aio_sim.scenario.machine_groups import compared
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.network import CENTRE, RackSpec, SiteSpec, SwitchSpec, TopologySpec, WireSpec
from aio_sim.scenario.protection import KindName


class Wiring:
    """Who is linked to whom; of what a scenario says wrongly, as much as can be."""

    def __init__(self, hosts: Sequence[HostSpec], spec: TopologySpec | None) -> None:
        self.spec = spec or TopologySpec()
        self._specs = hosts
        self.hosts = {name: host for host in hosts for name in host.names}
        self.racks = [name for rack in self.spec.racks for name in rack.names]
        self.rack_of = {host: name for rack in self.spec.racks for name, host in self._places(rack)}
        self.site_of = {
            name: site.name for site in self.spec.sites for name in matching(site.racks, self.racks)
        }

    @property
    def compared(self) -> set[str]:
        """The names of hosts that a wrong one is compared with."""
        return compared(self._specs)

    @property
    def nodes(self) -> list[str]:
        """The names of all hosts and switches."""
        switches = [switch.name for switch in self.spec.switches]
        sites = [site.name for site in self.spec.sites]
        return [*self.hosts, CENTRE, *switches, *self.racks, *sites]

    def topology(self) -> Topology:
        """Return the topology of those hosts and switches that have links."""
        links = tuple(self.links())
        linked = {end for link in links for end in link.ends}
        own = {switch.name: _switch(switch) for switch in self.spec.switches}
        plain = {name: Switch(name) for name in self.nodes if name not in self.hosts}
        return Topology(
            tuple(name for name in self.hosts if name in linked),
            tuple(switch for name, switch in {**plain, **own}.items() if name in linked),
            links,
        )

    def links(self) -> Iterator[Link]:
        """Yield the links: of cards, racks and sites, then the others."""
        for name, host in self.hosts.items():
            if host.network is not None:
                yield _link((name, self.rack_of.get(name, CENTRE)), host.network)
        for rack in self.spec.racks:
            for name in rack.names:
                yield _link((name, self.site_of.get(name, CENTRE)), rack.uplink)
        for site in self.spec.sites:
            yield _link((site.name, CENTRE), site.wan)
        for link in self.spec.links:
            yield _link(link.ends, link, link.called)

    def encryptions(self) -> dict[str, KindName | None]:
        """Return how each link says it is protected, by its name; None where it says nothing."""
        wires: list[WireSpec | NetworkSpec] = [
            host.network for host in self.hosts.values() if host.network is not None
        ]
        wires += [rack.uplink for rack in self.spec.racks for _name in rack.names]
        wires += [site.wan for site in self.spec.sites]
        wires += self.spec.links
        pairs = zip(self.links(), wires, strict=True)
        return {link.name: wire.encryption for link, wire in pairs}

    def hosts_in(self, part: RackSpec) -> list[str]:
        """Return the hosts of a rack, or of racks that are counted."""
        return matching(part.hosts, self.hosts)

    def racks_in(self, part: SiteSpec) -> list[str]:
        """Return the racks of a site."""
        return matching(part.racks, self.racks)

    def _places(self, rack: RackSpec) -> Iterator[tuple[str, str]]:
        """Yield each host of the rack, or racks, after its rack: equally many, in their order."""
        hosts, racks = self.hosts_in(rack), rack.names
        for at, host in enumerate(hosts):
            yield racks[at * len(racks) // len(hosts)], host


def _link(ends: tuple[str, str], wire: WireSpec | NetworkSpec, name: str = "") -> Link:
    loss = Fraction(repr(wire.loss)) if isinstance(wire, WireSpec) else Fraction(0)
    return Link(name or "-".join(ends), ends, wire.bandwidth, wire.latency, loss)


def _switch(spec: SwitchSpec) -> Switch:
    return Switch(spec.name, spec.bandwidth, spec.latency, Fraction(repr(spec.loss)))
