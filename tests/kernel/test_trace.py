"""The trace in memory: what goes in comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.trace import Source, Table, TaskRow, Trace
from aio_sim.scenario.workloads.common import pattern

CELLS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=20)


@given(ROWS)
def test_a_table_gives_back_its_rows_by_row_by_column_and_by_cell(
    rows: list[tuple[int, int, int]],
) -> None:
    table = Table(("one", "two", "three"))
    for row in rows:
        table.append(row)
    assert len(table) == len(rows)
    assert list(table.rows()) == rows
    assert table.array().tolist() == [list(row) for row in rows]
    assert table.array().shape == (len(rows), 3)
    for at, name in enumerate(table.columns):
        assert table.column(name).tolist() == [row[at] for row in rows]
        assert [table.cell(row, at) for row in range(len(rows))] == table.column(name).tolist()
    assert list(Table(table.columns, table.tobytes()).rows()) == rows


def test_columns_are_copies_so_that_appending_stays_possible() -> None:
    table = Table(("one", "two"))
    table.append((1, 2))
    column = table.column("one")
    table.append((3, 4))
    assert column.tolist() == [1]
    assert column.dtype == np.int64


def test_a_string_has_one_code_and_minus_one_is_none() -> None:
    trace = Trace()
    assert [trace.code(text) for text in ("a", "b", "a")] == [0, 1, 0]
    assert [trace.text(code) for code in (1, 0, -1)] == ["b", "a", ""]


def test_a_source_names_its_tasks_from_a_list_or_a_pattern() -> None:
    assert Source("list", ["P1", "P2"]).name(1) == "P2"
    assert Source("poisson", "poisson-{}").name(7) == "poisson-7"
    assert Source("file", "job {} of many").name(-7) == "job -7 of many"


@given(st.text("a{}0:>.", max_size=12), st.integers(0, 99))
def test_the_label_in_a_pattern_is_told_as_it_is(label: str, index: int) -> None:
    assert Source(label, pattern(label)).name(index) == f"{label}-{index}"


@pytest.mark.parametrize("hostile", ["{0.__class__}-{}", "{:>999999999}-{}", "{index}-{}", "{-{}"])
def test_a_pattern_is_no_format(hostile: str) -> None:
    assert Source("made", hostile).name(3) == hostile[:-2] + "3"


def test_tasks_are_called_by_their_number() -> None:
    trace = Trace()
    listed, made = trace.add_source("list", ["P1", "P2"]), trace.add_source("batch", "batch-{}")
    for number, (source, index) in enumerate([(made, 4), (listed, 1)]):
        trace.tasks.append(TaskRow(number, source, index, 0, 0, 0, 0, 0, 0, 0, -1))
    assert trace.names() == {0: "batch-4", 1: "P2"}
    assert trace.names([1]) == {1: "P2"}


def test_totals_add_up() -> None:
    trace = Trace()
    trace.add_total("context_switches", 2)
    trace.add_total("context_switches", 3)
    assert trace.totals == {"context_switches": 5}
