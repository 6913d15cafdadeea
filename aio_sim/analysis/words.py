"""Names as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aio_sim.kernel.messages import plural

_MOST_NAMES: Final = 8


def plain(name: str) -> str:
    """Return a name whose control characters are replaced, so that it cannot steer a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)


def listed(names: Sequence[str]) -> str:
    """Return names with commas between them, no more than some of them."""
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    if more <= 0:
        return shown
    return plural("{names} and {more} more", "{names} and {more} more", more).format(
        names=shown, more=more
    )
