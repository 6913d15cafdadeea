"""Bytes that come in chunks of any size, taken in pieces of the size that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aio_sim.kernel.errors import CodecError
from aio_sim.kernel.messages import _


class ChunkReader:
    """Takes exact numbers of bytes from chunks; holds one chunk and what was asked for."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._chunk = memoryview(b"")

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes; CodecError where fewer are left."""
        pieces, missing = [], size
        while missing:
            piece = self._chunk[:missing]
            self._chunk = self._chunk[missing:]
            if not piece and not self.more():
                raise CodecError(
                    _("the stream is cut short: {missing} bytes are missing").format(
                        missing=missing
                    )
                )
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def more(self) -> bool:
        """Return whether anything is left, fetching the next chunk where this one is used up."""
        while not self._chunk:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._chunk = memoryview(chunk)
        return True

    def rest(self) -> Iterator[bytes]:
        """Yield what is left, in whatever pieces it comes."""
        while self.more():
            piece, self._chunk = bytes(self._chunk), memoryview(b"")
            yield piece


def blocks(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the bytes of `chunks` in blocks of `size`, the last one as long as what is left."""
    waiting = bytearray()
    for chunk in chunks:
        view = memoryview(chunk)
        while view:
            room = size - len(waiting)
            waiting += view[:room]
            view = view[room:]
            if len(waiting) == size:
                yield bytes(waiting)
                waiting.clear()
    if waiting:
        yield bytes(waiting)
