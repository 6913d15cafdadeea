"""A piece of an archived log: what changed between two instants, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Mark(NamedTuple):
    """How far the log reached at a time: an instant of the source as a sequence number, and ns."""

    position: int
    at: int


@dataclass(frozen=True)
class LogPiece:
    """The log behind `start` up to the last of `marks`, as the source writes it.

    A restore can stop at each mark, and nowhere between; marks ascend in both numbers.
    """

    start: int
    marks: tuple[Mark, ...]
    data: bytes

    @property
    def end(self) -> Mark:
        """Where the piece ends."""
        return self.marks[-1]

    def reach(self, target: int) -> Mark | None:
        """Return the last mark at or before a time in ns, None where there is none."""
        return next((mark for mark in reversed(self.marks) if mark.at <= target), None)
