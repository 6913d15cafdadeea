"""A second, slow reading of the formats, straight from their tables, for disks of a few MiB."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

SECTOR = 512
MIB = 1 << 20
KINDS = [
    ("vdi", "dynamic"),
    ("vdi", "static"),
    ("vmdk", "monolithicSparse"),
    ("vmdk", "monolithicFlat"),
    ("vmdk", "streamOptimized"),
]


def u32(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "little")


def u64(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 8], "little")


def contents(path: Path) -> bytes:
    """Return the whole disk of an image without a parent."""
    raw = path.read_bytes()
    if path.suffix == ".raw":
        return raw
    if path.suffix == ".vdi":
        return vdi_contents(raw)
    return sparse_contents(raw) if raw[:4] == b"KDMV" else flat_contents(path, raw)


def vdi_contents(raw: bytes) -> bytes:
    map_at, data_at = u32(raw, 340), u32(raw, 344)
    size, block = u64(raw, 368), u32(raw, 376)
    disk = bytearray()
    for index in range(u32(raw, 384)):
        entry = u32(raw, map_at + 4 * index)
        start = data_at + entry * block
        disk += bytes(block) if entry >= 0xFFFFFFFE else raw[start : start + block]
    return bytes(disk[:size])


def sparse_contents(raw: bytes) -> bytes:
    size, grain = u64(raw, 12) * SECTOR, u64(raw, 20) * SECTOR
    per_table, directory = u32(raw, 44), u64(raw, 56)
    if directory == 0xFFFFFFFFFFFFFFFF:
        directory = u64(raw[-1024:], 56)
    disk = bytearray()
    while len(disk) < size:
        index = len(disk) // grain
        table = u32(raw, directory * SECTOR + 4 * (index // per_table))
        entry = u32(raw, table * SECTOR + 4 * (index % per_table)) if table else 0
        disk += grain_contents(raw, entry * SECTOR, grain) if entry else bytes(grain)
    return bytes(disk[:size])


def grain_contents(raw: bytes, start: int, grain: int) -> bytes:
    (compression,) = struct.unpack_from("<H", raw, 77)
    if not compression:
        return raw[start : start + grain]
    count = u32(raw, start + 8)
    return zlib.decompress(raw[start + 12 : start + 12 + count])


def flat_contents(path: Path, raw: bytes) -> bytes:
    found = re.search(rb'RW (\d+) FLAT "([^"]+)" (\d+)', raw)
    assert found
    start, length = int(found[3]) * SECTOR, int(found[1]) * SECTOR
    return (path.parent / found[2].decode()).read_bytes()[start : start + length]


def put(path: Path, offset: int, data: bytes) -> None:
    """Overwrite bytes of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def put_u32(path: Path, offset: int, value: int) -> None:
    put(path, offset, value.to_bytes(4, "little"))


def put_u64(path: Path, offset: int, value: int) -> None:
    put(path, offset, value.to_bytes(8, "little"))
