"""The table of tasks."""

from __future__ import annotations

import sys

import pytest

from aio_sim.analysis.task_table import task_table
from tests.analysis.traces import TraceWriter


def test_a_table_becomes_a_data_frame_with_the_same_cells() -> None:
    pandas = pytest.importorskip("pandas")
    writer = TraceWriter("A", "B")
    writer.task("A", 0, 0, 3)
    writer.task("B", 1, 3, 5)
    table = task_table(writer.trace)
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(table.dtype.names or ())
    assert frame["finish"].tolist() == [3, 5]
    assert frame["id"].tolist() == ["A", "B"]


def test_where_pandas_is_not_installed_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)  # as if it were not there
    writer = TraceWriter("A")
    writer.task("A", 0, 0, 3)
    with pytest.raises(ImportError, match=r'pip install "aio-sim\[pandas\]"'):
        task_table(writer.trace).to_pandas()
