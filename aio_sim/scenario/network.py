"""What a scenario says of its network beyond the cards of its hosts."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from aio_sim.scenario.fields import Count, Name, Number, Spec
from aio_sim.scenario.hosts import Throughput, counted_names
from aio_sim.scenario.outages import For, Outage
from aio_sim.scenario.protection import KindName
from aio_sim.scheduling.policy import Duration

CENTRE: Final = "switch"
"""The switch that hosts without a rack, racks without a site, and sites are linked to."""

Loss = Annotated[Number, Field(ge=0, lt=1)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class WireSpec(Spec):
    """A duplex link: each direction has all of the bandwidth."""

    bandwidth: Throughput
    """Bits a second, such as 10Gbps."""
    latency: Duration = 0
    """How long a byte is under way."""
    loss: Loss = 0.0
    """The fraction of packets that are lost and sent again."""
    encryption: KindName | None = None
    """How all that goes over it is protected; as the scenario's `encryption` says where absent."""


class LinkSpec(WireSpec):
    """A link between two hosts or switches; racks and sites have switches of their names."""

    between: Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)]
    """Its two ends; `switch` is the central switch."""
    name: Name | None = None
    """What to call it; its two ends with a hyphen, where absent."""

    @property
    def ends(self) -> tuple[str, str]:
        """Its two ends."""
        one, other = self.between
        return one, other

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or "-".join(self.between)


class SwitchSpec(Spec):
    """A switch."""

    name: Name
    """What links call it."""
    bandwidth: Throughput | None = None
    """What it forwards in all; no limit where absent."""
    latency: Duration = 0
    """How long a byte takes through it."""
    loss: Loss = 0.0
    """The fraction of packets that it drops, and that are sent again."""


class RackSpec(Spec):
    """A rack: hosts whose cards are linked to its switch; or `count` racks among which they are
    divided in their order."""

    name: Name
    """The name of the rack and its switch; of several, `name-0`, `name-1`, ..."""
    count: Annotated[Count, Field(le=100_000)] = 1
    """How many such racks there are."""
    hosts: Names
    """Names of hosts, or patterns such as `h-*`."""
    uplink: WireSpec
    """From its switch to that of its site, or to the central switch."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the racks; one that is not counted has the plain name."""
        return counted_names(self.name, self.count if "count" in self.model_fields_set else None)


class SiteSpec(Spec):
    """A site: racks that share a way to the others."""

    name: Name
    """The name of the site and its switch."""
    racks: Names
    """Names of racks, or patterns such as `r-*`."""
    wan: WireSpec
    """From its switch to the central switch."""


class FailureSpec(Spec):
    """A link that is cut for a while: what is on it is lost, and what comes goes another way, or
    not at all."""

    link: Name
    """Its name; of the link of a card, as `h1-switch`, the host and the switch."""
    at: Duration
    """When it is cut (seconds)."""
    duration: For = None

    @property
    def outage(self) -> Outage:
        """From when to when it is cut."""
        end = None if self.duration is None else self.at + self.duration
        return Outage(self.link, self.at, end)


class TopologySpec(Spec):
    """How hosts are linked. The card of a host in no rack is linked to the central switch."""

    switches: tuple[SwitchSpec, ...] = ()
    """Switches besides the central one and those of racks and sites."""
    links: tuple[LinkSpec, ...] = ()
    """Links besides those of cards, racks and sites."""
    racks: tuple[RackSpec, ...] = ()
    """Racks of hosts."""
    sites: tuple[SiteSpec, ...] = ()
    """Sites of racks."""
    failures: tuple[FailureSpec, ...] = ()
    """Links that are cut, and when."""
