"""The network as those use it who send: what is to be encrypted is, and is decrypted there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from simpy.events import Event

from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.sealed_sizes import offer_size, sealed_size
from aio_sim.distributed.protection.conversation import Conversation
from aio_sim.distributed.protection.secured_flow import (
    Departing,
    RefusedFlow,
    SecuredFlow,
    Stages,
)
from aio_sim.distributed.protection.security import Security
from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Network
from aio_sim.hardware.network.transport import Flow
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.process import SYSTEM, Process

NONE: Final = EncryptionKind.NONE
HYBRID: Final = EncryptionKind.HYBRID


class Trip(NamedTuple):
    """A transfer on its way: its ends, the links between, and what protects it end to end."""

    ends: tuple[str, str]
    way: tuple[str, ...]
    kind: EncryptionKind


class SecuredNetwork:
    """Sends bytes as the network does, protected as its links and its user want.

    A link that is protected by itself costs the host at its end, if there is one, the work on all
    that goes over it; a switch does it at the speed of the wire (assumption: IEEE 802.1AE in
    hardware). A user's kind costs both hosts. Encryption, sending and decryption overlap.
    """

    def __init__(
        self,
        env: Environment,
        network: Network,
        hosts: Mapping[str, Host],
        security: Security,
        number: Callable[[], int],
        record: Record,
        kind: EncryptionKind | None = None,
    ) -> None:
        self._env = env
        self._network = network
        self._hosts = hosts
        self._security = security
        self._number = number
        self._record = record
        self._kind = kind or NONE

    def under(self, kind: EncryptionKind | None) -> SecuredNetwork:
        """Return this network for users whose transfers are of a kind of their own."""
        if kind is None or kind is self._kind:
            return self
        parts = self._env, self._network, self._hosts, self._security, self._number, self._record
        return SecuredNetwork(*parts, kind)

    def transfer(
        self,
        source: str,
        destination: str,
        size: int,
        *,
        rate_limit: int | None = None,
        name: str = "",
        content: bytes = b"",
    ) -> Flow:
        """Send `size` bytes, of which `content` are some; see Network.transfer."""
        send = partial(
            self._network.transfer, source, destination, rate_limit=rate_limit, name=name
        )
        way = self._network.way(source, destination)
        trip = Trip((source, destination), way, self._kind)
        if not way or not size or not self._concerned(trip):
            return send(size)  # at once, or in vain, where there is no way
        talks = self._talk(trip, size, content)
        if any(talk.hopeless for talk, _fresh in talks):
            self._security.counts["transfers.refused"] += 1
            reason = _("every frame was altered on the way from {source}, and refused")
            return RefusedFlow(self._env, destination, reason.format(source=source))
        if all(talk.kind is NONE for talk, _fresh in talks) and not self._protected(trip):
            return send(size)
        return self._secured(trip, size, talks, send)

    def _concerned(self, trip: Trip) -> bool:
        """Return whether a transfer is protected, or met by somebody."""
        return self._protected(trip) or bool(self._security.tapped(trip.way))

    def _protected(self, trip: Trip) -> bool:
        links = (self._security.link_kind(link) for link in trip.way)
        return trip.kind is not NONE or any(kind is not NONE for kind in links)

    def _talk(self, trip: Trip, size: int, content: bytes) -> list[tuple[Conversation, bool]]:
        """Let a sample really pass, under each kind that protects some part of the way."""
        security, now = self._security, self._env.now
        kinds = {
            link: trip.kind if trip.kind is not NONE else security.link_kind(link)
            for link in trip.way
        }
        taps = security.tapped(trip.way)
        talks = []
        for kind in dict.fromkeys(kinds.values()):
            own = [tap for tap in taps if kinds[tap.link] is kind]
            if kind is NONE and not own:
                continue
            talk, fresh = security.conversation(trip.ends, kind, now)
            altered = talk.altered
            security.pass_on(talk, content or _blank(trip, size), own)
            security.counts["transfers.altered"] += talk.altered > altered
            for tap in own:
                tap.transfers += 1
                tap.passed += size
                tap.readable += size if kind is NONE else 0
            talks.append((talk, fresh))
        return talks

    def _secured(
        self,
        trip: Trip,
        size: int,
        talks: list[tuple[Conversation, bool]],
        send: Callable[[int], Departing],
    ) -> SecuredFlow:
        security = self._security
        inner = sealed_size(trip.kind, size, security.rsa)
        sealed = max(
            (sealed_size(security.link_kind(link), inner, security.rsa) for link in trip.way),
            default=inner,
        )
        fresh = [talk.kind for talk, new in talks if new and talk.kind is HYBRID]
        whole = max((talk.sent_for(sealed) for talk, _new in talks), default=sealed)
        whole += len(fresh) * offer_size(security.rsa)
        counts = security.counts
        counts["transfers"] += 1
        counts["bytes"] += size
        counts["overhead"] += sealed - size + len(fresh) * offer_size(security.rsa)
        counts["resent"] += whole - sealed - len(fresh) * offer_size(security.rsa)
        first, last = self._kinds_at(trip, 0), self._kinds_at(trip, -1)
        wires = _Wires(size, whole)
        return SecuredFlow(
            self._env,
            trip.ends[1],
            size,
            Stages(
                self._worker(trip.ends[0], first, 0, bool(fresh)),
                lambda part: send(wires.of(part)),
                self._worker(trip.ends[1], last, 1, bool(fresh)),
            ),
        )

    def _kinds_at(self, trip: Trip, end: int) -> list[EncryptionKind]:
        """Return what a host has to do at its end of the way."""
        kinds = (trip.kind, self._security.link_kind(trip.way[end]))
        return [kind for kind in kinds if kind is not NONE]

    def _worker(
        self, host: str, kinds: list[EncryptionKind], end: int, fresh: bool
    ) -> Callable[[int], Event | None]:
        """Return what works on each part on a host; the first has the new key to agree on."""
        costs, aes, rsa = self._security.costs, self._security.aes, self._security.rsa
        time = costs.decryption if end else costs.encryption
        keys = [time(HYBRID, 0, aes=aes, rsa=rsa)] if fresh and HYBRID in kinds else []

        def work(size: int) -> Event | None:
            plain = [EncryptionKind.AES if kind is HYBRID else kind for kind in kinds]
            spent = sum(time(kind, size, aes=aes, rsa=rsa) for kind in plain) + sum(keys)
            keys.clear()
            return self._compute(host, spent, end)

        return work

    def _compute(self, host: str, work: int, end: int) -> Event | None:
        if not work:
            return None
        name = "decryption" if end else "encryption"
        self._security.counts[f"{name}.time"] += work
        event = self._hosts[host].run(Process(self._number(), self._env.now, work, source=SYSTEM))
        if self._record.kept:
            begun = self._env.now
            assert event.callbacks is not None
            event.callbacks.append(
                lambda _event: self._record.span(f"{name} {host}", begun, self._env.now)
            )
        return event


class _Wires:
    """Shares what travels among the parts of what is sent, in proportion, to the last byte."""

    def __init__(self, size: int, whole: int) -> None:
        self._size, self._whole = size, whole
        self._given = self._done = 0

    def of(self, part: int) -> int:
        """Return the bytes that travel for the next part."""
        self._done += part
        upto = self._whole * self._done // self._size
        given, self._given = upto - self._given, upto
        return given


def _blank(trip: Trip, size: int) -> bytes:
    """Return bytes for a transfer of which nobody knows the content."""
    text = f"{trip.ends[0]} to {trip.ends[1]}: {size} bytes. "
    return (text * 32).encode()[: min(size, 1024)]
