"""What a reader hands on: a chunk of rows of a trace file, in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.errors import Problem, WorkloadError

Column = npt.NDArray[Any]

Rows = dict[str, Column]
"""Columns of one length by name: `line` (in the file), those of a TaskBlock, and perhaps `name`.

Numbers are int64 (times in nanoseconds, sizes in bytes); text is object, with None where there is
none.
"""


class Skips:
    """What becomes of rows that cannot be used: the first is an error, or all are counted."""

    def __init__(self, file: str, *, skip: bool) -> None:
        self.file = file
        self.skip = skip
        self.count = 0
        self.first: Problem | None = None

    def add(self, message: str, line: int, *, field: str = "", column: int = 0) -> None:
        """Count a row that cannot be used.

        Raises WorkloadError with file, line, column and field where rows are not to be skipped.
        """
        problem = Problem(message, self.file, line, column, field)
        if not self.skip:
            raise WorkloadError(problem)
        self.first = self.first or problem
        self.count += 1


def length(rows: Rows) -> int:
    """Return how many rows there are."""
    return len(rows["line"])


def take(rows: Rows, which: Any) -> Rows:
    """Return the rows that an index (a slice, a mask, an order) chooses."""
    return {name: column[which] for name, column in rows.items()}


def joined(*parts: Rows) -> Rows:
    """Return the rows of all parts, which have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def text_column(texts: Sequence[str | None]) -> Column:
    """Return texts as a column of objects."""
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column


def block(rows: Rows, others: Mapping[str, Any]) -> TaskBlock:
    """Return the rows as tasks; columns that the file does not have are taken from `others`."""
    columns: dict[str, Any] = {**others, **rows}
    del columns["line"]
    if columns.pop("name", None) is None:
        columns["index"] = rows["index"].tolist()
    else:
        columns["index"] = others["index"]
    for name in rows.keys() & {"refused", "tenant"}:
        texts = rows[name].tolist()
        columns[name] = texts if any(text is not None for text in texts) else None
    return TaskBlock(**columns)
