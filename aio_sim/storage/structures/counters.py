"""What is counted while a data structure works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Elementary steps of a data structure, each a plain number that only grows."""

    comparisons: int = 0
    """Which of two keys is the smaller one."""
    equality_tests: int = 0
    """Whether two keys are the same."""
    hashes: int = 0
    """Hashes of a key."""
    digits: int = 0
    """Digits of keys looked at, and children of a trie."""
    moves: int = 0
    """Items put into a place, shifted, relinked or handed out."""
    page_reads: int = 0
    page_writes: int = 0
    sequential_reads: int = 0
    """Of the pages read, those that follow the one before on disk, and come with it."""
    sequential_writes: int = 0
    """Of the pages written, those that follow the one before on disk."""

    @property
    def steps(self) -> int:
        """All of them together."""
        keys = self.comparisons + self.equality_tests + self.hashes + self.digits
        return keys + self.moves + self.pages

    @property
    def pages(self) -> int:
        """Pages read and written."""
        return self.page_reads + self.page_writes
