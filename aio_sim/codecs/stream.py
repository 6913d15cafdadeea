"""The compressed stream: what is needed to read it again, blocks, and a checksum at the end.

    header   magic `AIOZ`, version 1, algorithm 1, parameters 2, original length 8 (or all ones)
    block    original length 4 (at most 256 KiB), packed length 4, packed tokens
    trailer  4 zero bytes, original length 8, CRC-32 of the header and the original bytes 4

Numbers are big-endian, sizes in bytes. A length of all ones was not known at the start. A block
that would not shrink is stored as it is, and then its two lengths are equal, so that no stream is
longer than the original by more than 8 bytes a block and 32 bytes. Nothing in a stream makes the
reader set memory aside before tokens justify it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from aio_sim.codecs.algorithms import (
    ALGORITHMS,
    CODES,
    Algorithm,
    Encoder,
    Watch,
    algorithm,
    name_of,
)
from aio_sim.codecs.chunks import ChunkReader, blocks
from aio_sim.kernel.errors import CodecError, InputError
from aio_sim.kernel.messages import _

MAGIC = b"AIOZ"
VERSION = 1
BLOCK = 1 << 18
"""Bytes of the original in one block: what an encoder takes at a time."""

UNKNOWN_LENGTH = (1 << 64) - 1
DEFAULT_MAX_OUTPUT = 1 << 28
"""Bytes; how much `decompress` makes in memory unless the caller allows more."""

_HEADER = struct.Struct(">4sBB2sQ")
_BLOCK = struct.Struct(">II")
_END = struct.Struct(">QI")


class StreamInfo(NamedTuple):
    """What a stream says of itself; `length` in bytes, None where it was not known at the start."""

    algorithm: Algorithm
    length: int | None


def compress(data: bytes, method: str = "lz77", **parameters: Any) -> bytes:
    """Return `data` as a compressed stream; parameters as for `algorithm`."""
    return b"".join(compress_stream([data], method, length=len(data), **parameters))


def decompress(stream: bytes, *, max_output: int | None = DEFAULT_MAX_OUTPUT) -> bytes:
    """Return the original bytes of a compressed stream.

    Raises CodecError where the stream is damaged, cut short, goes on after its end, or would make
    more than `max_output` bytes (None: no limit).
    """
    return b"".join(decompress_stream([stream], max_output=max_output))


def compress_stream(
    chunks: Iterable[bytes],
    method: str = "lz77",
    *,
    length: int | None = None,
    watch: Watch | None = None,
    **parameters: Any,
) -> Iterator[bytes]:
    """Return an iterator over a compressed stream of the bytes in `chunks`, however they are cut.

    `length`, in bytes, is written at the start where it is known. `watch` is told of each token,
    those of a block that is stored as it is included. Memory is bounded by the algorithm's window
    or dictionary and one block. Raises InputError where `length` is not what came.
    """
    chosen = algorithm(method, **parameters)
    return _compressed(chunks, chosen, length, watch)


def decompress_stream(
    chunks: Iterable[bytes], *, max_output: int | None = None, watch: Watch | None = None
) -> Iterator[bytes]:
    """Yield the original bytes of a stream, block by block; errors as of `decompress`.

    The checksum stands at the end: what was yielded is to be trusted only once this has finished.
    `watch` is told of each token in the stream.
    """
    reader = ChunkReader(chunks)
    header = reader.take(_HEADER.size)
    info = _read_header(header)
    decoder = info.algorithm.decoder(watch)
    checksum, total = zlib.crc32(header), 0
    while size := int.from_bytes(reader.take(4), "big"):
        packed = _read_block(reader, size)
        total += size
        _check_total(total, info, max_output)
        if len(packed) < size:
            block = decoder.decode(packed, size)
        else:
            block = packed
            decoder.stored(block)
        checksum = zlib.crc32(block, checksum)
        yield block
    _read_end(reader, info, total, checksum)


def describe(stream: bytes) -> StreamInfo:
    """Return what the header of a stream says; CodecError where it is not one of ours."""
    return _read_header(ChunkReader([stream]).take(_HEADER.size))


def _compressed(
    chunks: Iterable[bytes], chosen: Algorithm, length: int | None, watch: Watch | None
) -> Iterator[bytes]:
    stated = UNKNOWN_LENGTH if length is None else length
    code = CODES[name_of(chosen)]
    header = _HEADER.pack(MAGIC, VERSION, code, chosen.pack(), stated)
    yield header
    encoder = chosen.encoder(watch)
    checksum, total = zlib.crc32(header), 0
    for block in blocks(chunks, BLOCK):
        yield _write_block(encoder, block)
        checksum = zlib.crc32(block, checksum)
        total += len(block)
    if length is not None and total != length:
        raise InputError(
            _("{total} bytes came to be compressed, not the {length} announced").format(
                total=total, length=length
            )
        )
    yield bytes(4) + _END.pack(total, checksum)


def _write_block(encoder: Encoder, block: bytes) -> bytes:
    packed = encoder.encode(block)
    if len(packed) >= len(block):
        encoder.stored(block)
        packed = block
    return _BLOCK.pack(len(block), len(packed)) + packed


def _read_header(header: bytes) -> StreamInfo:
    magic, version, code, parameters, length = _HEADER.unpack(header)
    if magic != MAGIC:
        raise CodecError(
            _("not a compressed stream: it begins with {found!r} instead of {magic!r}").format(
                found=magic, magic=MAGIC
            )
        )
    if version != VERSION:
        raise CodecError(
            _("the stream is of version {version}; only {known} can be read").format(
                version=version, known=VERSION
            )
        )
    chosen = _algorithm_of(code).unpack(parameters)
    if problem := chosen.problem():
        raise CodecError(problem)
    return StreamInfo(chosen, None if length == UNKNOWN_LENGTH else length)


def _algorithm_of(code: int) -> type[Algorithm]:
    for name, known in CODES.items():
        if known == code:
            return ALGORITHMS[name]
    raise CodecError(_("the stream is of an unknown algorithm, number {code}").format(code=code))


def _read_block(reader: ChunkReader, size: int) -> bytes:
    packed = int.from_bytes(reader.take(4), "big")
    if size > BLOCK or not 0 < packed <= size:
        raise CodecError(
            _("a block of {size} bytes packed into {packed} is not possible").format(
                size=size, packed=packed
            )
        )
    return reader.take(packed)


def _check_total(total: int, info: StreamInfo, max_output: int | None) -> None:
    if info.length is not None and total > info.length:
        raise CodecError(_("the stream holds more bytes than it says"))
    if max_output is not None and total > max_output:
        raise CodecError(
            _("the stream would make more than the {limit} bytes allowed").format(limit=max_output)
        )


def _read_end(reader: ChunkReader, info: StreamInfo, total: int, checksum: int) -> None:
    length, expected = _END.unpack(reader.take(_END.size))
    if length != total or info.length not in (None, total):
        raise CodecError(
            _("the stream holds {total} bytes, not the {length} it says").format(
                total=total, length=length
            )
        )
    if checksum != expected:
        raise CodecError(_("the checksum does not fit: the stream is damaged"))
    if reader.more():
        raise CodecError(_("there is something after the end of the stream"))
