"""Transfers that are encrypted: what they cost, what travels, and what adversaries make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.codecs.costs import SHIPPED
from aio_sim.codecs.encryption.adversaries import Eavesdropper, Replayer, Tamperer
from aio_sim.codecs.encryption.channel import SESSION, Sender, offer_key
from aio_sim.codecs.encryption.envelope import PIECE
from aio_sim.codecs.encryption.frames import AesFrames, RsaSealer
from aio_sim.codecs.encryption.keys import AesKey, new_rsa_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.sealed_sizes import offer_size, sealed_size
from aio_sim.distributed.protection import SecuredNetwork, Security, Tap
from aio_sim.distributed.protection.session_keys import SessionKeys
from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Link, Network, Switch, Topology, TransferFailed
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies import FirstComeFirstServed

NONE, AES = EncryptionKind.NONE, EncryptionKind.AES
RSA, HYBRID = EncryptionKind.RSA, EncryptionKind.HYBRID
GIGABIT = 10**9
TEXT = b"what nobody but the two of us may know. " * 200


class Pair:
    """Two hosts on one switch, and whoever sits on the links."""

    def __init__(
        self,
        links: dict[str, EncryptionKind] | None = None,
        taps: list[Tap] | None = None,
        rate: int = GIGABIT,
        rotate: int | None = None,
        latency: int = 0,
    ) -> None:
        self.env = Environment()
        names, trace = ("a", "b"), Trace()
        wires = tuple(Link(f"{name}-switch", (name, "switch"), rate, latency) for name in names)
        self.wires = Network(self.env, Topology(names, (Switch("switch"),), wires))
        self.cpus = {name: Cpu(self.env, trace, name, 1, FirstComeFirstServed()) for name in names}
        hosts = {name: Host(name, cpu, 2**30) for name, cpu in self.cpus.items()}
        keys = SessionKeys(np.random.default_rng(0), 2048, 256, rotate)
        self.security = Security(links or {}, taps or [], keys, rsa=2048)
        self.network = SecuredNetwork(
            *(self.env, self.wires, hosts, self.security),
            *(lambda: 1_000_000, Record(trace, "security")),
        )

    def send(self, size: int, kind: EncryptionKind = NONE, content: bytes = TEXT) -> Any:
        flow = self.network.under(kind).transfer("a", "b", size, content=content)
        self.env.run(flow.done)
        return flow

    def worked(self, host: str) -> int:
        return int(self.cpus[host].busy)


@pytest.mark.parametrize("size", [1, 1000, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_what_travels_is_as_long_as_real_frames(size: int) -> None:
    key = AesKey(bytes(32))
    aes = Sender(AES, AesFrames(key, bytes(SESSION)))
    receiver, signer = new_rsa_key(2048), new_rsa_key(2048)
    rsa = Sender(RSA, RsaSealer(receiver.public, signer, bytes(SESSION)))
    pieces = [bytes(min(PIECE, size - at)) for at in range(0, size, PIECE)]
    assert sealed_size(AES, size) == sum(len(aes.send(piece)) for piece in pieces)
    assert sealed_size(RSA, size, 2048) == sum(len(rsa.send(piece)) for piece in pieces)
    assert sealed_size(NONE, size) == size


def test_the_offer_of_a_key_is_as_long_as_a_real_one() -> None:
    receiver, signer = new_rsa_key(2048), new_rsa_key(2048)
    offer, _key = offer_key(receiver.public, signer, bytes(SESSION), lambda size: bytes(size))
    assert len(offer) == offer_size(2048)


@pytest.mark.parametrize("kind", [AES, RSA, HYBRID])
def test_both_hosts_work_as_long_as_the_cost_model_says(kind: EncryptionKind) -> None:
    pair, size = Pair(), 16 * PIECE
    pair.send(size, kind)
    for host, time in (("a", SHIPPED.encryption), ("b", SHIPPED.decryption)):
        expected = time(kind, size, rsa=2048)
        if kind is RSA:  # each of the parts rounds its blocks up
            assert expected <= pair.worked(host) <= 1.02 * expected
        else:
            assert pair.worked(host) == pytest.approx(expected, abs=32)


def test_encryption_sending_and_decryption_overlap() -> None:
    """The slowest of the three is what a transfer takes, and a sixteenth of the others."""
    pair, size = Pair(rate=100 * GIGABIT), 2**30
    pair.send(size, AES)
    times = [
        SHIPPED.encryption(AES, size),
        sealed_size(AES, size) * 8 * SECOND // (100 * GIGABIT),
        SHIPPED.decryption(AES, size),
    ]
    expected = max(times) + (sum(times) - max(times)) / 16
    assert pair.env.now == pytest.approx(expected, rel=0.001)


def test_parts_follow_each_other_without_waiting_for_the_latency_of_the_way() -> None:
    near, far = Pair(), Pair(latency=SECOND // 20)
    for pair in (near, far):
        pair.send(16 * 10**6, AES)
    assert far.env.now - near.env.now == pytest.approx(SECOND // 10, rel=1e-6)


def test_a_link_that_is_protected_costs_the_host_at_its_end_only() -> None:
    pair = Pair({"a-switch": AES})
    pair.send(2**20)
    assert pair.worked("a") > 0
    assert pair.worked("b") == 0


def test_unprotected_bytes_cost_what_they_cost_without_all_this() -> None:
    pair = Pair()
    pair.send(10**9)
    assert pair.env.now == 8 * SECOND
    assert not any(pair.security.counts.values())


def test_a_hybrid_agrees_on_a_key_once_and_again_when_it_is_due() -> None:
    pair = Pair(rotate=10 * SECOND)
    for _time in range(3):
        pair.send(2**20, HYBRID)
    assert pair.security.counts["sessions"] == 1
    pair.env.run(pair.env.now + 10 * SECOND)
    pair.send(2**20, HYBRID)
    assert pair.security.counts["sessions"] == 2
    assert pair.security.counts["rotations"] == 1
    assert len(pair.security.keys.store.versions("hybrid a b")) == 2


@pytest.mark.parametrize("kind", [NONE, AES, RSA, HYBRID])
def test_an_eavesdropper_reads_what_is_not_encrypted_and_nothing_else(kind: EncryptionKind) -> None:
    tap = Tap("a-switch", "eavesdropper", Eavesdropper())
    Pair(taps=[tap]).send(10**6, kind)
    assert tap.passed == 10**6
    assert tap.readable == (10**6 if kind is NONE else 0)
    assert bool(tap.adversary.known.excerpt) is (kind is NONE)
    assert tap.adversary.known.excerpt in TEXT


@settings(max_examples=20)
@given(st.sampled_from([AES, HYBRID]), st.floats(0, 1), st.booleans(), st.integers(0, 2**32))
def test_no_change_and_no_repetition_is_ever_taken_for_genuine(
    kind: EncryptionKind, share: float, tamper: bool, seed: int
) -> None:
    adversary = (Tamperer if tamper else Replayer)(np.random.default_rng(seed), share)
    pair = Pair(taps=[Tap("b-switch", "tamperer", adversary)])
    try:
        pair.send(10**6, kind)
    except TransferFailed:
        assert tamper
    totals = pair.security.totals()
    assert totals["security.frames.altered"] == totals["security.frames.repeated"] == 0
    verified, refused = totals["security.frames.verified"], totals["security.frames.refused"]
    if tamper:
        assert verified + refused == totals["security.frames.sent"]
    else:
        assert verified == totals["security.frames.sent"]


def test_what_is_refused_is_sent_again() -> None:
    tamperer = Tamperer(np.random.default_rng(1), 0.5)
    pair = Pair(taps=[Tap("b-switch", "tamperer", tamperer)])
    pair.send(10**8, AES)
    sent = pair.security.totals()
    rate = sent["security.frames.sent"] / sent["security.frames.verified"]
    assert pair.env.now == pytest.approx(0.8 * SECOND * rate, rel=0.01)


def test_a_transfer_that_cannot_get_through_fails_and_says_why() -> None:
    tamperer = Tamperer(np.random.default_rng(1), 1)
    pair = Pair(taps=[Tap("b-switch", "tamperer", tamperer)])
    with pytest.raises(TransferFailed, match="every frame was altered on the way from a"):
        pair.send(10**6, AES)


def test_a_transfer_that_is_given_up_as_it_is_encrypted_sends_nothing() -> None:
    pair, trace = Pair(), Trace()
    flow = pair.network.under(RSA).transfer("a", "b", 10**6, content=TEXT)
    pair.env.run(1000)
    assert flow.sent == 0
    flow.cancel()
    pair.env.run()
    pair.wires.report(trace)
    assert "network.bytes" not in trace.totals


def test_a_transfer_that_is_given_up_gives_up_what_is_under_way() -> None:
    pair = Pair()
    flow = pair.network.under(AES).transfer("a", "b", 10**9, content=TEXT)
    pair.env.run(SECOND)
    assert 0 < flow.sent < 10**9
    assert flow.rate == pytest.approx(GIGABIT, rel=0.01)
    flow.cancel()
    with pytest.raises(TransferFailed, match="given up"):
        pair.env.run(flow.done)
