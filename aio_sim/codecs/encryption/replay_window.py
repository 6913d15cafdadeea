"""The window of sequence numbers by which a receiver knows what it has seen."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

USUAL_WINDOW: Final = 64
"""Sequence numbers remembered: what RFC 4303, 3.4.3, prefers."""


class FrameFault(StrEnum):
    """Why a frame is refused."""

    FORGED = "forged"
    """It is not what the sender sealed."""

    REPLAYED = "replayed"
    """Its number was seen before."""

    TOO_OLD = "too old"
    """Its number lies before the window: whether it was seen is no longer known."""


class ReplayWindow:
    """Which of the last `size` sequence numbers came, in the constant memory of one bit each.

    Source: RFC 4303, 3.4.3. Raises InputError for a size below 1.
    """

    def __init__(self, size: int = USUAL_WINDOW) -> None:
        if size < 1:
            raise InputError(
                _("a replay window has 1 number or more, not {size}").format(size=size)
            )
        self._size = size
        self._highest = -1
        self._seen = 0

    @property
    def highest(self) -> int:
        """The highest number accepted, -1 before the first."""
        return self._highest

    def fault(self, sequence: int) -> FrameFault | None:
        """Return what is wrong with a number, counted from 0; None where it is new."""
        behind = self._highest - sequence
        if behind >= self._size:
            return FrameFault.TOO_OLD
        return FrameFault.REPLAYED if behind >= 0 and self._seen >> behind & 1 else None

    def accept(self, sequence: int) -> None:
        """Note that a number came in a frame found genuine; only where it has no fault."""
        ahead = sequence - self._highest
        if ahead > 0:
            # A long leap forgets all: shifting by it would build a number as long.
            kept = self._seen << ahead if ahead < self._size else 0
            self._seen = (kept | 1) & (1 << self._size) - 1
            self._highest = sequence
        else:
            self._seen |= 1 << -ahead
