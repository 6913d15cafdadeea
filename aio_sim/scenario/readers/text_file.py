"""Opening a trace: plain or gzip text as a stream of blocks of whole lines, bounded in memory."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Final, NamedTuple

from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.kernel.messages import _
from aio_sim.scenario.readers.rows import Skips

BLOCK: Final = 2**20
"""Bytes that are unpacked at a time."""

LONGEST_LINE: Final = 2**20
"""Bytes that a line may have."""

_GZIP: Final = b"\x1f\x8b"
_OTHER_ARCHIVES: Final = {
    b"PK\x03\x04": "zip",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PAR1": "parquet",
}


class Lines(NamedTuple):
    """Consecutive lines of a file, without their ends; `first` is the number of the first."""

    first: int
    lines: list[bytes]


def blocks(path: Path, skips: Skips) -> Iterator[Lines]:
    """Yield the lines of a text file, plain or gzip (told by its content), a block at a time.

    A damaged end, a line that is too long or not text go to `skips`.

    Raises WorkloadError where the file cannot be opened, is empty, or an archive of another kind.
    """
    number, rest = 1, b""
    try:
        with _open(path) as file:
            for part in _parts(file, path):
                whole, end, tail = (rest + part).rpartition(b"\n")
                if end:
                    lines = _lines(whole, number, skips)
                    yield Lines(number, lines)
                    number += len(lines)
                if len(tail) > LONGEST_LINE and not skips.skip:
                    skips.add(_too_long(), number)
                rest = tail[: LONGEST_LINE + 1]  # still too long, and counted when its end comes
    except _Damaged as damage:
        # The line that was cut short is not to be trusted either.
        skips.add(str(damage), number)
        return
    if rest:
        yield Lines(number, _lines(rest, number, skips))


class _Damaged(Exception):  # noqa: N818  # never leaves this module
    """The packed stream ends too soon, or is not what it should be."""


def _open(path: Path) -> BufferedIOBase:
    try:
        file = open(path, "rb")  # noqa: SIM115  # handed to the caller's `with`
    except OSError as error:
        raise WorkloadError(
            Problem(_("cannot be read: {error}").format(error=error.strerror), str(path))
        ) from error
    start = file.read(8)
    file.seek(0)
    try:
        _check_start(start, path)
    except WorkloadError:
        file.close()
        raise
    return _Unzipped(file) if start.startswith(_GZIP) else file


class _Unzipped(gzip.GzipFile):
    """A gzip stream that owns the file below it."""

    def __init__(self, file: BufferedReader) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._below = file

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._below.close()


def _check_start(start: bytes, path: Path) -> None:
    if not start:
        raise WorkloadError(Problem(_("the file is empty"), str(path)))
    for magic, archive in _OTHER_ARCHIVES.items():
        if start.startswith(magic):
            raise WorkloadError(
                Problem(
                    _("expected text, plain or .gz; this is a {archive} file").format(
                        archive=archive
                    ),
                    str(path),
                )
            )


def _parts(file: BufferedIOBase, path: Path) -> Iterator[bytes]:
    """Yield what the file holds, unpacked, at most BLOCK bytes at a time."""
    nothing_yet = True
    while True:
        try:
            part = file.read1(BLOCK)  # read() would lose what comes just before a damaged spot
        except EOFError:
            raise _Damaged(_("the compressed file is truncated")) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise _Damaged(
                _("the compressed file is damaged ({error})").format(error=error)
            ) from None
        except OSError as error:
            raise _Damaged(_("cannot be read: {error}").format(error=error.strerror)) from None
        if not part:
            break
        yield part.removeprefix(codecs.BOM_UTF8) if nothing_yet else part
        nothing_yet = False
    if nothing_yet:
        raise WorkloadError(Problem(_("the file is empty"), str(path)))


def _lines(text: bytes, first: int, skips: Skips) -> list[bytes]:
    """Return the lines of a text, an empty one in place of each that is binary or too long."""
    lines = text.split(b"\n")
    if b"\0" not in text and len(text) <= LONGEST_LINE:
        return lines
    for at, line in enumerate(lines):
        if b"\0" in line:
            skips.add(_("binary data where text was expected"), first + at)
            lines[at] = b""
        elif len(line) > LONGEST_LINE:
            skips.add(_too_long(), first + at)
            lines[at] = b""
    return lines


def _too_long() -> str:
    return _("a line of more than {bytes} bytes").format(bytes=LONGEST_LINE)
