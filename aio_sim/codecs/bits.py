"""Bits packed into bytes, the most significant first, and Elias's gamma code for small numbers."""

from __future__ import annotations

from aio_sim.kernel.errors import CodecError
from aio_sim.kernel.messages import _

REFILL = 32
"""Bytes that move at a time: large enough to be rare, small enough to shift cheaply."""


class BitWriter:
    """Collects numbers of stated widths into bytes."""

    __slots__ = ("_bits", "_count", "_packed")

    def __init__(self) -> None:
        self._packed = bytearray()
        self._bits = 0
        self._count = 0

    def write(self, value: int, width: int) -> None:
        """Append `value` (0 <= value < 2**width) as `width` bits."""
        self._bits = (self._bits << width) | value
        self._count += width
        if self._count >= 8 * REFILL:
            self._flush()

    def write_gamma(self, value: int) -> None:
        """Append `value` >= 1 in Elias's gamma code.

        That is as many zeros as it has bits after the first, then the number itself.
        P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inf.
        Theory 21(2), 1975: 2 floor(log2 value) + 1 bits.
        """
        self.write(value, 2 * value.bit_length() - 1)

    def finish(self) -> bytes:
        """Return all the bytes, the last one filled up with zero bits."""
        padding = -self._count % 8
        self.write(0, padding)
        self._flush()
        return bytes(self._packed)

    def _flush(self) -> None:
        whole, left = divmod(self._count, 8)
        self._packed += (self._bits >> left).to_bytes(whole, "big")
        self._bits &= (1 << left) - 1
        self._count = left


class BitReader:
    """Takes numbers of stated widths out of bytes; never reads past the end.

    Every method raises CodecError where the bits run out.
    """

    __slots__ = ("_at", "_bits", "_count", "_packed")

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = 0
        self._bits = 0
        self._count = 0

    def read(self, width: int) -> int:
        """Return the next `width` bits as a number."""
        if self._count < width:
            self._refill(width)
        self._count -= width
        value = self._bits >> self._count
        self._bits &= (1 << self._count) - 1
        return value

    def read_gamma(self, limit: int) -> int:
        """Return the next number in Elias's gamma code; CodecError where it is above `limit`."""
        longest = limit.bit_length()
        if self._count < longest and self._at < len(self._packed):
            self._refill(longest, partly=True)
        zeros = self._count - self._bits.bit_length()
        if zeros >= longest:
            raise CodecError(_("a number in the stream is larger than {limit}").format(limit=limit))
        value = self.read(2 * zeros + 1)
        if value > limit:
            raise CodecError(_("a number in the stream is larger than {limit}").format(limit=limit))
        return value

    def finish(self) -> None:
        """Check that nothing is left but the zero bits that fill up the last byte."""
        if self._at < len(self._packed) or self._count >= 8 or self._bits:
            raise CodecError(_("a block goes on after its last token"))

    def _refill(self, width: int, *, partly: bool = False) -> None:
        more = self._packed[self._at : self._at + REFILL]
        self._at += len(more)
        self._bits = (self._bits << 8 * len(more)) | int.from_bytes(more, "big")
        self._count += 8 * len(more)
        if self._count < width and not partly:
            raise CodecError(_("a block ends in the middle of a token"))
