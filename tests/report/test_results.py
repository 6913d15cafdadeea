"""What other programs read: JSON, CSV and the files of `--out`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from aio_sim.kernel.trace import Status, Trace
from aio_sim.report.results import as_json, finite, result, write_results, write_tasks
from tests.analysis.traces import TraceWriter, silberschatz_round_robin
from tests.report.runs import RunStub

COLUMNS = "id,kind,arrival,start,finish,work,waiting,response,turnaround,status,machine"


def with_a_rejection() -> Trace:
    writer = TraceWriter("A", "B").task("A", 0.5, 1, 3.25, 2.25)
    return writer.task("B", 1, status=Status.REJECTED, reason="full", machine=None).trace


def result_of(trace: Trace) -> dict[str, Any]:
    run: Any = RunStub(trace)
    return result(run)


def test_the_result_is_the_documented_object() -> None:
    found = result_of(silberschatz_round_robin())
    assert set(found) == {"schema", "scenario", "seed", "ended_at", "metrics", "tasks"}
    assert found["schema"] == "aio-sim/run/v1"
    assert (found["scenario"], found["seed"], found["ended_at"]) == ("by-hand", 7, 30)
    assert found["metrics"]["waiting.mean"] == 17 / 3
    assert found["tasks"][0] == {
        "id": "P1",
        "kind": "list",
        "arrival": 0,
        "start": 0,
        "finish": 30,
        "work": 24,
        "waiting": 6,
        "response": 0,
        "turnaround": 30,
        "status": "completed",
        "machine": "h1",
    }


def test_what_is_missing_is_null_and_the_json_is_strict() -> None:
    found = json.loads(as_json(result_of(with_a_rejection())), parse_constant=pytest.fail)
    rejected = found["tasks"][1]
    assert rejected["status"] == "rejected"
    assert [rejected[key] for key in ("start", "finish", "response", "machine")] == [None] * 4


@pytest.mark.parametrize(("count", "listed"), [(1000, True), (1001, False)])
def test_tasks_are_left_out_above_a_thousand(count: int, listed: bool) -> None:
    writer = TraceWriter(*(f"t{index}" for index in range(count)))
    for name in writer.names:
        writer.task(name, 0, 0, 1, 1)
    assert ("tasks" in result_of(writer.trace)) is listed


def test_the_csv_has_the_documented_columns_and_empty_cells() -> None:
    file = io.StringIO()
    write_tasks(with_a_rejection(), file)
    assert file.getvalue().splitlines() == [
        COLUMNS,
        "A,list,0.5,1,3.25,2.25,0.5,0.5,2.75,completed,h1",
        "B,list,1,,,0,0,,,rejected,",
    ]


def test_awkward_names_survive_the_csv() -> None:
    names = ['comma, "quote"', "line\nbreak", "进程"]
    writer = TraceWriter(*names)
    for name in names:
        writer.task(name, 0, 0, 1, 1)
    file = io.StringIO()
    write_tasks(writer.trace, file)
    file.seek(0)
    assert [row["id"] for row in csv.DictReader(file)] == names


def test_numbers_for_json_are_finite_and_whole_where_they_can_be() -> None:
    assert finite(float("nan")) is finite(float("inf")) is None
    assert finite(2.0) == 2
    assert type(finite(2.0)) is int
    assert finite(2.5) == 2.5
    assert finite("nan") == "nan"


def test_all_files_are_written_and_nothing_half_done_stays(tmp_path: Path) -> None:
    run: Any = RunStub(silberschatz_round_robin())
    write_results(run, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "result.json",
        "scenario.yaml",
        "tasks.csv",
        "trace.npz",
        "trace.perfetto.json",
    ]
    assert json.loads((tmp_path / "out" / "result.json").read_text("utf-8")) == result(run)
    assert "seed: 7" in (tmp_path / "out" / "scenario.yaml").read_text("utf-8")
    assert (tmp_path / "out" / "tasks.csv").read_text("utf-8").startswith(COLUMNS)
    json.loads((tmp_path / "out" / "trace.perfetto.json").read_text("utf-8"))


def test_everything_can_be_made_again_from_the_saved_trace(tmp_path: Path) -> None:
    first: Any = RunStub(silberschatz_round_robin())
    write_results(first, tmp_path / "first")
    again: Any = RunStub(Trace.load(tmp_path / "first" / "trace.npz"))
    write_results(again, tmp_path / "again")
    for path in (tmp_path / "first").iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_file_that_cannot_be_finished_does_not_appear(tmp_path: Path) -> None:
    run: Any = RunStub(silberschatz_round_robin())
    run.trace.totals["broken.number"] = object()
    with pytest.raises(TypeError):
        write_results(run, tmp_path)
    assert list(tmp_path.iterdir()) == []
