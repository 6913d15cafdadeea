"""What images in a catalogue are called: `name:version`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

_NAME: Final = re.compile(r"[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*", re.ASCII)
_VERSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_LONGEST_NAME: Final = 255


class ImageReference(NamedTuple):
    """One version of an image, or, where `version` is None, the newest one.

    Names and versions are those of the OCI Distribution Specification 1.1, without a host.
    """

    name: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Return the reference that a person wrote; InputError where it is none."""
        name, colon, version = text.partition(":")
        right = len(name) <= _LONGEST_NAME and _NAME.fullmatch(name)
        if not right or (colon and not _VERSION.fullmatch(version)):
            raise InputError(
                _(
                    "image {text!r}: expected name:version, a name of small letters and digits "
                    "with . _ - / between them, as in tools/editor:1.2"
                ).format(text=text[:80])
            )
        return cls(name, version if colon else None)

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}:{self.version}"
