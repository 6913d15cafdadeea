"""Checksums of the chunks of a block, by which bytes that have changed are found."""

from __future__ import annotations

import zlib
from array import array
from typing import Final

CHUNK: Final = 512
"""Bytes a checksum: dfs.bytes-per-checksum of HDFS (hdfs-default.xml)."""


def checksums(data: bytes) -> array[int]:
    """Return the CRC-32 of each chunk of 512 bytes, the last one as short as it is."""
    return array("L", (zlib.crc32(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)))


def first_difference(data: bytes, sums: array[int]) -> int | None:
    """Return the number of the first chunk that is not what it was, None where all are.

    CRC-32 notices every change of up to 32 bits in a row, and of the others all but 2^-32
    (Peterson & Brown, Cyclic Codes for Error Detection, Proceedings of the IRE 49(1), 1961).
    """
    found = checksums(data)
    if found == sums:
        return None
    pairs = enumerate(zip(found, sums, strict=False))
    unequal = (number for number, (now, then) in pairs if now != then)
    return next(unequal, min(len(found), len(sums)))
