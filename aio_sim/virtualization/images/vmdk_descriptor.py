"""The text that describes a VMDK: its identity, its parent, and the extents that hold the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.identity import NO_CONTENT_ID
from aio_sim.virtualization.images.image import SECTOR

MAXIMUM_BYTES: Final = 1 << 20
"""No descriptor is longer; one that is, is no descriptor."""

MONOLITHIC_SPARSE: Final = "monolithicSparse"
MONOLITHIC_FLAT: Final = "monolithicFlat"
STREAM_OPTIMIZED: Final = "streamOptimized"
UNSUPPORTED: Final = (
    "custom",
    "fullDevice",
    "partitionedDevice",
    "seSparse",
    "twoGbMaxExtentFlat",
    "twoGbMaxExtentSparse",
    "vmfs",
    "vmfsEagerZeroedThick",
    "vmfsPreallocated",
    "vmfsRaw",
    "vmfsRDM",
    "vmfsRDMP",
    "vmfsSparse",
    "vmfsThin",
)
"""Other kinds of VMDK: sound, but not read here (VMware, Virtual Disk Format 5.0, createType; two
more are in QEMU's block/vmdk.c)."""

_TITLE: Final = "# Disk DescriptorFile"
_MAXIMUM_EXTENTS: Final = 4096
_CONTENT_ID: Final = re.compile(r"^[ \t]*CID[ \t]*=[ \t]*([0-9a-f]{1,8})[ \t]*$", re.I | re.M)
_PARENT_ID: Final = re.compile(r"^[ \t]*parentCID[ \t]*=[ \t]*([0-9a-f]{1,8})[ \t]*$", re.I | re.M)
_SETTING: Final = '^[ \\t]*{key}[ \\t]*=[ \\t]*"?([^"\\n]*?)"?[ \\t]*$'
_EXTENT: Final = re.compile(
    r"^[ \t]*(RW|RDONLY|NOACCESS)[ \t]+(\d{1,18})[ \t]+([A-Z]+)"
    r'(?:[ \t]+"([^"\n]*)"(?:[ \t]+(\d{1,18}))?)?[ \t]*$',
    re.I | re.M,
)


@dataclass(frozen=True)
class Extent:
    """One part of the disk: `sectors` sectors, in `file` from sector `offset` on."""

    sectors: int
    kind: str
    file: str
    offset: int = 0
    access: str = "RW"

    def __str__(self) -> str:
        line = f'{self.access} {self.sectors} {self.kind} "{self.file}"'
        return f"{line} {self.offset}" if self.kind == "FLAT" else line


@dataclass(frozen=True)
class Descriptor:
    """What a descriptor says; `text` is all of it, the lines that mean nothing here included."""

    text: str
    content_id: int
    parent_content_id: int
    create_type: str
    parent_hint: str
    extents: tuple[Extent, ...]

    @classmethod
    def parse(cls, raw: bytes, path: Path) -> Self:
        """Read a descriptor up to its first NUL byte; ImageError where a needed line is missing."""
        text = _decoded(raw).replace("\r\n", "\n")
        if not text.lstrip().startswith(_TITLE):
            raise ImageError(
                _("not a VMDK: neither the magic KDMV nor {title!r} is there").format(title=_TITLE),
                path,
                0,
                "magic",
            )
        extents = [_extent(match) for match in _EXTENT.finditer(text)]
        if not 0 < len(extents) <= _MAXIMUM_EXTENTS:
            raise ImageError(_("no extent is described, or far too many"), path, -1, "extent")
        content_id = _needed(_CONTENT_ID.search(text), "CID", path)
        parent_id = _needed(_PARENT_ID.search(text), "parentCID", path)
        return cls(
            text=text,
            content_id=int(content_id, 16),
            parent_content_id=int(parent_id, 16),
            create_type=_needed(_setting(text, "createType"), "createType", path),
            parent_hint=_value(_setting(text, "parentFileNameHint")),
            extents=tuple(extents),
        )

    @property
    def size(self) -> int:
        """Bytes of all extents together."""
        return sum(extent.sectors for extent in self.extents) * SECTOR

    def with_content_id(self, content_id: int) -> str:
        """Return the text with another CID."""
        return _CONTENT_ID.sub(f"CID={content_id:08x}", self.text, count=1)

    def with_extent(self, extent: Extent) -> str:
        """Return the text with another first extent."""
        return _EXTENT.sub(lambda _match: str(extent), self.text, count=1)


def new_descriptor(
    content_id: int,
    create_type: str,
    extent: Extent,
    parent_content_id: int = NO_CONTENT_ID,
    parent_hint: str = "",
) -> str:
    """Return the text of a descriptor with one extent (VMware, Virtual Disk Format 5.0)."""
    cylinders = min(extent.sectors // (63 * 16), 16383)
    parent = f'parentFileNameHint="{parent_hint}"\n' if parent_hint else ""
    return (
        f"{_TITLE}\nversion=1\nCID={content_id:08x}\nparentCID={parent_content_id:08x}\n"
        f'createType="{create_type}"\n{parent}\n'
        f"# Extent description\n{extent}\n\n"
        "# The Disk Data Base\n#DDB\n\n"
        'ddb.virtualHWVersion = "4"\n'
        f'ddb.geometry.cylinders = "{cylinders}"\n'
        'ddb.geometry.heads = "16"\n'
        'ddb.geometry.sectors = "63"\n'
        'ddb.adapterType = "ide"\n'
    )


def refuse_unsupported(create_type: str, path: Path) -> None:
    """Raise InputError where it is a kind of VMDK that exists, but is not read here."""
    for kind in UNSUPPORTED:
        if kind.lower() == create_type.lower():
            raise InputError(
                _("{path}: a VMDK of the kind {kind} is not supported; expected {known}").format(
                    path=path,
                    kind=kind,
                    known=", ".join((MONOLITHIC_SPARSE, MONOLITHIC_FLAT, STREAM_OPTIMIZED)),
                )
            )


def path_within(folder: Path, name: str, descriptor: Path, field: str) -> Path:
    """Return the path of a file that a descriptor names, which must lie in its own folder.

    Raises ImageError for an absolute name, one that climbs out, or a link that leads out.
    """
    parts = re.split(r"[/\\]", name)
    outside = not name or "\0" in name or ":" in name or parts[0] == "" or ".." in parts
    try:
        path = folder.joinpath(*parts)
        outside = outside or not path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        outside = True
    if outside:
        raise ImageError(
            _("{name!r} is not a file in the folder of the descriptor").format(name=name),
            descriptor,
            -1,
            field,
        )
    return path


def is_writable_name(name: str) -> bool:
    """Return whether a descriptor can hold the file name, which stands between quotes on a line."""
    return (
        not re.search(r'["\n\r\\:\0]', name) and _decoded(name.encode("utf-8", "replace")) == name
    )


def _decoded(raw: bytes) -> str:
    raw = raw.partition(b"\0")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _extent(match: re.Match[str]) -> Extent:
    access, sectors, kind, file, offset = match.groups()
    return Extent(int(sectors), kind.upper(), file or "", int(offset or 0), access.upper())


def _setting(text: str, key: str) -> re.Match[str] | None:
    return re.search(_SETTING.format(key=key), text, re.I | re.M)


def _value(match: re.Match[str] | None) -> str:
    return match.group(1) if match else ""


def _needed(match: re.Match[str] | None, key: str, path: Path) -> str:
    if match is None:
        raise ImageError(
            _("the descriptor has no usable line {key}=").format(key=key), path, -1, key
        )
    return match.group(1)
