"""What all VMDK images share: the descriptor, and through it identity and parent."""

from __future__ import annotations

from pathlib import Path

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.identity import NO_CONTENT_ID
from aio_sim.virtualization.images.image import SECTOR, DiskImage
from aio_sim.virtualization.images.image_file import ImageFile
from aio_sim.virtualization.images.vmdk_descriptor import Descriptor, is_writable_name, path_within
from aio_sim.virtualization.images.vmdk_header import SparseHeader


class Vmdk(DiskImage):
    """An image with a VMDK descriptor."""

    format = "vmdk"
    descriptor: Descriptor

    @property
    def identity(self) -> str:
        return f"{self.descriptor.content_id:08x}"

    def parent_path(self) -> Path | None:
        if self.descriptor.parent_content_id == NO_CONTENT_ID:
            return None
        folder, hint = self.file.path.parent, self.descriptor.parent_hint
        return path_within(folder, hint, self.path, "parentFileNameHint")

    def adopt(self, parent: DiskImage) -> None:
        wanted = self.descriptor.parent_content_id
        if not isinstance(parent, Vmdk) or parent.descriptor.content_id != wanted:
            raise ImageError(
                _("{parent} was changed after this image was made from it: CID {found}").format(
                    parent=parent.path, found=parent.identity
                ),
                self.path,
                -1,
                f"parentCID={wanted:08x}",
            )
        self.parent = parent


def read_embedded(file: ImageFile, header: SparseHeader) -> Descriptor:
    """Read the descriptor inside a sparse image."""
    length = header.descriptor_sectors * SECTOR
    raw = file.read(header.descriptor * SECTOR, length, "descriptor")
    return Descriptor.parse(raw, file.shown)


def embedded(text: str, header: SparseHeader, file: ImageFile) -> bytes:
    """Return the descriptor as the sectors that the header gives it."""
    raw, room = text.encode(), header.descriptor_sectors * SECTOR
    if len(raw) > room:
        message = _("{length} bytes of descriptor do not fit in {room}")
        raise InputError(
            f"{file.shown}: " + message.format(length=len(raw), room=room),
        )
    return raw.ljust(room, b"\0")


def descriptor_name(path: Path) -> str:
    """Return the file's name as a descriptor can hold it; InputError where it cannot."""
    if not is_writable_name(path.name):
        raise InputError(
            _("{path}: quotes, colons and backslashes cannot be in the name of a VMDK").format(
                path=path
            )
        )
    return path.name
