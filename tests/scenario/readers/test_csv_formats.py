"""The formats of CSV: columns of one's own, Azure LLM requests, Alibaba GPU pods."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aio_sim.kernel.errors import WorkloadError
from aio_sim.kernel.rejection import Cause, cause_of
from aio_sim.scenario.readers import alibaba_gpu, azure_llm, csv_columns
from aio_sim.scenario.readers.csv_table import Table
from aio_sim.scenario.readers.rows import Rows
from aio_sim.scenario.readers.terms import Target, Unit
from tests.scenario.readers.files import flat, strict, write

SECOND = 10**9
TIMES: tuple[Target, ...] = ("arrival", "finish", "work", "deadline", "estimate")
PODS = "name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time,scheduled_time\n"


def mapped(
    folder: Path, content: str, columns: dict[Target, str | int], **units: Unit
) -> list[Rows]:
    """Return the rows of a table whose times are in seconds unless said otherwise."""
    path = write(folder, content)
    scale: dict[Target, Unit] = dict.fromkeys(TIMES, SECOND) | units  # type: ignore[operator]
    return list(csv_columns.read(Table(path), columns, scale, strict(path)))


def test_every_field_of_a_task_can_be_a_column(tmp_path: Path) -> None:
    content = "n,at,w,c,m,p,weight,d,e,t\nx,1.5,250,2500,64,-1,2,10,20,lab\ny,2,1,,,,,,,\n"
    columns: dict[Target, str | int] = {
        "id": "n", "arrival": "at", "work": "w", "cores": "c", "memory": "m", "priority": "p",
        "weight": "weight", "deadline": "d", "estimate": "e", "tenant": "t",
    }  # fmt: skip
    units: dict[str, Unit] = {"work": 10**6, "cores": Fraction(1, 1000), "memory": 2**20}
    rows = mapped(tmp_path, content, columns, **units)
    expected = {
        "name": ["x", "y"],
        "arrival": [1_500_000_000, 2 * SECOND],
        "work": [250_000_000, 1_000_000],
        "cores": [3, 0],
        "memory": [64 * 2**20, 0],
        "priority": [-1.0, 0.0],
        "weight": [2.0, 1.0],
        "deadline": [10 * SECOND, -1],
        "estimate": [20 * SECOND, -1],
        "tenant": ["lab", None],
        "refused": [None, None],
    }
    assert {name: flat(rows, name) for name in expected} == expected


def test_a_task_that_is_known_by_its_end_arrives_its_work_before(tmp_path: Path) -> None:
    rows = mapped(tmp_path, "end,w\n10,4\n", {"finish": "end", "work": "w"})
    assert flat(rows, "arrival") == [6 * SECOND]


def test_dates_are_read_where_the_unit_says_so(tmp_path: Path) -> None:
    content = "at,w\n1970-01-01T00:00:01.000000001Z,1\n"
    rows = mapped(tmp_path, content, {"arrival": "at", "work": "w"}, arrival="timestamp")
    assert flat(rows, "arrival") == [SECOND + 1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [("0,,1", "unknown run time"), ("0,-1,1", "unknown run time"), ("0,0,1", "zero run time"),
     ("0,1,-1", "unknown number of processors"), ("0,1,1", None)],
)  # fmt: skip
def test_a_row_without_run_time_or_size_is_refused(
    tmp_path: Path, row: str, reason: str | None
) -> None:
    columns: dict[Target, str | int] = {"arrival": "a", "work": "w", "cores": "c"}
    refused = flat(mapped(tmp_path, f"a,w,c\n{row}\n", columns), "refused")
    assert refused == [reason]
    if reason is not None:
        expected = Cause.NO_PROCESSORS if "processors" in reason else Cause.NO_RUN_TIME
        assert cause_of(refused[0]) == expected


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [("x,1,a,1", "at", "expected a number"), (",1,a,1", "at", "expected a number"),
     ("0,1, ,1", "column 3", "expected an id"), ("0,1,a,0", "share", "expected a weight from"),
     ("0,1,a,1e17", "share", "to 1000000, got 1e17")],
)  # fmt: skip
def test_an_error_names_the_column_of_the_file(
    tmp_path: Path, row: str, field: str, message: str
) -> None:
    columns: dict[Target, str | int] = {"arrival": "at", "work": "w", "id": 3, "weight": "share"}
    with pytest.raises(WorkloadError, match=message) as caught:
        mapped(tmp_path, f"at,w,n,share\n{row}\n", columns)
    assert (caught.value.problem.line, caught.value.problem.field) == (2, field)


def test_the_work_of_a_request_grows_with_its_tokens(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
        "1970-01-01 00:00:02.0000001,100,10\r\n1970-01-01 00:00:03,0,0",
    )
    rows = list(azure_llm.read(path, strict(path), context_token=3, generated_token=1000))
    assert flat(rows, "arrival") == [2 * SECOND + 100, 3 * SECOND]
    assert flat(rows, "work") == [10_300, 0]
    assert flat(rows, "refused") == [None, "no tokens"]
    assert cause_of(flat(rows, "refused")[1]) == Cause.NO_TOKENS


@pytest.mark.parametrize(
    ("row", "field"),
    [("soon,1,1", "TIMESTAMP"), ("1970-01-01 00:00:02,x,1", "ContextTokens"),
     ("1970-01-01 00:00:02,1,-1", "GeneratedTokens"),
     ("1970-01-01 00:00:02,1,4000000000000000000", "GeneratedTokens")],
)  # fmt: skip
def test_a_request_that_cannot_be_is_an_error(tmp_path: Path, row: str, field: str) -> None:
    path = write(tmp_path, f"TIMESTAMP,ContextTokens,GeneratedTokens\n{row}\n")
    with pytest.raises(WorkloadError) as caught:
        list(azure_llm.read(path, strict(path), context_token=1000, generated_token=1000))
    assert (caught.value.problem.line, caught.value.problem.field) == (2, field)


def pods(path: Path, exclusive: bool = True) -> list[Rows]:
    """Return the pods of a trace."""
    return list(alibaba_gpu.read(path, strict(path), exclusive=exclusive, memory=True))


def test_a_pod_works_from_its_scheduling_to_its_deletion(tmp_path: Path) -> None:
    path = write(tmp_path, PODS + "p,3152,5600,1,10,50,20\nq,8000,1,0,11,60,\nr,0,0,0,12,30,30\n")
    rows = pods(path)
    assert flat(rows, "name") == ["p", "q", "r"]
    assert flat(rows, "arrival") == [10 * SECOND, 11 * SECOND, 12 * SECOND]
    assert flat(rows, "work") == [30 * SECOND, 0, 0]
    assert flat(rows, "cores") == [4, 8, 1]
    assert flat(rows, "memory") == [5600 * 2**20, 2**20, 0]
    assert flat(rows, "refused") == [None, "never scheduled", "zero run time"]
    causes = [cause_of(reason) for reason in flat(rows, "refused")[1:]]
    assert causes == [Cause.NEVER_SCHEDULED, Cause.NO_RUN_TIME]
    assert flat(pods(path, exclusive=False), "cores") == [0, 0, 0]


@pytest.mark.parametrize(
    ("row", "field"),
    [("p,many,1,0,0,2,1", "cpu_milli"), ("p,1,-1,0,0,2,1", "memory_mib"),
     ("p,1,1,0,,2,1", "creation_time"), ("p,1,1,0,0,1,2", "deletion_time")],
)  # fmt: skip
def test_a_pod_that_cannot_be_is_an_error(tmp_path: Path, row: str, field: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        pods(write(tmp_path, PODS + row))
    assert (caught.value.problem.line, caught.value.problem.field) == (2, field)
