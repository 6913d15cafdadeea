"""In which files each word occurs, and at which bytes the lines begin that have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = re.compile(r"\w+")


def map(key: tuple[str, int], line: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield each word of a line with its place, once however often it occurs there."""
    for word in dict.fromkeys(word.lower() for word in _WORD.findall(line)):
        yield word, key


def reduce(_word: str, places: list[tuple[str, int]]) -> dict[str, list[int]]:
    """Return the places of a word by file, all in order."""
    files: dict[str, list[int]] = {}
    for file, offset in sorted(places):
        files.setdefault(file, []).append(offset)
    return files
