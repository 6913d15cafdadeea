"""A lab's sheet: its problem, its answer and how one comes to it, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@dataclass(frozen=True)
class Sheet:
    """One problem of a lab.

    `problem` and `answer` are for JSON; `given` is what the problem says, `task` what is asked of
    who works on it. What is iterated over is made only when it is printed.
    """

    problem: dict[str, Any]
    answer: dict[str, Any]
    given: Iterable[RenderableType]
    task: str
    solution: Iterable[RenderableType]
    explanation: Iterable[RenderableType]


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, left: Sequence[int] = (0,)
) -> RenderableType:
    """Return a table in the style of all summaries; the columns `left` are aligned to the left."""
    from rich.text import Text

    from aio_sim.report.tables import summary_table

    drawn = summary_table()
    for index, heading in enumerate(headings):
        drawn.add_column(heading, justify="left" if index in left else "right", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    return drawn


def print_parts(parts: Iterable[RenderableType], console: Console) -> None:
    """Print parts of a sheet to a console of rich, text as it is."""
    from rich.text import Text

    for part in parts:
        console.print(Text(part) if isinstance(part, str) else part)


def listed(values: Iterable[object]) -> str:
    """Return values as a list within a sentence: `7, 0, 1`."""
    return ", ".join(str(value) for value in values)
