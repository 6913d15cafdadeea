"""Protects what goes over the network, as a scenario says, and lets adversaries sit on links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aio_sim.codecs.encryption.adversaries import (
    Eavesdropper,
    LinkAdversary,
    Replayer,
    Tamperer,
)
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.distributed.protection import SecuredNetwork, Security, Tap
from aio_sim.distributed.protection.session_keys import SessionKeys
from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.scenario import Scenario
from aio_sim.scenario.protection import AdversarySpec
from aio_sim.scenario.wiring import Wiring
from aio_sim.simulation.part import Part


@dataclass(frozen=True)
class Secured:
    """The network as those use it who send, and what a run tells of its security."""

    transport: SecuredNetwork
    security: Security

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(totals=self.security.totals, meta=self._meta)

    def _meta(self) -> dict[str, object]:
        taps = self.security.taps
        return {"adversaries": [tap.as_json() for tap in taps]} if taps else {}


def secured(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    network: Network,
    hosts: list[Host],
) -> Secured:
    """Return the network on which what a scenario wants protected is, and on which some listen."""
    spec = scenario.encryption
    taps = [
        Tap(one.link, one.kind, _adversary(one, number, streams))
        for number, one in enumerate(scenario.adversaries)
    ]
    keys = SessionKeys(streams.stream("security.keys"), spec.rsa, spec.aes, spec.rotate)
    security = Security(_link_kinds(scenario), taps, keys, spec.rsa, spec.aes)
    by_name = {host.name: host for host in hosts}
    number = partial(trace.add_processes, ["encryption"])
    record = Record(trace, "security")
    return Secured(SecuredNetwork(env, network, by_name, security, number, record), security)


def _link_kinds(scenario: Scenario) -> dict[str, EncryptionKind]:
    """Return how links are protected, of those that are."""
    usual = scenario.encryption.kind
    said = Wiring(scenario.hosts, scenario.network).encryptions()
    kinds = {name: EncryptionKind(kind or usual) for name, kind in said.items()}
    return {name: kind for name, kind in kinds.items() if kind is not EncryptionKind.NONE}


def _adversary(spec: AdversarySpec, number: int, streams: RandomStreams) -> LinkAdversary:
    if spec.kind == "eavesdropper":
        return Eavesdropper()
    random = streams.stream(f"adversary.{number}")
    return (Tamperer if spec.kind == "tamperer" else Replayer)(random, spec.share)
