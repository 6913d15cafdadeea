"""The results of a run for other programs: JSON, CSV, and the files of `--out`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, Final

from aio_sim.analysis.task_table import task_table
from aio_sim.kernel.units import seconds
from aio_sim.report.jobs import jobs_of

if TYPE_CHECKING:
    from pathlib import Path

    from aio_sim.kernel.trace import Trace
    from aio_sim.simulation import Run

SCHEMA: Final = "aio-sim/run/v1"
MOST_TASKS_LISTED: Final = 1_000
_ROWS_AT_ONCE: Final = 4_096
_SAID: Final = ("warnings", "assumptions")
"""What is said of a scenario that was made of other files, sentence by sentence."""


def result(run: Run) -> dict[str, Any]:
    """Return a run as `run --json` prints it; nothing in it is NaN or infinite.

    `tasks` is left out where there are more than MOST_TASKS_LISTED of them. `jobs` are those of
    MapReduce, each with its counters and the checksum of its output.
    """
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "scenario": run.scenario.name,
        "seed": run.seed,
        "ended_at": seconds(run.trace.meta["ended_at"]),
        "metrics": {name: finite(value) for name, value in run.metrics.items()},
    }
    if len(run.trace.tasks) <= MOST_TASKS_LISTED:
        found["tasks"] = list(_task_records(run.trace))
    if jobs := jobs_of(run.trace):
        found["jobs"] = jobs
    return found | {name: run.trace.meta[name] for name in _SAID if name in run.trace.meta}


def as_json(found: dict[str, Any]) -> str:
    """Return strict JSON, for people to read as well."""
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)


def finite(value: Any) -> Any:
    """Return a number for JSON: None where it is NaN or infinite, an int where it is whole."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def write_results(run: Run, folder: Path) -> None:
    """Write a run into a folder, each file beside and then renamed.

    `result.json`, `tasks.csv`, `scenario.yaml` (as run: overrides and seed included), `trace.npz`
    (from which all else can be made again) and `trace.perfetto.json`.
    """
    from aio_sim.report.perfetto import write_perfetto

    scenario = run.scenario.model_copy(update={"seed": run.seed})
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "result.json", lambda file: _write_line(file, as_json(result(run))))
    _write(folder / "tasks.csv", lambda file: write_tasks(run.trace, file))
    _write(folder / "scenario.yaml", lambda file: file.write(scenario.to_yaml()))
    run.trace.save(folder / "trace.npz")
    _write(folder / "trace.perfetto.json", lambda file: write_perfetto(run.trace, file))


def write_tasks(trace: Trace, file: IO[str]) -> None:
    """Write one line a task as CSV, in seconds; a cell is empty where there is no such moment."""
    import csv

    table = task_table(trace)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.dtype.names or ())
    for start in range(0, len(table), _ROWS_AT_ONCE):
        rows = table[start : start + _ROWS_AT_ONCE]
        columns = (_csv_cells(rows[name].tolist()) for name in table.dtype.names or ())
        writer.writerows(zip(*columns, strict=True))


def _csv_cells(values: list[Any]) -> list[Any]:
    """Return a column as it is written: whole seconds as such, nothing for NaN."""
    if not isinstance(values[0], float):
        return values
    # A loop without a call a cell: a million tasks have eleven million of them.
    return ["" if v != v else int(v) if v.is_integer() else v for v in values]


def _task_records(trace: Trace) -> Iterator[dict[str, Any]]:
    table = task_table(trace)
    for row in table.tolist():
        record = dict(zip(table.dtype.names or (), map(finite, row), strict=True))
        yield record | {"machine": record["machine"] or None}


def _write_line(file: IO[str], text: str) -> None:
    file.write(text)
    file.write("\n")


def _write(target: Path, fill: Callable[[IO[str]], object]) -> None:
    """Let a file appear under its name only when it is whole."""
    beside = target.with_name(target.name + ".part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            fill(file)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
