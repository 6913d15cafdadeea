"""Which of the three kinds of VMDK a file is."""

from __future__ import annotations

import struct
from pathlib import Path

from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.vmdk_flat import VmdkFlat
from aio_sim.virtualization.images.vmdk_header import MAGIC
from aio_sim.virtualization.images.vmdk_layer import Vmdk
from aio_sim.virtualization.images.vmdk_sparse import VmdkSparse
from aio_sim.virtualization.images.vmdk_stream import VmdkStream

_COMPRESSION_OFFSET = 77


def open_vmdk(path: Path, writable: bool = False, seed: int | None = None) -> Vmdk:
    """Open a VMDK of any kind by its first bytes; ImageError where they are of none."""
    file = ImageFile(path)
    try:
        head = file.read(0, min(file.size, _COMPRESSION_OFFSET + 2))
    finally:
        file.close()
    if not head.startswith(MAGIC):
        return VmdkFlat.open(path, writable, seed)
    if len(head) < _COMPRESSION_OFFSET + 2 or not _compression(head):
        return VmdkSparse.open(path, writable, seed)
    return VmdkStream.open(path, writable, seed)


def _compression(head: bytes) -> int:
    (method,) = struct.unpack_from("<H", head, _COMPRESSION_OFFSET)
    return int(method)
