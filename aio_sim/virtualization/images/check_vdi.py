"""What is wrong in a VDI that its readers may let pass."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import SECTOR, Fault
from aio_sim.virtualization.images.rules import Rule
from aio_sim.virtualization.images.vdi import Vdi
from aio_sim.virtualization.images.vdi_header import (
    DIFFERENCING,
    IMAGE_UUID_OFFSET,
    MODIFIED_OFFSET,
    NO_UUID,
    STATIC,
)

_WITH_GEOMETRY: Final = 400
_GEOMETRY_SECTOR_SIZE_OFFSET: Final = 468


def strict_vdi(image: Vdi) -> Iterator[Fault]:
    """Yield broken rules of the header, and bytes of the file that belong to nothing."""
    for rule in (*_size_rules(image), *_uuid_rules(image), _geometry_rule(image)):
        if not rule.holds:
            yield rule.fault()
    yield from _unused_bytes(image)


def _size_rules(image: Vdi) -> list[Rule]:
    header = image.header
    needed = -(-header.disk_size // header.block_size)
    complete = header.image_type != STATIC or header.allocated == header.blocks
    return [
        Rule(
            "disk size",
            368,
            header.disk_size,
            header.disk_size % SECTOR == 0,
            _("a multiple of {sector}").format(sector=SECTOR),
        ),
        Rule("blocks in image", 384, header.blocks, header.blocks == needed, str(needed)),
        Rule("blocks allocated", 388, header.allocated, complete, str(header.blocks)),
    ]


def _uuid_rules(image: Vdi) -> list[Rule]:
    header = image.header
    a_uuid, none = _("a UUID"), _("zeros")
    is_child = header.image_type == DIFFERENCING
    has_parent = header.uuid_parent != NO_UUID
    return [
        Rule(
            "UUID of the image",
            IMAGE_UUID_OFFSET,
            none,
            header.uuid_image != NO_UUID,
            a_uuid,
        ),
        Rule(
            "UUID of the last change",
            MODIFIED_OFFSET,
            none,
            header.uuid_modified != NO_UUID,
            a_uuid,
        ),
        Rule(
            "UUID of the parent",
            424,
            header.uuid_parent.hex(),
            has_parent == is_child,
            a_uuid if is_child else none,
        ),
    ]


def _geometry_rule(image: Vdi) -> Rule:
    size = SECTOR
    if image.header.header_size >= _WITH_GEOMETRY:
        (size,) = struct.unpack("<I", image.file.read(_GEOMETRY_SECTOR_SIZE_OFFSET, 4))
    return Rule(
        "sector size of the geometry",
        _GEOMETRY_SECTOR_SIZE_OFFSET,
        size,
        size == SECTOR,
        str(SECTOR),
    )


def _unused_bytes(image: Vdi) -> Iterator[Fault]:
    """Yield a fault for bytes behind the last whole block, a warning for blocks nobody uses."""
    blocks, rest = divmod(image.file.size - image.header.data_offset, image.block_size)
    if rest:
        message = _("{count} bytes follow the last whole block")
        yield Fault(message.format(count=rest), image.file.size - rest, "data")
    if blocks > image.header.allocated:
        message = _("{count} blocks of the file are used by nothing")
        unused = blocks - image.header.allocated
        yield Fault(message.format(count=unused), -1, "data", "warning")
