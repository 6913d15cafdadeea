"""Who sits on a link: an eavesdropper, a tamperer and a replayer.

They know every format and no key (Kerckhoffs, 1883). An adversary is handed each frame and says
which frames arrive in its place; it does no I/O and schedules nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aio_sim.codecs.encryption.frames import HEAD, split
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np

EXCERPT: Final = 64
"""Bytes of what was read that a report shows."""

REMEMBERED: Final = 256
"""Frames that a replayer keeps."""


@dataclass
class Knowledge:
    """What an adversary has learned: frames and bytes that it saw, and what it could read."""

    frames: int = 0
    seen: int = 0
    read: int = 0
    excerpt: bytes = b""

    def learn(self, frame: bytes) -> None:
        """Take in a frame; its size is no secret, its payload is one only where it is protected."""
        self.frames += 1
        self.seen += len(frame)
        parts = split(frame)
        if parts is None or parts[0].kind is not EncryptionKind.NONE:
            return
        self.read += len(parts[1])
        self.excerpt += parts[1][: EXCERPT - len(self.excerpt)]


class LinkAdversary(Protocol):
    """Somebody on a link."""

    known: Knowledge

    def meet(self, frame: bytes) -> tuple[bytes, ...]:
        """Return the frames that arrive where `frame` was sent."""


class Eavesdropper:
    """Listens, and lets everything pass."""

    def __init__(self) -> None:
        self.known = Knowledge()

    def meet(self, frame: bytes) -> tuple[bytes, ...]:
        """Return the frame as it came."""
        self.known.learn(frame)
        return (frame,)


class Tamperer:
    """Inverts one bit in a share of the frames, of the body where there is one.

    Raises InputError unless 0 <= share <= 1.
    """

    def __init__(self, generator: np.random.Generator, share: float = 1.0) -> None:
        _check_share(share)
        self.known = Knowledge()
        self._generator, self._share = generator, share

    def meet(self, frame: bytes) -> tuple[bytes, ...]:
        """Return the frame, altered or not."""
        self.known.learn(frame)
        if self._generator.random() >= self._share or not frame:
            return (frame,)
        first = HEAD if len(frame) > HEAD else 0
        bit = int(self._generator.integers(8 * first, 8 * len(frame)))
        altered = bytearray(frame)
        altered[bit // 8] ^= 1 << bit % 8
        return (bytes(altered),)


class Replayer:
    """After a share of the frames, sends one again that it has seen before.

    Raises InputError unless 0 <= share <= 1.
    """

    def __init__(self, generator: np.random.Generator, share: float = 1.0) -> None:
        _check_share(share)
        self.known = Knowledge()
        self._generator, self._share = generator, share
        self._remembered: deque[bytes] = deque(maxlen=REMEMBERED)

    def meet(self, frame: bytes) -> tuple[bytes, ...]:
        """Return the frame, and perhaps an old one behind it."""
        self.known.learn(frame)
        self._remembered.append(frame)
        if self._generator.random() >= self._share:
            return (frame,)
        return frame, self._remembered[int(self._generator.integers(len(self._remembered)))]


def _check_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise InputError(
            _("the share of frames must be from 0 to 1, not {share}").format(share=share)
        )
