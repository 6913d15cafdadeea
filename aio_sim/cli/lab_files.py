"""Real files for `aio-sim lab`: read in chunks, written beside their target and then renamed."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.kernel.messages import _

STANDARD: Final = "-"
"""What stands for standard input or output in place of a file."""

_CHUNK: Final = 1 << 18


class Source(NamedTuple):
    """The bytes of a file in chunks; `length` is None where it is not known beforehand."""

    chunks: Iterator[bytes]
    length: int | None


@contextmanager
def reading(name: str) -> Iterator[Source]:
    """Give the bytes of a file, or of standard input; InputError where it cannot be read."""
    if name == STANDARD:
        yield Source(_chunks(sys.stdin.buffer, _("standard input")), None)
        return
    path = Path(name)
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(name, error) from error
    with file:
        length = path.stat().st_size if path.is_file() else None
        yield Source(_chunks(file, name), length)


def write(chunks: Iterable[bytes], target: str | None, force: bool) -> None:
    """Write chunks into a file, to standard output, or (None) nowhere; take them all.

    A file appears when it is complete, or not at all. Raises InputError where the target exists and
    `force` is not given, or is no place for a file; AioSimError where it cannot be written.
    """
    if target is None:
        for _chunk in chunks:
            pass
    elif target == STANDARD:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    else:
        with _new_file(Path(target), force) as file:
            for chunk in chunks:
                _append(file, chunk, target)


@contextmanager
def _new_file(target: Path, force: bool) -> Iterator[BinaryIO]:
    _refuse(target, force)
    beside = target.with_name(f".aio-sim-{secrets.token_hex(6)}.part")
    try:
        file = beside.open("xb")
    except OSError as error:
        raise InputError(_problem(target, error)) from error
    try:
        with file:
            yield file
        _refuse(target, force)
        beside.replace(target)
    except OSError as error:  # closing writes what is left, too
        raise AioSimError(_problem(target, error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _refuse(target: Path, force: bool) -> None:
    if target.is_dir():
        raise InputError(_("{path}: is a folder").format(path=target))
    if os.path.lexists(target) and not target.is_file():
        raise InputError(_("{path}: is not a regular file").format(path=target))
    if target.is_file() and not force:
        raise InputError(_("{path}: exists already; --force would replace it").format(path=target))


def _append(file: BinaryIO, chunk: bytes, target: str) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise AioSimError(_problem(target, error)) from error


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = file.read(_CHUNK)
        except OSError as error:
            raise _unreadable(name, error) from error
        if not chunk:
            return
        yield chunk


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(
        _("{path}: cannot be read ({reason})").format(path=name, reason=error.strerror)
    )


def _problem(target: object, error: OSError) -> str:
    return _("{path}: cannot be written ({reason})").format(path=target, reason=error.strerror)
