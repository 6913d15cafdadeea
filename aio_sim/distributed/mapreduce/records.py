"""Records: lines of files, each in exactly one split, wherever blocks end."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

NEWLINE: Final = b"\n"


class Split(NamedTuple):
    """A part of a file that one map task reads, from byte `start` up to `end`.

    `blocks` are the numbers of the file's blocks that it consists of, `nodes` those that hold it.
    """

    file: str
    """The name that keys have."""
    path: str
    start: int
    end: int
    blocks: tuple[int, ...] = ()
    nodes: tuple[str, ...] = ()


class Record(NamedTuple):
    """A line, without its newline; its key is the file's name and its offset in bytes."""

    offset: int
    line: bytes
    size: int
    """Bytes, the newline included where there is one."""


def complete(data: bytes, length: int) -> bool:
    """Return whether data that begins with a split of `length` bytes holds all of its records.

    The last one begins at the split's end at the latest, and ends at the newline after that.
    """
    return data.find(NEWLINE, length) >= 0


def records(data: bytes, start: int, end: int) -> Iterator[Record]:
    """Yield the records of a split from its bytes and those after it that complete the last one.

    As in Hadoop's LineRecordReader, a split that does not begin its file leaves out everything up
    to its first newline, which belongs to the split before; and so a line that begins just at the
    end of a split belongs to that split.
    """
    at = 0
    if start:
        at = data.find(NEWLINE) + 1
        if not at:
            return
    while at <= end - start and at < len(data):
        newline = data.find(NEWLINE, at)
        after = len(data) if newline < 0 else newline + 1
        yield Record(start + at, data[at:after].removesuffix(NEWLINE), after - at)
        at = after


def check_encoding(encoding: str) -> str:
    """Return the name of an encoding of text in which a newline is the one byte 0x0A.

    Raises InputError where there is no such encoding, or lines cannot be told in it.
    """
    try:
        found = codecs.lookup(encoding)
        newline = "\n".encode(encoding)
    except (LookupError, ValueError, TypeError):
        sentence = _("unknown encoding {name!r}; expected one such as utf-8 or latin-1")
        raise InputError(sentence.format(name=encoding)) from None
    if newline != NEWLINE:
        sentence = _("encoding {name}: its lines do not end with the byte 0x0A; convert the file")
        raise InputError(sentence.format(name=encoding))
    return found.name
