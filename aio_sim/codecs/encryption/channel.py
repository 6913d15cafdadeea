"""The secure channel: frames in order, each once, unaltered, up to a last one.

What frames of kind `none` carry is taken as it comes: they have nothing to check it by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from aio_sim.codecs.encryption.envelope import decrypt, encrypt
from aio_sim.codecs.encryption.frames import FrameSealer, FrameUnsealer, Head, split
from aio_sim.codecs.encryption.keys import AesKey, Entropy, RsaPrivateKey, RsaPublicKey, new_aes_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.replay_window import USUAL_WINDOW, FrameFault, ReplayWindow
from aio_sim.kernel.errors import EncryptionError
from aio_sim.kernel.messages import _

SESSION: Final = 16
"""Bytes of a session: enough that no two drawn at random are the same."""


class Received(NamedTuple):
    """What became of a frame: its payload, or why it was refused."""

    payload: bytes | None
    fault: FrameFault | None = None


class Sender:
    """The end of a channel that seals frames."""

    def __init__(self, kind: EncryptionKind, sealer: FrameSealer) -> None:
        self._kind, self._sealer = kind, sealer
        self._sequence = 0

    def send(self, payload: bytes) -> bytes:
        """Return the next frame."""
        return self._frame(payload, end=False)

    def close(self) -> bytes:
        """Return the last frame, by which the receiver knows that nothing is missing."""
        return self._frame(b"", end=True)

    def _frame(self, payload: bytes, end: bool) -> bytes:
        head = Head(self._sequence, end, self._kind)
        self._sequence += 1
        return head.pack() + self._sealer.seal(head, payload)


@dataclass
class Receiver:
    """The end of a channel that checks frames; `accepted` counts those that it took."""

    kind: EncryptionKind
    unsealer: FrameUnsealer
    window: int = USUAL_WINDOW
    accepted: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        self._seen = ReplayWindow(self.window)

    @property
    def missing(self) -> int:
        """How many frames before the highest did not come, or were refused."""
        return max(self._seen.highest + 1 - self.accepted, 0)

    def receive(self, frame: bytes) -> Received:
        """Return the payload of a frame, or what is wrong with it."""
        parts = split(frame)
        if parts is None or parts[0].kind is not self.kind:
            return Received(None, FrameFault.FORGED)
        head, body = parts
        if self.kind is not EncryptionKind.NONE and (fault := self._seen.fault(head.sequence)):
            return Received(None, fault)
        payload = self.unsealer.unseal(head, body)
        if payload is None:
            return Received(None, FrameFault.FORGED)
        self._take(head)
        return Received(payload)

    def check_complete(self) -> None:
        """Raise EncryptionError unless every frame came, up to the last one."""
        if self.missing:
            raise EncryptionError(
                _("{count} frames are missing or were refused").format(count=self.missing)
            )
        if not self.closed:
            raise EncryptionError(_("the channel was cut before its last frame"))

    def _take(self, head: Head) -> None:
        if self._seen.fault(head.sequence) is None:
            self._seen.accept(head.sequence)
        self.accepted += 1
        self.closed = self.closed or head.end


def offer_key(
    receiver: RsaPublicKey, sender: RsaPrivateKey, session: bytes, entropy: Entropy
) -> tuple[bytes, AesKey]:
    """Return a signed offer of a fresh AES key for a session that the receiver began, and the key.

    This is how a channel of kind `hybrid` begins.
    """
    fresh = new_aes_key(entropy=entropy)
    offer = encrypt(session + fresh.secret, EncryptionKind.HYBRID, receiver, sender=sender)
    return offer, fresh


def accept_key(
    offer: bytes, receiver: RsaPrivateKey, sender: RsaPublicKey, session: bytes
) -> AesKey:
    """Return the AES key of an offer; EncryptionError unless it is `sender`'s for this session."""
    opened = decrypt(offer, receiver, sender=sender)
    if opened[: len(session)] != session:
        raise EncryptionError(_("the offer of a key is for another session: it was replayed"))
    return AesKey(opened[len(session) :])
