"""Names as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from aio_sim.kernel.messages import plural

_MOST_NAMES: Final = 8
_Named = TypeVar("_Named")


def plain(name: str) -> str:
    """Return a name whose control characters are replaced, so that it cannot steer a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)


def listed(things: Sequence[_Named], name: Callable[[_Named], str] = str) -> str:
    """Return the names of things with commas between them, no more than some of them."""
    shown = ", ".join(map(name, things[:_MOST_NAMES]))
    more = len(things) - _MOST_NAMES
    if more <= 0:
        return shown
    return plural("{names} and {more} more", "{names} and {more} more", more).format(
        names=shown, more=more
    )
