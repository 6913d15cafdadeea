"""A law by which the blocks of a volume change, worked out only as far as somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.volume import Volume

if TYPE_CHECKING:
    import numpy as np

_AT_A_TIME: Final = 4096
"""Random numbers drawn in one go; which ones does not depend on it."""

_TEXT: Final = b"eeeeetttttaaaaooooiiiinnnnsssshhhrrrddllu    ,.0123456789"
"""Letters about as often as blocks of records have them, noise aside. An assumption."""
_AS_TEXT: Final = bytes(_TEXT[byte * len(_TEXT) // 256] for byte in range(256))


@dataclass(frozen=True)
class ChangeLaw:
    """How a volume changes: `interval` ns from one write of a block to the next.

    A share `hot_writes` of them goes to the first `hot_blocks` of the blocks, evenly, the others to
    the rest; `noise` is the share of each block that does not compress. Raises InputError for a
    number that cannot be.
    """

    interval: int
    hot_blocks: Fraction = Fraction(1)
    hot_writes: Fraction = Fraction(1)
    noise: Fraction = Fraction(1, 4)

    def __post_init__(self) -> None:
        shares = (self.hot_blocks, self.hot_writes, self.noise)
        if self.interval < 1 or not all(0 <= share <= 1 for share in shares):
            raise InputError(_("shares are from 0 to 1, and an interval is 1 ns or more"))
        if (self.hot_blocks == 0 and self.hot_writes) or (
            self.hot_blocks == 1 and self.hot_writes < 1
        ):
            raise InputError(_("writes go to blocks of which there are none"))


class ChangingVolume:
    """A volume that is full at 0 and then changes by a law; `advance` brings it up to a time."""

    def __init__(self, volume: Volume, law: ChangeLaw, random: np.random.Generator) -> None:
        self.volume = volume
        self._law = law
        self._random = random
        self._hot = round(law.hot_blocks * volume.blocks)
        self._places = self._drawn()
        self._next = law.interval
        self._is_running = True
        for number in range(volume.blocks):
            volume.write(number, self._content(), 0)

    def advance(self, now: int) -> None:
        """Make all writes up to a time in ns, the one that is due at it included."""
        while self._is_running and self._next <= now:
            self.volume.write(next(self._places), self._content(), self._next)
            self._next += self._law.interval

    def stop(self) -> None:
        """Write nothing until `resume`."""
        self._is_running = False

    def resume(self, now: int, volume: Volume | None = None) -> None:
        """Go on, with another volume where one is given; what was due meanwhile is not written."""
        self._is_running = True
        self.volume = volume or self.volume
        self._next = max(self._next, (now // self._law.interval + 1) * self._law.interval)

    def _drawn(self) -> Iterator[int]:
        blocks, hot = self.volume.blocks, self._hot
        while True:
            for share, place in self._random.random((_AT_A_TIME, 2)).tolist():
                if share < self._law.hot_writes:
                    yield int(place * max(hot, 1))
                else:
                    yield hot + int(place * (blocks - hot))

    def _content(self) -> bytes:
        """Return a block: noise, then text."""
        size = self.volume.block_size
        noise = round(self._law.noise * size)
        drawn = self._random.bytes(size)
        return drawn[:noise] + drawn[noise:].translate(_AS_TEXT)
