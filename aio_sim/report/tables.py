"""Tables of a summary: pairs in columns, and rows of as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

Pairs = Sequence[tuple[str, str]]


class KeyNumbers:
    """Groups of labels and values, in as many columns as there is room for."""

    def __init__(self, *groups: Pairs, headings: Sequence[str] = ()) -> None:
        self._groups = [group for group in groups if group]
        self._headings = headings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pairs = [pair for group in self._groups for pair in group]
        widest = max(cell_len(label) + cell_len(value) + 2 for label, value in pairs)
        columns = min(max(options.max_width // (widest + 4), 1), 2 if len(pairs) > 2 else 1)
        grid = Table.grid(padding=(0, 2))
        for _column in range(columns):
            grid.add_column(style="dim", overflow="fold")
            grid.add_column(style="bold", no_wrap=True)
        for number, group in enumerate(self._groups):
            if number:
                grid.add_row()
            if self._headings:
                grid.add_row(Text(self._headings[number], style="bold not dim"))
            rows = -(-len(group) // columns)
            for row in range(rows):
                cells = [cell for pair in group[row::rows] for cell in pair]
                grid.add_row(*(Text(cell) for cell in cells))
        yield grid


def summary_table() -> Table:
    """Return an empty table in the style of all summaries."""
    from rich import box

    return Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")


def fitting_table(
    columns: Mapping[str, Sequence[str]], width: int, importance: Sequence[str], left: Sequence[str]
) -> Table:
    """Return a table of the columns that fit into a width, the most important ones first.

    The first cell of a column is its title; those in `left` are aligned to the left.
    """
    chosen = _that_fit(columns, width, importance)
    table = summary_table()
    for name in chosen:
        if name in left:
            table.add_column(columns[name][0], overflow="fold")
        else:
            table.add_column(columns[name][0], justify="right", no_wrap=True)
    for cells in zip(*(columns[name][1:] for name in chosen), strict=True):
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _that_fit(
    columns: Mapping[str, Sequence[str]], width: int, importance: Sequence[str]
) -> list[str]:
    """Return the columns that fit into a width, in their order."""
    widths = {name: max(map(cell_len, cells)) + 3 for name, cells in columns.items()}
    chosen: set[str] = set()
    for name in sorted(columns, key=importance.index):
        if sum(widths[each] for each in chosen) + widths[name] <= width or not chosen:
            chosen.add(name)
    return [name for name in columns if name in chosen]
