"""Names and patterns of names, as the shell has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fnmatch import translate

_SIGNS = "*?["


def matching(patterns: Iterable[str], names: Collection[str]) -> list[str]:
    """Return the names that are given or match a pattern, each once, in their order.

    `*` is any text, `?` any letter, `[ab]` one of these; a name that has such signs in it stands
    for itself alone.
    """
    given = set(patterns)
    wanted = given.intersection(names)
    signs = [each for each in given - wanted if any(sign in each for sign in _SIGNS)]
    if not signs:
        return [name for name in names if name in wanted]
    matches = re.compile("|".join(translate(each) for each in sorted(signs))).match
    return [name for name in names if name in wanted or matches(name)]
