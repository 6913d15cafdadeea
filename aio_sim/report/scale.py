"""How a stretch of time is laid on a row of character cells, and its axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, gcd, log10
from typing import Final, NamedTuple

_NICE: Final = (1, 2, 5, 10)
_UNITS: Final = {
    # the unit: its nanoseconds, and from how many on it is used
    "us": (10**3, 0),
    "ms": (10**6, 3 * 10**6),
    "s": (10**9, 3 * 10**9),
    "h": (3600 * 10**9, 10_000 * 10**9),
    "d": (86400 * 10**9, 3 * 86400 * 10**9),
}
_MOST_EDGES: Final = 4000


class Part(NamedTuple):
    """A cell of a row, and the nanoseconds of it that something covers."""

    cell: int
    time: float


@dataclass(frozen=True)
class Scale:
    """`cells` equal cells over `span` nanoseconds from `start` on."""

    start: int
    span: int
    cells: int

    @property
    def cell(self) -> float:
        """The nanoseconds of one cell."""
        return self.span / self.cells

    def place(self, time: int) -> float:
        """Return where an instant falls, in cells from the left."""
        return (time - self.start) * self.cells / self.span

    def parts(self, start: int, end: int) -> Iterator[Part]:
        """Yield the cells that a stretch of time covers."""
        first, last = max(self.place(start), 0.0), min(self.place(end), float(self.cells))
        for cell in range(floor(first), ceil(last)):
            covered = min(last, cell + 1) - max(first, cell)
            if covered > 0:
                yield Part(cell, covered * self.cell)


def fit(start: int, end: int, edges: Iterable[int], width: int) -> Scale:
    """Return a scale of at most `width` cells, with every edge between two cells if that can be.

    Otherwise a cell is a round number of time units.
    """
    span = max(end - start, 1)
    common = span
    for count, edge in enumerate(edges):
        common = gcd(common, edge - start)
        if count > _MOST_EDGES or span > common * width:
            cell = max(nice(span / width), 1)
            cells = ceil(span / cell * (1 - 1e-9))  # as `nice` is exact to a billionth
            return Scale(start, max(round(cells * cell), span), cells)
    pieces = span // common
    return Scale(start, span, pieces * (width // pieces))


def nice(at_least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, ... that is not less."""
    power: float = 10.0 ** floor(log10(at_least))
    return next(
        (step * power for step in _NICE if step * power >= at_least * (1 - 1e-9)), 10 * power
    )


def unit_of(time: int) -> tuple[str, int]:
    """Return the unit in which a time is a number of a few digits, and its nanoseconds."""
    unit = [name for name, (_size, at_least) in _UNITS.items() if time >= at_least][-1]
    return unit, _UNITS[unit][0]


def axis(scale: Scale, room: int) -> tuple[str, str]:
    """Return a row of times under the cells, at most `room` wide, and the unit they are in.

    Each time begins under the first cell after it.
    """
    unit, size = unit_of(scale.start + scale.span)
    step = nice(2 * scale.cell / size)
    while True:
        row = _ticks(scale, step, size, room)
        if row is not None:
            return row, unit
        step = nice(step * 1.5)


def _ticks(scale: Scale, step: float, size: int, room: int) -> str | None:
    """Return the row of times at every multiple of `step` units, None where they do not fit."""
    row = ""
    number = ceil(scale.start / (step * size))
    while (time := number * step * size) <= scale.start + scale.span:
        label = _exact(round(time), size)
        place = round(scale.place(round(time)))
        if row and (place <= len(row) or row.endswith(f" {label}") or row == label):
            return None
        if place + len(label) <= room:
            row = row.ljust(place) + label
        number += 1
    return row


def _exact(time: int, size: int) -> str:
    """Return a time in units of `size` nanoseconds, with as many digits as it has."""
    text = f"{Decimal(time) / size:.9f}"
    return text.rstrip("0").rstrip(".")
