"""The keys under which two hosts talk: agreed on, rotated, and in a key store."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aio_sim.codecs.encryption.channel import Receiver, Sender, accept_key, offer_key
from aio_sim.codecs.encryption.frames import AesFrames, PlainFrames, RsaSealer, RsaUnsealer
from aio_sim.codecs.encryption.key_store import FOREVER, KeyLife, KeyStore
from aio_sim.codecs.encryption.keys import AesKey, RsaPrivateKey, new_rsa_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.simulated_keys import SimulatedEntropy
from aio_sim.kernel.errors import UnknownName

if TYPE_CHECKING:
    import numpy as np

SESSION = 16
"""Bytes of a session; see channel.SESSION."""


@cache
def _pairs(bits: int) -> tuple[RsaPrivateKey, RsaPrivateKey]:
    """Return the key pairs of all receivers and of all senders: one is as good as another, and each
    takes a while to find (assumption). Nothing that is recorded depends on them."""
    return new_rsa_key(bits), new_rsa_key(bits)


class SessionKeys:
    """Makes both ends of channels, under keys that are fresh every `life` nanoseconds.

    Keys are drawn from a random stream of the run, and kept in a key store whose keys stop
    encrypting after their life, and decrypting after twice that.
    """

    def __init__(self, random: np.random.Generator, rsa: int, aes: int, life: int | None) -> None:
        self._entropy = SimulatedEntropy(random)
        self._rsa = rsa
        self._aes = aes
        self._life = FOREVER if life is None else KeyLife(life, 2 * life)
        self.store = KeyStore(self._life)

    def open(self, name: str, kind: EncryptionKind, now: int) -> tuple[Sender, Receiver]:
        """Return the two ends of a new channel, under a fresh key of that name."""
        if kind is EncryptionKind.NONE:
            return Sender(kind, PlainFrames()), Receiver(kind, PlainFrames())
        session = self._entropy(SESSION)
        if kind is EncryptionKind.RSA:
            receiver, sender = _pairs(self._rsa)
            sealer = RsaSealer(receiver.public, sender, session)
            return Sender(kind, sealer), Receiver(
                kind, RsaUnsealer(receiver, sender.public, session)
            )
        ours, theirs = self._agreed(kind, session)
        self.store.add(name, ours, now)
        sealed, opened = AesFrames(ours, session), AesFrames(theirs, session)
        return Sender(kind, sealed), Receiver(kind, opened)

    def expires(self, name: str) -> int | None:
        """Return when the newest key of that name must be replaced, None where it need not be."""
        try:
            return self.store.rotation_due(name)
        except UnknownName:  # of kinds without a key of their own
            return None

    def _agreed(self, kind: EncryptionKind, session: bytes) -> tuple[AesKey, AesKey]:
        """Return the key as either side has it: given to both, or offered under RSA."""
        if kind is EncryptionKind.AES:
            key = AesKey(self._entropy(self._aes // 8))
            return key, key
        receiver, sender = _pairs(self._rsa)
        offer, ours = offer_key(receiver.public, sender, session, self._entropy)
        return ours, accept_key(offer, receiver, sender.public, session)
