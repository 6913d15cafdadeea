"""Files written beside their targets and put in place together, or removed."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Self

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image_file import ImageFile, reason


class Staging:
    """A place for new files until all of them are complete.

    Leaving the block in peace renames them onto their targets; an error removes them, and what was
    there stays as it was. Targets that exist are refused unless `force`.

    Raises InputError where a target exists or its folder does not, ImageError where it cannot be
    put in place.
    """

    def __init__(self, force: bool = False) -> None:
        self._force = force
        self._staged: list[tuple[Path, Path]] = []

    def file(self, target: Path) -> ImageFile:
        """Return a new file, open for writing, that will become `target`."""
        self._demand_free(target)
        beside = target.with_name(f".aio-sim-{secrets.token_hex(6)}.part")
        self._staged.append((beside, target))  # first, so that an interrupt leaves no file behind
        return ImageFile(beside, "x+b", shown=target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        try:
            if kind is None:
                self._put_in_place()
        finally:
            for beside, _target in self._staged:
                beside.unlink(missing_ok=True)

    def _demand_free(self, target: Path) -> None:
        if target.is_dir():
            raise InputError(_("{path}: is a folder").format(path=target))
        if not target.parent.is_dir():
            raise InputError(_("{path}: there is no such folder").format(path=target.parent))
        if os.path.lexists(target) and not self._force:
            raise InputError(
                _("{path}: exists already; it is kept, as force was not asked for").format(
                    path=target
                )
            )

    def _put_in_place(self) -> None:
        for _beside, target in self._staged:
            self._demand_free(target)
        try:
            for beside, target in self._staged:
                if target.exists():
                    shutil.copymode(target, beside)
                beside.replace(target)
        except OSError as error:
            message = _("cannot be put in place: {reason}").format(reason=reason(error))
            raise ImageError(message, target) from error
