"""A real file, read and written at offsets; every failure names the file and the byte."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, Protocol

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _

_ZEROS: Final = bytes(1 << 20)

# Where the system cannot tell holes from data, all of a file counts as data.
_SEEK_DATA: Final[int | None] = getattr(os, "SEEK_DATA", None)
_SEEK_HOLE: Final[int | None] = getattr(os, "SEEK_HOLE", None)


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None: ...


@contextmanager
def closed_on_error(*resources: Closable) -> Iterator[None]:
    """Close the resources where the block raises; leave them open where it does not."""
    try:
        yield
    except BaseException:
        for resource in resources:
            resource.close()
        raise


def is_zero(data: bytes) -> bool:
    """Return whether all bytes are zero, at the speed of a comparison of memory."""
    return all(
        _ZEROS.startswith(data[at : at + len(_ZEROS)]) for at in range(0, len(data), len(_ZEROS))
    )


class ImageFile:
    """Bytes at offsets of one regular file, unbuffered.

    `shown` is the name that messages use, for a file that is written beside its target.

    Raises InputError where the file cannot be opened, ImageError where it ends too early or the
    system refuses to read or write it.
    """

    def __init__(
        self, path: Path, mode: Literal["rb", "r+b", "x+b"] = "rb", shown: Path | None = None
    ) -> None:
        self.path = path
        self.shown = shown or path
        try:
            if mode != "x+b":
                _demand_regular(path)
            self._file = open(path, mode, buffering=0)  # noqa: SIM115, it stays open
        except (OSError, ValueError) as error:
            raise InputError(
                _("{path}: cannot be opened: {reason}").format(
                    path=self.shown, reason=reason(error)
                )
            ) from error
        self.size = os.fstat(self._file.fileno()).st_size
        self._hole = (0, 0)

    def read(self, offset: int, length: int, field: str = "") -> bytes:
        """Return exactly `length` bytes from `offset`."""
        if offset < 0 or offset + length > self.size:
            raise self.damaged(
                _("the file ends at byte {size}, where {length} bytes were expected here").format(
                    size=self.size, length=length
                ),
                offset,
                field,
            )
        try:
            self._file.seek(offset)
            data = self._file.read(length)
            while len(data) < length and (more := self._file.read(length - len(data))):
                data += more
        except OSError as error:
            raise self._failed(error, offset) from error
        if len(data) < length:
            raise self.damaged(_("the file became shorter while it was read"), offset, field)
        return data

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write all the bytes at `offset`; the file grows as needed."""
        rest = memoryview(data)
        try:
            self._file.seek(offset)
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise self._failed(error, offset) from error
        self.size = max(self.size, offset + len(data))
        self._hole = (0, 0)

    def clear(self, offset: int, length: int) -> None:
        """Make the bytes zero: written where the file has them, a hole where it has to grow."""
        stop = min(offset + length, self.size)
        for at in range(offset, stop, len(_ZEROS)):
            self.write(at, _ZEROS[: stop - at])
        if offset + length > self.size:
            self.truncate(offset + length)

    def truncate(self, size: int) -> None:
        """Set the length of the file; what is new is a hole."""
        try:
            self._file.truncate(size)
        except (OSError, OverflowError) as error:
            raise self._failed(error, size) from error
        self.size = size
        self._hole = (0, 0)

    def hole_end(self, offset: int) -> int:
        """Return where the hole that `offset` lies in ends, `offset` itself where there is data."""
        start, end = self._hole
        if not start <= offset < end:
            end = self._seek(offset, _SEEK_DATA, offset)
            self._hole = (offset, end)
        return end

    def data_ranges(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield (offset, length) of the parts of [start, end) that are not holes of the file."""
        at = start
        while at < end and (data := self._seek(at, _SEEK_DATA, at)) < end:
            at = min(self._seek(data, _SEEK_HOLE, self.size), end)
            yield data, at - data

    def usage(self) -> int:
        """Return the bytes that the file takes on its own disk, holes not counted."""
        status = os.fstat(self._file.fileno())
        blocks: int = getattr(status, "st_blocks", -(-status.st_size // 512))
        return blocks * 512

    def flush(self) -> None:
        """Have the system write the file to its disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def damaged(self, message: str, offset: int = -1, field: str = "") -> ImageError:
        """Return the error to raise for something wrong in this file."""
        return ImageError(message, self.shown, offset, field)

    def _seek(self, offset: int, whence: int | None, otherwise: int) -> int:
        if whence is None:
            return otherwise
        try:
            return os.lseek(self._file.fileno(), offset, whence)
        except OSError as error:
            return self.size if error.errno == errno.ENXIO else otherwise

    def _failed(self, error: Exception, offset: int) -> ImageError:
        return self.damaged(
            _("cannot be read or written: {reason}").format(reason=reason(error)), offset
        )


def reason(error: Exception) -> str:
    """Return what the system says, without its number."""
    return getattr(error, "strerror", None) or str(error)


def _demand_regular(path: Path) -> None:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):  # a pipe would wait for ever
        raise OSError(_("not a regular file"))
