"""Saved traces: the same bytes for the same trace, and no trust in what is read."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel import trace_file
from aio_sim.kernel.errors import TraceError
from aio_sim.kernel.trace import FIRST, LEFT, SCHEMA, Reason, Status, Step, Trace

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
    h1, span, track = (trace.code(text) for text in ("h1", "exclusive", "h1/0"))
    trace.tasks.append((0, 0, 1, 0, 0, 5, 5, 0, Status.COMPLETED, h1, -1))
    trace.tasks.append((1, 1, -7, 0, -1, -1, 2**62, 0, Status.INSIDE, -1, -1))
    trace.schedule.append((0, Step.READY, h1, -1, 0, Reason.ARRIVAL, 0, -1, 0, 0))
    trace.schedule.append((0, Step.DISPATCH, h1, 0, 0, Reason.ALONE, 0, -1, -(2**63), 0))
    for number, changes in enumerate([[(0, FIRST), (1, 0)], [(1, LEFT)]]):
        trace.rotations.append((number, number + 1, h1, 4, 0, 0, 0, len(changes), 1))
        trace.rotation_cores.append((0, 0, number + 4))
        for change in changes:
            trace.rotation_changes.append(change)
    trace.spans.append((span, track, 0, 0, 5))
    trace.counters.append((3, h1, 10**9))
    trace.add_total("cpu.busy", 2**60)
    trace.meta = {
        "seed": 4,
        "scenario": {"name": "例"},
        "ended_at": 5,
        "policy": "rr",
        "hosts": [{"name": "h1", "cores": 1, "memory": 2**30}],
        "criteria": {"h1": ["rr", "turn"]},
    }
    return trace


def content(trace: Trace) -> tuple[object, ...]:
    tables = {name: list(table.rows()) for name, table in trace.tables.items()}
    return trace.level, trace.sources, trace.strings, trace.totals, trace.meta, tables


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


def members_of(trace: Trace, folder: Path) -> dict[str, bytes]:
    """Return the files in a saved trace."""
    trace.save(folder / "whole.npz")
    with zipfile.ZipFile(folder / "whole.npz") as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def made_up(folder: Path, members: dict[str, bytes]) -> Path:
    """Return a file of those members, which has no mark of damage."""
    file = folder / "trace.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content_ in members.items():
            archive.writestr(name, content_)
    return file


def as_npy(cells: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(cells))
    return buffer.getvalue()


HEADS: list[Callable[[dict[str, Any]], object]] = [
    lambda head: head.pop("level"),
    lambda head: head.update(level="some"),
    lambda head: head.update(strings="h1"),
    lambda head: head["strings"].append(7),
    lambda head: head["strings"].append("h1"),
    lambda head: head["strings"].pop(),
    lambda head: head.update(sources={}),
    lambda head: head["sources"].append(["label"]),
    lambda head: head["sources"].append(["label", [1]]),
    lambda head: head["sources"].append([3, "label-{}"]),
    lambda head: head["sources"].pop(),
    lambda head: head["sources"][0][1].pop(),
    lambda head: head.update(totals=[]),
    lambda head: head["totals"].update(makespan="3"),
    lambda head: head["totals"].update(makespan=float("nan")),
    lambda head: head["totals"].update(makespan=10**400),
    lambda head: head.update(meta=None),
    lambda head: head["meta"].update(ended_at="5"),
    lambda head: head["meta"].update(ended_at=2**70),
    lambda head: head["meta"].update(scenario=[]),
    lambda head: head["meta"].update(hosts=["h1"]),
    lambda head: head["meta"].update(hosts=[{"name": "h1", "count": 10**9}]),
    lambda head: head["meta"].update(hosts=[{"name": "h1", "count": 10**6}] * 2),
    lambda head: head["meta"].update(criteria={"h1": "rr"}),
    lambda head: head["columns"].pop("spans"),
    lambda head: head["columns"]["spans"].reverse(),
]


@pytest.mark.parametrize("damage", HEADS)
def test_a_head_that_cannot_be_is_a_trace_error(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    members = members_of(example(), tmp_path)
    head = json.loads(np.load(io.BytesIO(members["head.npy"])).tobytes())
    damage(head)
    members["head.npy"] = as_npy(np.frombuffer(json.dumps(head).encode(), dtype=np.uint8))
    with pytest.raises(TraceError, match=r"trace\.npz"):
        Trace.load(made_up(tmp_path, members))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("tasks", "source", 2), ("tasks", "source", -1), ("tasks", "index", 2),
        ("tasks", "index", -1), ("tasks", "status", 4), ("tasks", "status", -1),
        ("tasks", "machine", 3), ("tasks", "machine", -2), ("tasks", "reason", 2**62),
        ("schedule", "cpu", 3), ("schedule", "cpu", -1), ("schedule", "step", 3),
        ("schedule", "reason", 9), ("rotations", "cpu", -1), ("rotations", "quantum", 0),
        ("rotations", "cost", -1), ("rotations", "ring", 1), ("rotations", "ring", -1),
        ("rotations", "changes", 3), ("rotations", "changes", -1), ("rotations", "changes", 1),
        ("rotations", "cores", 0), ("rotations", "cores", 2**62), ("spans", "name", 3),
        ("spans", "track", -1), ("counters", "name", 3),
    ],
)  # fmt: skip
def test_a_code_that_leads_nowhere_is_a_trace_error(
    tmp_path: Path, table: str, column: str, value: int
) -> None:
    trace = example()
    members = members_of(trace, tmp_path)
    cells = trace.tables[table].array()
    cells[0, trace.tables[table].columns.index(column)] = value
    members[f"{table}.npy"] = as_npy(cells)
    with pytest.raises(TraceError, match=f"{table}.{column}"):
        Trace.load(made_up(tmp_path, members))


@pytest.mark.parametrize(
    "cells",
    [
        np.zeros((2, 10)),
        np.zeros((2, 9), dtype=np.int64),
        np.zeros(10, dtype=np.int64),
        np.zeros((1, 2, 10), dtype=np.int64),
        np.zeros((2, 10), dtype=np.int64, order="F"),
        np.zeros((2, 10), dtype=">i8"),
        np.zeros((2, 10), dtype=np.int32),
    ],
    ids=lambda cells: f"{cells.dtype}-{cells.shape}-{cells.flags.f_contiguous}",
)
def test_a_table_of_another_shape_or_type_is_a_trace_error(tmp_path: Path, cells: Any) -> None:
    members = members_of(example(), tmp_path)
    members["schedule.npy"] = as_npy(cells)
    with pytest.raises(TraceError, match="schedule"):
        Trace.load(made_up(tmp_path, members))


@pytest.mark.parametrize("rows", [10**15, 3, -1])
def test_a_shape_that_its_bytes_do_not_bear_out_takes_no_memory(tmp_path: Path, rows: int) -> None:
    members = members_of(example(), tmp_path)
    shape = b"(2, 10)"
    promised = f"({rows}, 10)".encode()
    header = (
        members["schedule.npy"]
        .replace(shape, promised)
        .replace(b" " * len(promised), b" " * len(shape), 1)
    )
    members["schedule.npy"] = header
    file = made_up(tmp_path, members)
    assert peak(lambda: refused(file, "schedule")) < 10_000_000


def test_what_is_too_large_is_told_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = members_of(example(), tmp_path)
    members["schedule.npy"] = as_npy(np.zeros((200_000, 10), dtype=np.int64))
    file = made_up(tmp_path, members)
    assert file.stat().st_size < 100_000
    for limit in ("LARGEST_TRACE", "LARGEST_HEAD"):
        with monkeypatch.context() as patched:
            patched.setattr(trace_file, limit, 100)
            assert peak(lambda: refused(file, "100 are read")) < 2_000_000


def test_reading_takes_little_more_memory_than_the_trace(tmp_path: Path) -> None:
    trace = example()
    rows = 50_000
    for time in range(rows):
        trace.schedule.append((time << 30, 0, 0, -1, 0, 0, time << 31, -1, time << 32, time << 33))
    trace.save(tmp_path / "trace.npz")
    assert peak(lambda: Trace.load(tmp_path / "trace.npz")) < 3.5 * rows * 10 * 8


def refused(file: Path, said: str) -> None:
    with pytest.raises(TraceError, match=said):
        Trace.load(file)


def peak(call: Callable[[], object]) -> int:
    """Return how many bytes a call held at most."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
