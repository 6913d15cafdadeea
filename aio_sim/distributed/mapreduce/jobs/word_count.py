"""How often each word occurs. A word is a run of letters and digits, in lower case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = re.compile(r"\w+")


def map(_key: tuple[str, int], line: str) -> Iterator[tuple[str, int]]:
    """Yield each word of a line, once for each time it occurs."""
    for word in _WORD.findall(line):
        yield word.lower(), 1


def reduce(_word: str, counts: list[int]) -> int:
    """Return how often a word occurs."""
    return sum(counts)


combine = reduce
