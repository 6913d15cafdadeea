"""Logs as workloads: what is replayed of them, under which names, and what is said of bad ones."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.kernel.errors import WorkloadError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.workloads.common import TaskSource
from tests.scenario.readers.files import SWF_HEADER, swf_line, write
from tests.scenario.workloads.specs import SECOND, blocks, column, spec

SWF = SWF_HEADER.decode() + "\n".join(
    [
        swf_line(10, submit=100, run=5, used=2, user=7),
        swf_line(11, submit=100, run=-1),
        swf_line(12, submit=160, run=6, used=99),
        swf_line(13, submit=220, run=7, used=1, asked_time=70),
        swf_line(14, submit=280, run=8, used=1, asked_memory=5),
    ]
)
AZURE = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
    "2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109"
)
PODS = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n"
    "pod-a,3152,100,1,1000,,LS,Running,10,50,20\npod-b,8000,1,0,0,,BE,Pending,11,60,\n"
)
TABLE = "id,submitted,milliseconds,cpus\nx,1665093600000,1500,2\ny,1665093601000,,1\n"
COLUMNS = {"id": "id", "arrival": "submitted", "work": "milliseconds", "cores": "cpus"}
LOGS: dict[str, tuple[str, dict[str, Any]]] = {
    "swf": (SWF, {}),
    "azure_llm": (AZURE, {}),
    "alibaba_gpu": (PODS, {}),
    "csv": (TABLE, {"columns": COLUMNS, "scale": {"arrival": "ms", "work": 0.001}}),
}


def trace(folder: Path, format: str = "swf", content: str = SWF, **fields: Any) -> Any:
    """Return the workload that replays such a log in `folder`."""
    write(folder, content, "log.gz")
    return spec("trace", folder, format=format, path="log.gz", **LOGS[format][1], **fields)


def opened(workload: Any, **options: Any) -> tuple[TaskSource, list[Any]]:
    """Return the source of a workload, and all its blocks."""
    source = workload.open(RandomStreams(1), workload.label(), **options)
    return source, list(source.blocks)


def test_jobs_of_a_batch_log_are_rigid_and_go_by_their_numbers(tmp_path: Path) -> None:
    workload = trace(tmp_path, tenant_from="user", memory=True, priority=4)
    source, parts = opened(workload)
    assert [str(source.names).format(index) for index in column(parts, "index")] == [
        "10", "11", "12", "13", "14",
    ]  # fmt: skip
    assert column(parts, "arrival") == [at * SECOND for at in (100, 100, 160, 220, 280)]
    assert column(parts, "cores") == [2, 1, 99, 1, 1]
    assert column(parts, "estimate") == [-1, -1, -1, 70 * SECOND, -1]
    assert column(parts, "refused") == [None, "unknown run time", None, None, None]
    assert column(parts, "memory") == [0, 0, 0, 0, 5 * 1024]
    assert column(parts, "tenant")[0] == "user-7"
    assert all(part.span and part.priority == 4 for part in parts)
    assert trace(tmp_path, name="kth").names("kth").format(10) == "kth-10"


def test_requests_of_azure_begin_at_the_first_and_work_by_their_tokens(tmp_path: Path) -> None:
    source, parts = opened(trace(tmp_path, "azure_llm", AZURE, deadline=30, cores=1))
    assert column(parts, "arrival") == [0, 4_314_579_000]
    assert column(parts, "work") == [
        374 * 80_000 + 44 * 28_000_000,
        396 * 80_000 + 109 * 28_000_000,
    ]
    assert (source.names, column(parts, "deadline"), column(parts, "cores")) == (
        "trace-{}", [30 * SECOND] * 2, [1, 1],
    )  # fmt: skip
    slow = trace(tmp_path, "azure_llm", AZURE, seconds_per_context_token=0,
                 seconds_per_generated_token=1)  # fmt: skip
    assert column(blocks(slow), "work") == [44 * SECOND, 109 * SECOND]


def test_pods_go_by_their_names(tmp_path: Path) -> None:
    source, parts = opened(trace(tmp_path, "alibaba_gpu", PODS))
    assert [source.names[index] for index in column(parts, "index")] == ["pod-a", "pod-b"]
    assert column(parts, "refused") == [None, "never scheduled"]
    assert column(parts, "memory") == [100 * 2**20, 2**20]
    plain = trace(tmp_path, "alibaba_gpu", PODS, exclusive=False, memory=False)
    assert (column(blocks(plain), "cores"), column(blocks(plain), "memory")) == ([0, 0], [0, 0])


def test_any_table_is_read_by_its_columns(tmp_path: Path) -> None:
    source, parts = opened(trace(tmp_path, "csv", TABLE, origin="first", weight=2, span=True))
    assert column(parts, "arrival") == [0, SECOND]
    assert column(parts, "work") == [1_500_000_000, 0]
    assert column(parts, "refused") == [None, "unknown run time"]
    assert source.names == ["x", "y"]
    assert (parts[0].weight, parts[0].span) == (2, True)


def test_a_table_may_have_no_header_and_dates(tmp_path: Path) -> None:
    write(tmp_path, "5;1970-01-01 00:00:09\n7;1970-01-01 00:00:19\n")
    workload = spec("trace", tmp_path, format="csv", path="log", header=False, delimiter=";",
                    columns={"work": 1, "finish": 2}, scale={"finish": "timestamp"})  # fmt: skip
    assert column(blocks(workload), "arrival") == [0, 8 * SECOND]
    assert column(blocks(workload), "index") == [0, 1]


def test_a_window_is_in_seconds_of_the_log_and_becomes_time_zero(tmp_path: Path) -> None:
    parts = blocks(trace(tmp_path, start=160, to=280, time_scale=0.5))
    assert column(parts, "index") == [12, 13]
    assert column(parts, "arrival") == [0, 30 * SECOND]
    assert column(parts, "work") == [6 * SECOND, 7 * SECOND]


def test_a_window_with_nothing_in_it_has_no_tasks(tmp_path: Path) -> None:
    assert blocks(trace(tmp_path, start=1000)) == []


def test_a_limit_counts_jobs_that_are_accepted(tmp_path: Path) -> None:
    workload = trace(tmp_path, limit=2)
    assert column(blocks(workload), "index") == [10, 11, 12]
    _source, parts = opened(workload, fits=lambda block: np.asarray(block.cores) <= 8)
    assert column(parts, "index") == [10, 11, 12, 13]


def test_a_limit_ends_before_a_bad_line_is_met(tmp_path: Path) -> None:
    assert column(blocks(trace(tmp_path, content=SWF + "\nbroken", limit=4)), "index") == [
        10, 11, 12, 13, 14,
    ]  # fmt: skip


def test_rows_that_cannot_be_read_stop_or_are_counted(tmp_path: Path) -> None:
    bad = SWF.replace(" 160 ", " later ")
    with pytest.raises(WorkloadError) as caught:
        blocks(trace(tmp_path, content=bad))
    assert caught.value.problem.line == 8
    assert caught.value.problem.file == str(tmp_path / "log.gz")
    source, parts = opened(trace(tmp_path, content=bad, on_error="skip"))
    assert column(parts, "index") == [10, 11, 13, 14]
    assert source.skipped() == 1


def test_a_file_with_nothing_to_read_is_an_error_even_where_rows_are_skipped(
    tmp_path: Path,
) -> None:
    for content in (SWF_HEADER.decode(), "x\ny\n"):
        with pytest.raises(WorkloadError, match=r"no rows|none of its rows"):
            blocks(trace(tmp_path, content=content, on_error="skip"))


def test_a_path_is_relative_to_the_folder_of_the_scenario(tmp_path: Path) -> None:
    workload = trace(tmp_path)
    assert Path(workload.path) == tmp_path / "log.gz"
    written = workload.model_dump(mode="json", exclude_unset=True)
    assert list(written)[:3] == ["kind", "format", "path"]
    assert spec(**written) == workload


@pytest.mark.parametrize("format", LOGS)
def test_a_trace_is_written_as_it_is_read(tmp_path: Path, format: str) -> None:
    workload = trace(tmp_path, format, LOGS[format][0], start=1, to=2, limit=3)
    assert spec(**workload.model_dump(mode="json", exclude_unset=True)) == workload
    assert spec(**workload.model_dump(mode="json")) == workload


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"format": "swff"}, "format", "did you mean 'swf'"),
        ({"format": None}, "format", "unknown format|needs a format"),
        ({"path": "lg.gz"}, "path", "no such file"),
        ({"path": ""}, "path", "no such file"),
        ({"path": "."}, "path", "is a folder"),
        ({"path": "/dev/zero"}, "path", "no such file"),
        ({"limit": 0}, "limit", "greater than or equal to 1"),
        ({"time_scale": 0}, "time_scale", "greater than or equal to"),
        ({"time_scale": float("nan")}, "time_scale", "finite"),
        ({"start": 5, "to": 5}, "from", "before `to`"),
        ({"on_error": "ignore"}, "on_error", "'stop' or 'skip'"),
        ({"work": 1}, "work", "unknown field"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    tmp_path: Path, fields: dict[str, Any], place: str, message: str
) -> None:
    write(tmp_path, SWF, "log.gz")
    with pytest.raises(ValidationError, match=message) as caught:
        spec("trace", tmp_path, **{"format": "swf", "path": "log.gz", **fields})
    (error,) = caught.value.errors()
    assert place in error["loc"]


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"columns": {"arrival": "a"}}, ("columns",), "needs `work`"),
        ({"columns": {"work": "a"}}, ("columns",), "either `arrival` or `finish`"),
        ({"columns": {**COLUMNS, "wrk": 1}}, ("columns", "wrk"), "Input should be"),
        ({"columns": {**COLUMNS, "work": 0}}, ("columns", "work"), "number, from 1"),
        ({"header": False}, ("columns", "id"), "without a header"),
        ({"scale": {"work": "fortnight"}}, ("scale", "work"), "unknown unit"),
        ({"scale": {"work": "timestamp"}}, ("scale", "work"), "unknown unit"),
        ({"scale": {"work": 0}}, ("scale", "work"), "above 0"),
        ({"scale": {"cores": "ms"}}, ("scale", "cores"), "must be a number"),
        ({"scale": {"id": 2}}, ("scale", "id"), "no unit"),
        ({"scale": {"memory": 2}}, ("scale", "memory"), "not among the `columns`"),
        ({"delimiter": ";;"}, ("delimiter",), "one character"),
    ],
)
def test_a_mapping_of_columns_that_cannot_be_is_refused(
    tmp_path: Path, fields: dict[str, Any], place: tuple[str, ...], message: str
) -> None:
    write(tmp_path, TABLE)
    with pytest.raises(ValidationError, match=message) as caught:
        spec("trace", tmp_path, **{"format": "csv", "path": "log", "columns": COLUMNS, **fields})
    assert caught.value.errors()[0]["loc"][2 : 2 + len(place)] == place


@pytest.mark.parametrize("format", LOGS)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_bytes_only_ever_give_an_error_that_is_ours_or_tasks(
    tmp_path_factory: pytest.TempPathFactory, format: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(LOGS[format][0].encode())
    if data.draw(st.booleans()):
        content = bytearray(gzip.compress(bytes(content), mtime=0))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=5))
    write(folder, bytes(content))
    skip = data.draw(st.sampled_from(["stop", "skip"]))
    workload = spec("trace", folder, format=format, path="log", on_error=skip, **LOGS[format][1])
    try:
        parts = blocks(workload)
    except WorkloadError:
        return
    instants = column(parts, "arrival")
    assert instants == sorted(instants)
    assert min(column(parts, "work"), default=0) >= 0
