"""The secure channel: each frame once, unaltered, to the last; who attacks it learns nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.adversaries import Eavesdropper, LinkAdversary, Replayer, Tamperer
from aio_sim.codecs.encryption.attack import AttackReport, attack
from aio_sim.codecs.encryption.channel import (
    Receiver,
    Sender,
    accept_key,
    offer_key,
)
from aio_sim.codecs.encryption.frames import AesFrames, PlainFrames, RsaSealer, RsaUnsealer
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.replay_window import FrameFault
from aio_sim.codecs.encryption.simulated_keys import SimulatedEntropy
from aio_sim.kernel.errors import EncryptionError, InputError

NONE, AES, RSA = EncryptionKind.NONE, EncryptionKind.AES, EncryptionKind.RSA
SESSION = b"the session here"
MESSAGES = [f"light {number} is red".encode() for number in range(40)]

Channel = Callable[[EncryptionKind], tuple[Sender, Receiver]]
Adversary = Callable[[np.random.Generator, float], LinkAdversary]


@pytest.fixture(scope="session")
def channel(aes: AesKey, alice: RsaPrivateKey, bob: RsaPrivateKey) -> Channel:
    """Return both ends of a new channel of a kind, from bob to alice."""

    def ends(kind: EncryptionKind) -> tuple[Sender, Receiver]:
        if kind is NONE:
            return Sender(kind, PlainFrames()), Receiver(kind, PlainFrames())
        if kind is AES:
            return Sender(kind, AesFrames(aes, SESSION)), Receiver(kind, AesFrames(aes, SESSION))
        sealer = RsaSealer(alice.public, bob, SESSION)
        return Sender(kind, sealer), Receiver(kind, RsaUnsealer(alice, bob.public, SESSION))

    return ends


def attacked(
    kind: EncryptionKind, adversary: LinkAdversary, channel: Channel, messages: int = 40
) -> AttackReport:
    sender, receiver = channel(kind)
    return attack(MESSAGES[:messages], sender, receiver, adversary)


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("kind", [NONE, AES, RSA])
@pytest.mark.parametrize("size", [0, 1, 190, 191, 1000])
def test_messages_arrive_as_they_were_sent(
    kind: EncryptionKind, size: int, channel: Channel
) -> None:
    sender, receiver = channel(kind)
    assert receiver.receive(sender.send(bytes(size))).payload == bytes(size)
    with pytest.raises(EncryptionError, match="cut before its last frame"):
        receiver.check_complete()
    receiver.receive(sender.close())
    receiver.check_complete()


@given(order=st.permutations(range(10)))
def test_each_frame_is_taken_once_in_any_order(channel: Channel, order: list[int]) -> None:
    sender, receiver = channel(AES)
    frames = [sender.send(message) for message in MESSAGES[:9]] + [sender.close()]
    for number in order:
        assert receiver.receive(frames[number]).fault is None
        assert receiver.receive(frames[number]).fault is FrameFault.REPLAYED
    receiver.check_complete()


@given(data=st.data(), kind=st.sampled_from([AES, RSA]))
def test_no_altered_or_cut_frame_is_taken(
    channel: Channel, data: st.DataObject, kind: EncryptionKind
) -> None:
    sender, receiver = channel(kind)
    frame = bytearray(sender.send(b"stop"))
    bit = data.draw(st.integers(0, 8 * len(frame) - 1))
    cut = bytes(frame[: data.draw(st.integers(0, len(frame) - 1))])
    frame[bit // 8] ^= 1 << bit % 8
    assert receiver.receive(bytes(frame)).fault is FrameFault.FORGED
    assert receiver.receive(cut).fault is FrameFault.FORGED
    assert receiver.accepted == 0


def test_what_is_missing_is_known(channel: Channel) -> None:
    sender, receiver = channel(AES)
    frames = [sender.send(message) for message in MESSAGES] + [sender.close()]
    for frame in frames[:10] + frames[13:]:
        receiver.receive(frame)
    assert receiver.missing == 3
    with pytest.raises(EncryptionError, match="3 frames are missing"):
        receiver.check_complete()


def test_frames_far_behind_are_too_old(aes: AesKey) -> None:
    sender = Sender(AES, AesFrames(aes, SESSION))
    receiver = Receiver(AES, AesFrames(aes, SESSION), window=4)
    frames = [sender.send(message) for message in MESSAGES[:6]]
    assert receiver.receive(frames[5]).payload == MESSAGES[5]
    assert receiver.receive(frames[1]).fault is FrameFault.TOO_OLD
    assert receiver.receive(frames[2]).payload == MESSAGES[2]


def test_a_frame_of_another_session_or_kind_is_refused(aes: AesKey) -> None:
    receiver = Receiver(AES, AesFrames(aes, b"another session."))
    assert receiver.receive(Sender(AES, AesFrames(aes, SESSION)).send(b"x")) == (
        None,
        FrameFault.FORGED,
    )
    assert receiver.receive(Sender(NONE, PlainFrames()).send(b"x")).fault is FrameFault.FORGED


def test_an_eavesdropper_reads_all_of_a_plain_link_and_nothing_of_others(channel: Channel) -> None:
    plain = attacked(NONE, Eavesdropper(), channel)
    assert plain.known.read == sum(len(message) for message in MESSAGES)
    assert plain.known.excerpt.startswith(MESSAGES[0])
    for kind in (AES, RSA):
        found = attacked(kind, Eavesdropper(), channel, 5)
        assert (found.known.read, found.known.excerpt) == (0, b"")
        assert found.known.seen > 0
        assert found.complete
        assert found.unaltered == found.sent == 6


@pytest.mark.parametrize("kind", [AES, RSA])
@pytest.mark.parametrize("adversary", [Tamperer, Replayer])
def test_with_encryption_every_change_is_noticed(
    kind: EncryptionKind, adversary: Adversary, channel: Channel
) -> None:
    found = attacked(kind, adversary(generator(), 0.5), channel, 20)
    assert found.unnoticed == 0
    assert found.refused.total() > 0
    assert found.complete == (found.unaltered == found.sent)
    noticed = FrameFault.FORGED if adversary is Tamperer else FrameFault.REPLAYED
    assert set(found.refused) == {noticed}
    if adversary is Tamperer:
        assert found.unaltered + found.refused[noticed] == found.sent


def test_without_encryption_changes_and_repetitions_are_believed(channel: Channel) -> None:
    tampered = attacked(NONE, Tamperer(generator(), 0.5), channel)
    assert tampered.altered > 0
    assert tampered.refused.total() == 0
    repeated = attacked(NONE, Replayer(generator(), 0.5), channel)
    assert repeated.repeated > 0
    assert repeated.altered == 0


def test_a_report_is_plain_json(channel: Channel) -> None:
    found = attacked(NONE, Eavesdropper(), channel, 2).as_json()
    assert found == {
        "sent": 3,
        "unaltered": 3,
        "altered": 0,
        "repeated": 0,
        "refused": {"forged": 0, "replayed": 0, "too old": 0},
        "missing": 0,
        "complete": True,
        "bytes_seen": 30 + len(b"".join(MESSAGES[:2])),
        "bytes_read": len(b"".join(MESSAGES[:2])),
        "excerpt": "light 0 is redlight 1 is red",
    }


def test_a_share_is_from_0_to_1() -> None:
    for adversary in (Tamperer, Replayer):
        with pytest.raises(InputError, match="from 0 to 1"):
            adversary(generator(), 1.5)


def test_a_hybrid_channel_begins_with_an_offer_for_one_session(
    alice: RsaPrivateKey, bob: RsaPrivateKey
) -> None:
    offer, key = offer_key(alice.public, bob, SESSION, SimulatedEntropy(generator()))
    assert accept_key(offer, alice, bob.public, SESSION) == key
    with pytest.raises(EncryptionError, match="replayed"):
        accept_key(offer, alice, bob.public, b"a later session.")
    with pytest.raises(EncryptionError, match="signature"):
        accept_key(offer, alice, alice.public, SESSION)
    with pytest.raises(EncryptionError, match="wrong key"):
        accept_key(offer, bob, bob.public, SESSION)
