"""What a network is made of: hosts, switches, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Link:
    """A duplex link: each direction has all of the bandwidth.

    `bandwidth` is bits a second, `latency` nanoseconds, `loss` the fraction of packets that are
    lost on it and sent again by it.
    """

    name: str
    ends: tuple[str, str]
    bandwidth: int
    latency: int = 0
    loss: Fraction = Fraction(0)


@dataclass(frozen=True)
class Switch:
    """A node that forwards; `bandwidth` bits a second in all, without limit where None.

    `latency` is nanoseconds that it adds, `loss` the fraction of packets that it drops.
    """

    name: str
    bandwidth: int | None = None
    latency: int = 0
    loss: Fraction = Fraction(0)


@dataclass(frozen=True)
class Topology:
    """Hosts and switches with names of their own, and links with names of theirs.

    Every link ends at a host or switch. Hosts do not forward.
    """

    hosts: tuple[str, ...]
    switches: tuple[Switch, ...]
    links: tuple[Link, ...]
