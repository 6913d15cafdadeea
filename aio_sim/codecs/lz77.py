"""LZ77: the next bytes as a copy of earlier ones in a sliding window, or as themselves.

J. Ziv and A. Lempel, A universal algorithm for sequential data compression, IEEE Trans. Inf.
Theory 23(3), 1977; tokens with a flag bit after Storer and Szymanski, JACM 29(4), 1982; lazy
matching as in deflate. A literal takes 1 + 8 bits. A match takes 1 bit, its distance - 1 in as many
bits as the history so far needs, and its length - 2 in Elias's gamma code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from aio_sim.codecs.bits import BitReader, BitWriter
from aio_sim.codecs.match_finder import MAX_MATCH, MIN_MATCH, MatchFinder
from aio_sim.kernel.errors import CodecError
from aio_sim.kernel.messages import _

LAZY_BELOW = 32
"""A match this long is taken at once; a shorter one waits whether the next byte has a longer."""


class Literal(NamedTuple):
    """One byte as it is."""

    byte: int


class Match(NamedTuple):
    """`length` bytes copied from `distance` bytes back; the two may overlap."""

    distance: int
    length: int


Watch = Callable[[Literal | Match], None]
"""Who is told of each token, in order."""


@dataclass(frozen=True)
class Lz77:
    """The parameters of LZ77: the window is 2**window_bits bytes."""

    window_bits: int = 16

    def problem(self) -> str | None:
        """Return what is wrong with the parameters, or None."""
        if 8 <= self.window_bits <= 20:
            return None
        return _("window_bits must be from 8 to 20, not {bits}").format(bits=self.window_bits)

    def pack(self) -> bytes:
        """Return the two bytes that stand for the parameters in a stream."""
        return bytes((self.window_bits, 0))

    @classmethod
    def unpack(cls, packed: bytes) -> Lz77:
        """Return the parameters that `pack` wrote; CodecError for a reserved byte in use."""
        if packed[1]:
            raise CodecError(_("the stream has parameters that are not of LZ77"))
        return cls(packed[0])

    def encoder(self, watch: Watch | None = None) -> Lz77Encoder:
        """Return a fresh encoder of blocks."""
        return Lz77Encoder(1 << self.window_bits, watch)

    def decoder(self, watch: Watch | None = None) -> Lz77Decoder:
        """Return a fresh decoder of blocks."""
        return Lz77Decoder(1 << self.window_bits, watch)

    def tokens(self, data: bytes) -> Iterator[Literal | Match]:
        """Yield the tokens that stand for `data`, one after another."""
        return parse(data, 0, 1 << self.window_bits)


def parse(data: bytes, start: int, window: int) -> Iterator[Literal | Match]:
    """Yield the tokens of data[start:], where what stands before `start` is history."""
    finder = MatchFinder(data, window)
    finder.insert(0, start)
    position, end = start, len(data)
    length, distance = finder.longest(position)
    while position < end:
        finder.insert(position, position + 1)
        following = finder.longest(position + 1, length) if length < LAZY_BELOW else (0, 0)
        if length == 0 or following[0] > length:
            yield Literal(data[position])
            position += 1
            length, distance = following
            continue
        yield Match(distance, length)
        finder.insert(position + 1, position + length)
        position += length
        length, distance = finder.longest(position)


class Lz77Encoder:
    """Blocks in, packed tokens out; remembers the last `window` bytes. Memory: window + block."""

    def __init__(self, window: int, watch: Watch | None = None) -> None:
        self._window = window
        self._watch = watch
        self._history = b""

    def encode(self, block: bytes) -> bytes:
        """Return the packed tokens of `block`, which may copy from the blocks before it."""
        writer = BitWriter()
        data, position = self._history + block, len(self._history)
        for token in parse(data, position, self._window):
            if isinstance(token, Literal):
                writer.write(token.byte, 9)
                position += 1
            else:
                reach = min(position, self._window)
                width = (reach - 1).bit_length()
                writer.write((1 << width) | (token.distance - 1), width + 1)
                writer.write_gamma(token.length - MIN_MATCH + 1)
                position += token.length
            if self._watch:
                self._watch(token)
        self._history = data[-self._window :]
        return writer.finish()

    def stored(self, block: bytes) -> None:
        """Note that the last block goes into the stream as it is; it is history all the same."""


class Lz77Decoder:
    """Packed tokens in, blocks out; memory is bounded by the window and one block."""

    def __init__(self, window: int, watch: Watch | None = None) -> None:
        self._window = window
        self._watch = watch
        self._history = b""

    def decode(self, packed: bytes, size: int) -> bytes:
        """Return the block of exactly `size` bytes that the tokens stand for.

        Raises CodecError for a copy from before the beginning, or one that outgrows the block.
        """
        reader = BitReader(packed)
        data, start = bytearray(self._history), len(self._history)
        end = start + size
        while len(data) < end:
            if reader.read(1):
                self._copy(reader, data, end)
            else:
                data.append(reader.read(8))
                if self._watch:
                    self._watch(Literal(data[-1]))
        reader.finish()
        self._history = bytes(data[-self._window :])
        return bytes(data[start:])

    def stored(self, block: bytes) -> None:
        """Take a block that was stored as it is into the history."""
        self._history = (self._history + block)[-self._window :]

    def _copy(self, reader: BitReader, data: bytearray, end: int) -> None:
        reach = min(len(data), self._window)
        if not reach:
            raise CodecError(_("a match before there is anything to copy"))
        distance = reader.read((reach - 1).bit_length()) + 1
        length = reader.read_gamma(MAX_MATCH - MIN_MATCH + 1) + MIN_MATCH - 1
        if distance > reach or length > end - len(data):
            raise CodecError(
                _(
                    "a match of {length} bytes from {distance} bytes back is not possible here"
                ).format(length=length, distance=distance)
            )
        start = len(data) - distance
        source = data[start : start + length]
        data += (source * (length // distance + 1))[:length]
        if self._watch:
            self._watch(Match(distance, length))
