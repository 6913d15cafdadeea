"""The trace: what goes in comes out, in the same bytes, and damage is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import TraceError
from aio_sim.kernel.trace import SCHEMA, Source, Table, TaskRow, Trace

CELLS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=20)

PROGRAM = """
import sys
from aio_sim.kernel.trace import Trace
trace = Trace("full")
trace.add_source("list", ["P1", "P2"])
for name in {"a", "b", "c", "d"}: trace.totals[name] = 1
for text in ("h1", "h2"): trace.code(text)
trace.tasks.append((0, 0, 0, 0, 0, 5, 5, 0, 0, 0, -1))
trace.meta = {"seed": 1}
trace.save(sys.argv[1])
"""


def example(level: str = "full") -> Trace:
    """Return a trace with something in every part."""
    trace = Trace(level)  # type: ignore[arg-type]
    trace.add_source("list", ["P1", "P2"])
    trace.add_source("poisson", "poisson-{}")
    for at, table in enumerate(trace.tables.values()):
        width = len(table.columns)
        for row in range(at + 1):
            table.append(tuple(range(row, row + width)))
    trace.code("h1")
    trace.add_total("cpu.busy", 2**60)
    trace.meta = {"seed": 4, "scenario": {"name": "例"}}
    return trace


def content(trace: Trace) -> tuple[object, ...]:
    tables = {name: list(table.rows()) for name, table in trace.tables.items()}
    return trace.level, trace.sources, trace.strings, trace.totals, trace.meta, tables


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


@pytest.mark.parametrize("level", ["tasks", "full"])
def test_a_saved_trace_reads_back_whole(tmp_path: Path, level: str) -> None:
    trace = example(level)
    trace.save(tmp_path / "trace.npz")
    again = Trace.load(tmp_path / "trace.npz")
    assert content(again) == content(trace)
    assert again.code("h1") == trace.code("h1")
    assert again.full == (level == "full")
    assert [path.name for path in tmp_path.iterdir()] == ["trace.npz"]


def test_numpy_alone_can_read_a_saved_trace(tmp_path: Path) -> None:
    example().save(tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz") as members:
        assert members["schedule"].shape == (2, 10)


@pytest.mark.parametrize("hash_seed", ["0", "54321"])
def test_the_same_trace_is_the_same_bytes_in_every_process(tmp_path: Path, hash_seed: str) -> None:
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file, seed in zip(files, ["7", hash_seed], strict=True):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", PROGRAM, file], env=environment, check=True)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_failed_save_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "trace.npz"
    example().save(file)
    before = file.read_bytes()
    broken = example()
    broken.meta = {"seed": object()}
    with pytest.raises(TypeError):
        broken.save(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["trace.npz"]


def test_a_file_of_another_kind_is_no_trace(tmp_path: Path) -> None:
    file = tmp_path / "trace.npz"
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", cells=np.zeros(3))
    np.savez(tmp_path / "list.npz", head=np.frombuffer(b"[]", dtype=np.uint8))
    contents = [b"", b"text", b"\x89PNG", b"PK\x03\x04", *map(Path.read_bytes, tmp_path.iterdir())]
    for content_ in contents:
        file.write_bytes(content_)
        with pytest.raises(TraceError, match=r"trace\.npz"):
            Trace.load(file)


def test_a_missing_file_is_a_trace_error(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"nothing\.npz"):
        Trace.load(tmp_path / "nothing.npz")


def test_a_trace_of_another_version_is_refused(tmp_path: Path) -> None:
    head = np.frombuffer(b'{"schema": "aio-sim/trace/v0"}', dtype=np.uint8)
    np.savez(tmp_path / "old.npz", head=head)
    with pytest.raises(TraceError, match=f"aio-sim/trace/v0', expected '{SCHEMA}'"):
        Trace.load(tmp_path / "old.npz")


@given(data=st.data())
def test_damage_is_noticed_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("damage") / "trace.npz"
    trace = example()
    trace.save(file)
    whole = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[at] ^= data.draw(st.integers(1, 255))
    else:
        del whole[at:]
    file.write_bytes(whole)
    try:
        again = Trace.load(file)
    except TraceError:
        return
    assert content(again) == content(trace)
