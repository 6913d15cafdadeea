"""The directory of `--out`: all of it or nothing, and never over somebody's files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """Give a directory to fill that becomes `target` when all went well, and vanishes otherwise.

    It is made at once, so that what stands in the way is known before a long run and not after.

    Raises InputError where `target` is a file, holds files, or cannot be written.
    """
    target = Path.cwd() / target
    _refuse_to_overwrite(target)
    beside = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield beside
        if target.exists():
            target.rmdir()
        beside.rename(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _refuse_to_overwrite(target: Path) -> None:
    if target.is_dir():
        if any(target.iterdir()):
            raise InputError(
                _("--out {path}: the directory is not empty; give a new one").format(path=target)
            )
    elif target.exists():
        raise InputError(_("--out {path}: is a file; expected a new directory").format(path=target))


def _cannot_write(target: Path, error: OSError) -> InputError:
    return InputError(
        _("--out {path}: cannot be written ({reason})").format(path=target, reason=error.strerror)
    )
