"""A plot of several series in characters, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from string import ascii_letters
from typing import Final

WIDTH: Final = 60
HEIGHT: Final = 16
_LABEL: Final = 10
_LEGEND: Final = 76

Series = Mapping[str, Sequence[tuple[int, float]]]


def plot(series: Series) -> Iterator[str]:
    """Yield the lines of a plot at most 80 wide, with axes and a legend: a letter a series.

    Where several series meet, the letter of the first is seen. Counts below 1 are drawn at 1.
    Both axes are logarithmic, so that a power of n is a straight line, and log n bends.
    """
    letters = dict(zip(series, ascii_letters, strict=False))
    sizes = sorted({n for points in series.values() for n, _count in points})
    most = max([2.0, *(count for points in series.values() for _n, count in points)])
    cells = _cells(series, letters, sizes, most)
    for row in range(HEIGHT - 1, -1, -1):
        label = f"{most ** (row / (HEIGHT - 1)):,.0f}" if row % 5 == 0 else ""
        line = "".join(cells.get((column, row), " ") for column in range(WIDTH))
        yield f"{label:>{_LABEL}} │{line}".rstrip()
    yield " " * _LABEL + " └" + "─" * WIDTH
    yield _axis(sizes)
    yield from _legend(letters)


def _cells(
    series: Series, letters: Mapping[str, str], sizes: Sequence[int], most: float
) -> dict[tuple[int, int], str]:
    cells: dict[tuple[int, int], str] = {}
    for name, points in series.items():
        for n, count in points:
            row = round(log(max(count, 1.0), most) * (HEIGHT - 1))
            cells.setdefault((_column(n, sizes), row), letters[name])
    return cells


def _column(n: int, sizes: Sequence[int]) -> int:
    span = log(sizes[-1] / sizes[0]) or 1.0
    return round(log(n / sizes[0]) / span * (WIDTH - 4)) + 1


def _axis(sizes: Sequence[int]) -> str:
    line = " " * (_LABEL + 2)
    for n in sizes:
        line = line.ljust(_LABEL + 2 + _column(n, sizes)) + str(n)
    return line


def _legend(letters: Mapping[str, str]) -> Iterator[str]:
    line = ""
    for name, letter in letters.items():
        entry = f"{letter} {name}"
        if line and len(line) + len(entry) + 3 > _LEGEND:
            yield line
            line = ""
        line += f"   {entry}" if line else entry
    yield line
