"""Images on top of images: clones, snapshots, and copies of one layer."""

from __future__ import annotations

from pathlib import Path

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.convert import (
    CHUNK,
    Progress,
    chunks,
    convert_image,
    copy_data,
)
from aio_sim.virtualization.images.create import new_image
from aio_sim.virtualization.images.formats import VARIANTS, AnyPath, format_of, open_image
from aio_sim.virtualization.images.image import HOLE, DiskImage
from aio_sim.virtualization.images.image_file import ImageFile, closed_on_error
from aio_sim.virtualization.images.staging import Staging
from aio_sim.virtualization.images.vmdk_flat import VmdkFlat, flat_path


def clone_image(
    source: AnyPath,
    target: AnyPath,
    *,
    format: str | None = None,
    linked: bool = False,
    force: bool = False,
    seed: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Make an image of its own with the same disk; `linked` keeps only what will differ.

    A full clone has the variant of the source and no parent. A linked one is a snapshot.

    Raises ImageError where the source is damaged or the disk is full, InputError where the target
    exists, has another format, or cannot be linked.
    """
    if linked:
        snapshot_image(source, target, format=format, force=force, seed=seed)
        return
    kind = _one_format(source, target, format)
    with open_image(source, kind) as image:
        variant = image.variant if image.variant in VARIANTS[kind] else None
    convert_image(
        source,
        target,
        source_format=kind,
        format=kind,
        variant=variant,
        force=force,
        seed=seed,
        progress=progress,
    )


def snapshot_image(
    base: AnyPath,
    child: AnyPath,
    *,
    format: str | None = None,
    force: bool = False,
    seed: int | None = None,
) -> None:
    """Make an empty image over `base`: a VMDK with parentCID, or a differencing VDI.

    `base` must not be written afterwards; a child whose parent was changed is refused. Both stand
    in one folder, as a child knows its parent by a name or a UUID only.

    Raises InputError where the formats or folders differ or are raw, or the target exists.
    """
    kind = format_of(base, format)
    below, above = Path(base), Path(child)
    if kind == "raw" or format_of(child, format) != kind:
        raise InputError(
            _("{path}: a snapshot is a VDI over a VDI, or a VMDK over a VMDK").format(path=child)
        )
    if below.parent.resolve() != above.parent.resolve():
        raise InputError(
            _("{path}: must be in the folder of {parent}").format(path=child, parent=base)
        )
    if below.resolve() == above.resolve():
        raise InputError(_("{path}: an image cannot be its own parent").format(path=child))
    with open_image(base, kind) as parent, Staging(force) as staging:
        image = new_image(
            staging, above, parent.size, kind, VARIANTS[kind][0], parent=parent, seed=seed
        )
        image.parent = None  # closed by this block
        image.close()


def copy_image(
    source: AnyPath,
    target: AnyPath,
    *,
    format: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> None:
    """Copy the files of an image byte for byte, their holes included.

    Only the descriptor of a monolithicFlat image changes, which names its other file. `progress`
    is told the bytes of the file that are done.

    Raises ImageError where the source is damaged or the disk is full, InputError where the target
    exists, has another format, or is a child taken away from its parent.
    """
    kind, path = _one_format(source, target, format), Path(target)
    with open_image(source, kind) as image, Staging(force) as staging:
        if image.parent and image.path.parent.resolve() != path.parent.resolve():
            raise InputError(
                _("{path}: must be in the folder of {parent}").format(
                    path=path, parent=image.parent.path
                )
            )
        if isinstance(image, VmdkFlat):
            _write_text(image.renamed(flat_path(path).name), staging.file(path))
            _copy_file(image.extent_file, staging.file(flat_path(path)), progress)
        else:
            _copy_file(image.file, staging.file(path), progress)


def copy_layer(source: DiskImage, target: DiskImage) -> None:
    """Write to an empty image over the same parent what `source` itself stores.

    Where the target is larger, the rest reads as zeros, whatever the parent has there.
    """
    end = min(source.size, target.size)
    if source.parent is None:
        copy_data(source, target, end)
        return
    own = ((run.offset, run.length) for run in source.runs(0, end) if run.position != HOLE)
    for offset, length in chunks(own, CHUNK):
        target.write(offset, source.read(offset, length))
    if target.size > end:
        stop = min(target.size, source.parent.size)
        for offset, length in chunks(source.parent.data_ranges(end, stop), CHUNK):
            target.write(offset, bytes(length))


def _one_format(source: AnyPath, target: AnyPath, format: str | None) -> str:
    kind = format_of(source, format)
    if format_of(target, format) != kind:
        raise InputError(
            _("{path}: a copy has the format of {source}; convert makes another one").format(
                path=target, source=source
            )
        )
    return kind


def _copy_file(source: ImageFile, target: ImageFile, progress: Progress | None) -> None:
    with closed_on_error(target):
        target.truncate(source.size)
        for offset, length in chunks(source.data_ranges(0, source.size), CHUNK):
            target.write(offset, source.read(offset, length))
            if progress:
                progress(offset + length)
    target.close()


def _write_text(text: str, target: ImageFile) -> None:
    with closed_on_error(target):
        target.write(0, text.encode())
    target.close()
