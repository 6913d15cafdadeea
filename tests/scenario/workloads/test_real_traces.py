"""Real logs, each against what a few lines of another parser say of it."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.readers import swf
from tests.scenario.workloads.specs import SECOND, blocks, column, spec


def trace(path: Path, format: str, **fields: Any) -> Any:
    """Return the workload that replays a log; skip where the log is not there."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return spec("trace", format=format, path=str(path), **fields)


@pytest.mark.parametrize(
    ("name", "jobs", "refused", "processors"),
    [
        ("KTH-SP2-1996-2.1-cln", 28_476, 9, 100),
        ("LCG-2005-1", 188_041, 521, 24_515),
        ("HPC2N-2002-excerpt", 3_170, 25, 240),
    ],
)
def test_a_batch_log_is_the_one_that_a_plain_split_reads(
    shared: Path, name: str, jobs: int, refused: int, processors: int
) -> None:
    path = shared / "traces/swf" / f"{name}.swf.gz"
    parts = blocks(trace(path, "swf"))
    reasons = column(parts, "refused")
    assert (len(reasons), len(reasons) - reasons.count(None)) == (jobs, refused)
    columns = [column(parts, field) for field in ("index", "arrival", "work", "cores", "estimate")]
    with gzip.open(path, "rt") as file:
        for line, *job, reason in zip(
            (line for line in file if line.strip() and line[0] != ";"),
            *columns,
            reasons,
            strict=True,
        ):
            number, submit, _, run, used, _, _, asked, time, *_ = line.split()
            assert job[:2] == [int(number), int(submit) * SECOND]
            size = int(used) if int(used) > 0 else int(asked)
            assert (reason is None) == (int(run) > 0 and size > 0)
            assert job[4] == (int(time) * SECOND if int(time) > 0 else -1)
            if reason is None:
                assert job[2:4] == [int(run) * SECOND, size]
    assert swf.read_header(path).max_procs == processors


def test_the_azure_trace_is_the_one_that_the_csv_module_reads(shared: Path) -> None:
    path = shared / "traces/llm/AzureLLMInferenceTrace_conv.csv.gz"
    parts = blocks(trace(path, "azure_llm"))
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(map(len, parts)) == 19_366
    stamps = [row["TIMESTAMP"].partition(".") for row in rows]
    first = datetime.fromisoformat(stamps[0][0])
    instants = [
        int((datetime.fromisoformat(whole) - first).total_seconds()) * SECOND
        + int(Decimal(f"0.{digits}") * SECOND)
        for whole, _, digits in stamps
    ]
    assert column(parts, "arrival") == [instant - instants[0] for instant in instants]
    assert column(parts, "work") == [
        int(row["ContextTokens"]) * 80_000 + int(row["GeneratedTokens"]) * 28_000_000
        for row in rows
    ]
    assert parts[-1].arrival[-1] // SECOND == 3501  # the README of the traces says 3,502 s


def test_the_alibaba_trace_is_the_one_that_the_csv_module_reads(shared: Path) -> None:
    path = shared / "traces/gpu/alibaba-gpu-v2023/openb_pod_list_default.csv.gz"
    workload = trace(path, "alibaba_gpu")
    source = workload.open(RandomStreams(1), "trace")
    parts = list(source.blocks)
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [source.names[index] for index in column(parts, "index")] == [
        row["name"] for row in rows
    ]
    reasons = column(parts, "refused")
    assert (len(rows), reasons.count("never scheduled")) == (8_152, 897)
    assert [reason is None for reason in reasons] == [bool(row["scheduled_time"]) for row in rows]
    for row, cores, memory, work in zip(
        rows, column(parts, "cores"), column(parts, "memory"), column(parts, "work"), strict=True
    ):
        assert cores - 1 < int(row["cpu_milli"]) / 1000 <= cores
        assert memory == int(row["memory_mib"]) << 20
        if row["scheduled_time"]:
            seconds = Decimal(row["deletion_time"]) - Decimal(row["scheduled_time"])
            assert work == seconds * SECOND


def test_a_table_out_of_order_is_sorted(shared: Path) -> None:
    path = shared / "traces/swf/SURF-lisa-week-tasks.csv.gz"
    columns = {"arrival": "submission_time", "work": "duration", "cores": "cpu_count"}
    workload = trace(path, "csv", columns=columns, scale={"arrival": "ms", "work": "ms"})
    parts = blocks(workload)
    with gzip.open(path, "rt", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["submission_time"]))
    assert len(rows) == 6_295
    assert column(parts, "arrival") == [int(row["submission_time"]) * 10**6 for row in rows]
    assert column(parts, "work") == [int(row["duration"]) * 10**6 for row in rows]
    assert column(parts, "cores") == [int(row["cpu_count"]) for row in rows]


def test_calls_known_by_their_end_arrive_their_duration_before(shared: Path) -> None:
    path = shared / "traces/serverless/Azure2021_200.csv"
    columns = {"finish": "end_timestamp", "work": "duration"}
    parts = blocks(trace(path, "csv", columns=columns, origin="first"))
    assert sum(map(len, parts)) == 199
    work = [nanoseconds for nanoseconds in column(parts, "work") if nanoseconds]
    with path.open(newline="") as file:
        durations = [Decimal(row["duration"]) for row in csv.DictReader(file)]
    assert sorted(work) == sorted(int(each * SECOND) for each in durations if each)
