"""What is told of disk images on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_size
from aio_sim.report.words import number, percentage

if TYPE_CHECKING:
    from aio_sim.virtualization.images import CheckReport, Comparison, Fault, ImageInfo

_SMALLEST_SHARE: Final = 10_000
"""Less than one in so many is no percentage that anyone would read."""


def made_line(info: ImageInfo) -> str:
    """Return the line about an image that was just made."""
    return _("{path}: {kind}, {size}, {usage} on disk").format(
        path=info.path,
        kind=_kind(info),
        size=format_size(info.virtual_size),
        usage=format_size(info.disk_usage),
    )


def info_lines(info: ImageInfo) -> list[str]:
    """Return what an image is: a title, then a label and a value a line."""
    entries = list(_entries(info))
    width = max(len(label) for label, _values in entries)
    lines = [
        f"{'' if at else label:<{width}}  {value}"
        for label, values in entries
        for at, value in enumerate(values)
    ]
    return [_("{path}: {kind}").format(path=info.path, kind=_kind(info)), "", *lines]


def check_lines(report: CheckReport) -> list[str]:
    """Return the verdict on an image, then its faults, wrapped to the terminal."""
    faults = [line for fault in report.faults for line in _fault_lines(fault)]
    return [_verdict(report), *faults]


def comparison_lines(found: Comparison) -> list[str]:
    """Return whether two disks are the same, and from where on not."""
    if found.same:
        return [_("The disks are the same.")]
    one, other = found.sizes
    if found.first_difference == min(one, other):
        told = _("The disks are the same up to byte {byte}, where the shorter one ends.")
    else:
        told = _("The disks differ from byte {byte} on.")
    lines = [told.format(byte=found.first_difference)]
    if one != other:
        lines.append(_("Sizes: {one} and {other} bytes.").format(one=one, other=other))
    return lines


def _entries(info: ImageInfo) -> Iterator[tuple[str, list[str]]]:
    """Yield the labels and what stands behind each, a line a value."""
    yield _("disk"), [_both(info.virtual_size)]
    yield _("data"), [_share(info.data_size, info.virtual_size)]
    yield _("file"), [_both(info.file_size)]
    yield _("on disk"), [format_size(info.disk_usage)]
    if info.block_size > 1:
        yield _("block"), [format_size(info.block_size)]
    if info.identity:
        yield _("identity"), info.identity.split("/")
    if len(info.files) > 1:
        yield _("files"), list(info.files)
    yield _("parents"), list(info.parents)


def _kind(told: ImageInfo | CheckReport) -> str:
    """Return the format and the variant, where that says more."""
    return told.format if told.variant == told.format else f"{told.format} {told.variant}"


def _share(size: int, of: int) -> str:
    """Return a size, and how much of the disk it is where that says something."""
    if size * _SMALLEST_SHARE < of:
        return format_size(size)
    return _("{size}, {share} of the disk").format(
        size=format_size(size), share=percentage(size / of)
    )


def _both(size: int) -> str:
    return _("{short} ({bytes} bytes)").format(short=format_size(size), bytes=number(size))


def _verdict(report: CheckReport) -> str:
    faults = len(report.faults)
    if faults:
        told = plural("{path}: {count} fault", "{path}: {count} faults", faults)
        return told.format(path=report.path, count=faults)
    told = _("{path}: {kind}, no faults").format(path=report.path, kind=_kind(report))
    if report.blocks < 2:
        return told
    return told + _("; {stored} of {blocks} blocks stored").format(
        stored=number(report.stored_blocks), blocks=number(report.blocks)
    )


def _fault_lines(fault: Fault) -> list[str]:
    place = [_("byte {offset}").format(offset=fault.offset)] if fault.offset >= 0 else []
    kind = _("warning") if fault.severity == "warning" else _("error")
    text = ": ".join(part for part in (kind, *place, fault.field, fault.message) if part)
    width = max(get_terminal_size().columns, 20)
    return wrap(text, width, subsequent_indent="  ", break_long_words=False)
