"""What really passes between two hosts: a sample of their bytes, past whoever sits between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import Final

from aio_sim.codecs.encryption.adversaries import LinkAdversary
from aio_sim.codecs.encryption.channel import Receiver, Sender
from aio_sim.codecs.encryption.kind import EncryptionKind

FRAME: Final = 1024
"""Bytes of content in a frame of the sample."""
RSA_FRAME: Final = 128
"""The same under RSA, one block of it, for each takes a millisecond."""
FIRST_FRAMES: Final = 64
"""Frames that really pass when two hosts begin to talk, the content over and over."""
FRAMES: Final = 4
"""Frames of each transfer after that."""
ENOUGH: Final = 8
"""After so many frames of which none got through, a host gives up."""


class Conversation:
    """A channel from one host to another; counts what becomes of its frames.

    `altered` and `repeated` were taken for genuine, `refused` were noticed; `verified` arrived as
    they were sent. A frame that was refused is sent again, in time, not here.
    """

    def __init__(self, kind: EncryptionKind, sender: Sender, receiver: Receiver) -> None:
        self.kind = kind
        self._sender = sender
        self._receiver = receiver
        self.sent = self.verified = self.altered = self.repeated = self.refused = 0

    @property
    def hopeless(self) -> bool:
        """Whether nothing gets through."""
        return self.sent >= ENOUGH and not self.verified + self.altered

    def sent_for(self, size: int) -> int:
        """Return the bytes that are sent until `size` have got through, at the rate so far."""
        through = self.verified + self.altered
        if self.kind is EncryptionKind.NONE or not through:
            return size
        return -(-size * self.sent // through)

    def pass_on(self, content: bytes, adversaries: Sequence[LinkAdversary], most: int) -> int:
        """Send a sample of the content past all adversaries; return how many frames were sent."""
        step = RSA_FRAME if self.kind is EncryptionKind.RSA else FRAME
        samples = [content[at : at + step] for at in range(0, len(content), step)]
        count = min(max(FIRST_FRAMES - self.sent, FRAMES), most)
        for sample in islice(cycle(samples), count):
            self._pass(sample, adversaries)
        return count

    def _pass(self, sample: bytes, adversaries: Sequence[LinkAdversary]) -> None:
        self.sent += 1
        arriving: Iterable[bytes] = (self._sender.send(sample),)
        for adversary in adversaries:
            arriving = [after for frame in arriving for after in adversary.meet(frame)]
        first = True
        for frame in arriving:
            payload, fault = self._receiver.receive(frame)
            if fault is not None:
                self.refused += 1
            elif not first:
                self.repeated += 1
            elif payload == sample:
                self.verified += 1
            else:
                self.altered += 1
            first = False
