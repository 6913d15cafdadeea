"""Who is in each cell of a row of a Gantt chart, and how much of it is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.board import SEVERAL
from aio_sim.report.lanes import IDLE, MOSTLY_IDLE, STANDS_STILL, SWITCH

if TYPE_CHECKING:
    from aio_sim.report.lanes import Lane
    from aio_sim.report.scale import Scale

_NEARLY_ALL: Final = 0.9
_ROUNDING: Final = 1e-9
"""A part of a cell no larger is an error of floating point."""
_LETTERS: Final = ascii_uppercase + ascii_lowercase + digits


def occupants(lane: Lane, scale: Scale) -> list[int]:
    """Return who is in each cell of a row: a process, IDLE, SWITCH and so on.

    It is who has most of the cell; SEVERAL where three stays or more share it and none has it
    nearly all; MOSTLY_IDLE where all of them together have less than half of it.
    """
    shares: list[defaultdict[int, float]] = [defaultdict(float) for _cell in range(scale.cells)]
    stays = [0] * scale.cells
    for stay in lane.stays:
        for cell, time in scale.parts(stay.start, stay.start + stay.cost):
            shares[cell][SWITCH] += time
        for cell, time in scale.parts(stay.start + stay.cost, stay.end):
            shares[cell][stay.process] += time
            stays[cell] += 1
    return [_winner(share, count, scale.cell) for share, count in zip(shares, stays, strict=True)]


def loads(lane: Lane, scale: Scale) -> list[float]:
    """Return which part of each cell is used, from 0 to 1, switches included."""
    used = [0.0] * scale.cells
    for stay in lane.stays:
        if stay.process == STANDS_STILL:
            continue
        for cell, time in scale.parts(stay.start, stay.end):
            used[cell] += time / scale.cell
    return [min(each, 1.0) for each in used]


def core_shares(lane: Lane, scale: Scale) -> list[float]:
    """Return which part of a core a process has in each cell, of cores that all share alike."""
    present = [0.0] * scale.cells
    for stay in lane.sharers:
        for cell, time in scale.parts(stay.start, stay.end):
            present[cell] += time / scale.cell
    own = loads(lane, scale)
    return [
        mine * min(1.0, lane.cores / max(count, 1.0))
        for mine, count in zip(own, present, strict=True)
    ]


def symbols(names: Sequence[str]) -> list[str] | None:
    """Return a character for each name, of the name itself if that can be; None for too many."""
    for own in ([name[-1:] for name in names], [name[:1] for name in names]):
        if len(set(own)) == len(names) and all(each.isascii() and each.isalnum() for each in own):
            return own
    return list(_LETTERS[: len(names)]) if len(names) <= len(_LETTERS) else None


def _winner(shares: dict[int, float], stays: int, cell: float) -> int:
    busy = sum(shares.values())
    if busy <= _ROUNDING * cell:
        return IDLE
    if cell - busy > busy * (1 + _ROUNDING):
        return MOSTLY_IDLE
    processes = {each: time for each, time in shares.items() if each != SWITCH}
    if len(processes) > 1 and stays > 2 and max(processes.values()) < _NEARLY_ALL * cell:
        return SEVERAL
    return max(shares, key=lambda each: shares[each])
