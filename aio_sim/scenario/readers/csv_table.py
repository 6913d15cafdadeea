"""A table in CSV as a stream: the columns wanted of each row, turned into numbers by a format."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from aio_sim.kernel.errors import Problem, WorkloadError, hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.readers import text_file
from aio_sim.scenario.readers.numbers import FieldError
from aio_sim.scenario.readers.rows import Rows, Skips, text_column
from aio_sim.scenario.readers.terms import CHUNK

TEXT: Final = frozenset({"name", "tenant", "refused"})
"""The columns of Rows that hold text."""


@dataclass(frozen=True)
class Table:
    """Where a table is and how it is written."""

    path: Path
    header: bool = True
    delimiter: str = ","


T = TypeVar("T")

Convert = Callable[[Sequence[str]], dict[str, Any]]
"""Turns the texts of the columns wanted into one row; raises FieldError."""


def read(
    table: Table, wanted: Sequence[str | int], convert: Convert, skips: Skips
) -> Iterator[Rows]:
    """Yield the rows of a table, in the order of the file; `index` counts them from 0.

    `wanted` names columns by their header, or by their place, from 1.

    Raises WorkloadError where a column is not there, and for rows as `skips` has it.
    """
    gathered: list[dict[str, Any]] = []
    for number, (line, texts) in enumerate(_wanted_texts(table, wanted, skips)):
        try:
            row = convert(texts)
        except FieldError as error:
            skips.add(str(error), line, field=error.field)
        else:
            gathered.append({"line": line, "index": number, **row})
            if len(gathered) == CHUNK:
                yield _columns(gathered)
                gathered = []
    if gathered:
        yield _columns(gathered)


def field(convert: Callable[[str], T], text: str, column: str) -> T:
    """Return a text converted.

    Raises FieldError that names the column.
    """
    try:
        return convert(text)
    except FieldError as error:
        raise FieldError(str(error), column) from None


def _columns(gathered: list[dict[str, Any]]) -> Rows:
    rows: Rows = {}
    for name in gathered[0]:
        values = [row[name] for row in gathered]
        if name in TEXT:
            rows[name] = text_column(values)
        else:
            rows[name] = np.array(values, dtype=float if name in _REAL else np.int64)
    return rows


_REAL: Final = frozenset({"priority", "weight"})


def _wanted_texts(
    table: Table, wanted: Sequence[str | int], skips: Skips
) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and the texts of the columns wanted, of each row that has them."""
    places: list[int] | None = None if table.header else _places(wanted, (), table)
    least = 0
    for line, row in _rows(table, skips):
        if len(row) < 2 and not "".join(row).strip():
            continue
        if places is None:
            places = _places(wanted, row, table, line)
        elif len(row) > (least := least or max(places)):
            yield line, [row[place] for place in places]
        else:
            skips.add(
                _("expected at least {wanted} columns, found {found}").format(
                    wanted=least + 1, found=len(row)
                ),
                line,
            )


def _places(
    wanted: Sequence[str | int], header: Sequence[str], table: Table, line: int = 0
) -> list[int]:
    """Return which column, from 0, each of those wanted is."""
    names = [name.strip() for name in header]
    places = []
    for column in wanted:
        if isinstance(column, int):
            places.append(column - 1)
        elif column in names:
            places.append(names.index(column))
        else:
            message = _("there is no column {column!r}{hint}").format(
                column=column, hint=hint(column, names)
            )
            raise WorkloadError(Problem(message, str(table.path), line))
    if header and max(places) >= len(names):
        message = _("there is no column {wanted}; the header has {found}").format(
            wanted=max(places) + 1, found=len(names)
        )
        raise WorkloadError(Problem(message, str(table.path), line))
    return places


def _rows(table: Table, skips: Skips) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its last line."""
    feed = _Feed(table.path, skips)
    reader = csv.reader(feed, delimiter=table.delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            skips.add(_("not well-formed CSV ({error})").format(error=error), feed.line)
        else:
            yield feed.line, row


class _Feed:
    """The lines of a file as text, and the number of the last one given out."""

    def __init__(self, path: Path, skips: Skips) -> None:
        self.line = 0
        self._skips = skips
        self._lines = self._read(path)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.line, text = next(self._lines)
        return text

    def _read(self, path: Path) -> Iterator[tuple[int, str]]:
        for first, lines in text_file.blocks(path, self._skips):
            for number, line in enumerate(lines, first):
                try:
                    yield number, line.decode("utf-8") + "\n"
                except UnicodeDecodeError:
                    self._skips.add(_("not UTF-8 text"), number)
