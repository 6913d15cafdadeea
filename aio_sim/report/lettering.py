"""Which rows of a Gantt chart show names or letters of processes, and what these are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from aio_sim.analysis.board import SEVERAL
from aio_sim.analysis.words import listed, plain
from aio_sim.kernel.messages import _
from aio_sim.report.cells import symbols
from aio_sim.report.lanes import Lane

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

Row = tuple[Lane, list[int]]
"""A row, and who is in each of its cells."""


class Lettering:
    """Names where they fit, else letters; of hosts alone where all are too many, or of nobody."""

    def __init__(self, trace: Trace, rows: list[Row]) -> None:
        self._names: dict[int, str] = {}
        self._letters: dict[int, str] = {}
        self._rows: list[Row] = []
        for shown in (rows, [row for row in rows if not row[0].guest]):
            names = _names(trace, shown)
            different = list(dict.fromkeys(names.values()))
            letters = symbols(different)
            if letters is not None:
                of_name = dict(zip(different, letters, strict=True))
                self._names, self._rows = names, shown
                self._letters = {each: of_name[name] for each, name in names.items()}
                break
        self._levels = {lane.guest for lane, _cells in self._rows}
        self._brackets = self._names_fit()

    def shows(self, lane: Lane) -> bool:
        """Return whether a row shows its processes, and not only how many there are."""
        return lane.guest in self._levels

    def stretch(self, process: int, length: int) -> str:
        """Return so many cells of a process."""
        if self._brackets:
            return "[" + set_cell_size(self._names[process], length - 2) + "]"
        return self._letters[process] * length

    @property
    def seen(self) -> set[int]:
        """Who or what is in some cell of the rows that show it."""
        return {occupant for _lane, cells in self._rows for occupant in cells}

    def legend(self) -> Iterator[list[str]]:
        """Yield what the letters stand for, and whose are nowhere to be seen."""
        pairs = dict.fromkeys((sign, self._names[each]) for each, sign in self._letters.items())
        if not self._brackets and any(sign != name for sign, name in pairs):
            yield [f"{sign} = {name}" for sign, name in pairs]
        if unseen := self._unseen():
            yield [_("too brief to be seen: {names}").format(names=listed(unseen))]

    def _unseen(self) -> list[str]:
        """Return the processes that have no cell, where it would be theirs alone."""
        seen = self.seen
        if SEVERAL in seen:
            return []
        shown = {self._names.get(each) for each in seen}
        return [name for name in dict.fromkeys(self._names.values()) if name not in shown]

    def _names_fit(self) -> bool:
        """Return whether every stretch of every row has room for its name in brackets."""
        return all(
            len(list(group)) >= cell_len(self._names[occupant]) + 2
            for _lane, cells in self._rows
            for occupant, group in groupby(cells)
            if occupant in self._names
        )


def _names(trace: Trace, rows: list[Row]) -> dict[int, str]:
    stays = (stay for lane, _cells in rows for stay in lane.stays)
    processes = {stay.process for stay in stays if stay.process >= 0}
    names = trace.names(processes)
    return {each: plain(names.get(each, str(each))) for each in sorted(processes)}
