"""The Standard Workload Format: the rules of each field, and the jobs that a plain split gives."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import WorkloadError
from aio_sim.kernel.rejection import Cause, cause_of
from aio_sim.scenario.readers import swf
from aio_sim.scenario.readers.rows import Rows, Skips
from tests.scenario.readers.files import SWF_HEADER, flat, lenient, strict, swf_line, write

SECOND = 10**9


def read(path: Path, skips: Skips | None = None, memory: bool = False) -> list[Rows]:
    """Return all chunks of a log, each job's tenant its user."""
    return list(swf.read(path, skips or strict(path), memory=memory, tenant="user"))


def one(folder: Path, line: str, memory: bool = False) -> dict[str, object]:
    """Return the one job of a log of one line."""
    (rows,) = read(write(folder, line), memory=memory)
    return {name: column.tolist()[0] for name, column in rows.items()}


def test_a_job_takes_the_processors_it_used_for_its_actual_run_time(tmp_path: Path) -> None:
    line = swf_line(job=7, submit=5, run=30, used=4, asked=8, asked_time=60)
    assert one(tmp_path, line) == {
        "line": 1,
        "index": 7,
        "arrival": 5 * SECOND,
        "work": 30 * SECOND,
        "cores": 4,
        "estimate": 60 * SECOND,
        "refused": None,
        "tenant": "user-3",
    }


def test_where_unknown_the_processors_are_those_asked_and_the_estimate_is_the_actual_time(
    tmp_path: Path,
) -> None:
    job = one(tmp_path, swf_line(used=-1, asked=8, user=-1))
    assert (job["cores"], job["estimate"], job["tenant"]) == (8, -1, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (swf_line(run=-1), "unknown run time"),
        (swf_line(run=0), "zero run time"),
        (swf_line(used=-1, asked=-1), "unknown number of processors"),
        (swf_line(used=0, asked=4), "zero processors"),
        (swf_line(run=-1, used=0), "unknown run time"),
    ],
)
def test_a_job_without_run_time_or_size_is_refused_with_the_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    refused = one(tmp_path, line)["refused"]
    assert refused == reason
    assert cause_of(refused) == (
        Cause.NO_PROCESSORS if "processors" in reason else Cause.NO_RUN_TIME
    )


@pytest.mark.parametrize(
    ("asked", "used", "size"),
    [(100, 50, 100 * 1024 * 4), (-1, 50, 50 * 1024 * 4), (-1, -1, 0), (-1, "12.5", 13 * 1024 * 4),
     (2**50, -1, 2**62)],
)  # fmt: skip
def test_memory_is_that_of_a_processor_times_processors(
    tmp_path: Path, asked: int, used: object, size: int
) -> None:
    line = swf_line(used=4, asked_memory=asked, used_memory=used)
    assert one(tmp_path, line, memory=True)["memory"] == size
    assert "memory" not in one(tmp_path, line)


def test_comments_and_blank_lines_are_no_jobs_wherever_they_stand(tmp_path: Path) -> None:
    content = SWF_HEADER.decode() + f"\n{swf_line(1)}\r\n;comment\n   \n  ; another\n {swf_line(2)}"
    rows = read(write(tmp_path, content, "log.gz"))
    assert flat(rows, "index") == [1, 2]
    assert flat(rows, "line") == [7, 11]


def test_the_header_says_what_the_machine_was(tmp_path: Path) -> None:
    header = swf.read_header(write(tmp_path, SWF_HEADER + swf_line().encode() + b"\n; MaxProcs: 9"))
    assert (header.max_procs, header.max_nodes, header.unix_start_time) == (8, 4, 1000)
    assert header.fields["Version"] == "2.2"


def test_a_header_without_numbers_says_none(tmp_path: Path) -> None:
    header = swf.read_header(write(tmp_path, "; MaxProcs: many\n;;\n" + swf_line()))
    assert (header.max_procs, header.unix_start_time) == (None, None)


@pytest.mark.parametrize(
    ("line", "field", "column", "message"),
    [
        (swf_line(submit="soon"), "submit time (field 2)", 3, "expected a number, got 'soon'"),
        (swf_line(used="2.5"), "allocated processors (field 5)", 11, "expected a whole number"),
        (swf_line(run="nan"), "run time (field 4)", 8, "expected a number, got 'nan'"),
        (swf_line(run="1e30"), "run time (field 4)", 8, "too large"),
        (swf_line(used=10**17), "allocated processors (field 5)", 11, "too large"),
        (
            swf_line().replace("552.21", "fast"),
            "average CPU time (field 6)",
            13,
            "expected a number",
        ),
        ("1 2 3", "", 0, "expected 18 fields, found 3"),
        (swf_line() + " " + swf_line(), "", 0, "expected 18 fields, found 36"),
    ],
)
def test_what_is_not_in_the_format_is_an_error_with_line_and_field(
    tmp_path: Path, line: str, field: str, column: int, message: str
) -> None:
    path = write(tmp_path, f"{swf_line(1)}\n; comment\n{line}\n{swf_line(2)}\n")
    with pytest.raises(WorkloadError, match=message) as caught:
        read(path)
    problem = caught.value.problem
    assert (problem.file, problem.line, problem.column, problem.field) == (
        str(path), 3, column, field,
    )  # fmt: skip
    skips = lenient(path)
    assert flat(read(path, skips), "index") == [1, 2]
    assert skips.count == 1


times = st.one_of(
    st.integers(min_value=-1, max_value=10**9).map(str),
    st.decimals(min_value=0, max_value=10**6, places=4).map(lambda number: f"{number:f}"),
)
sizes = st.integers(min_value=-1, max_value=10**6)
jobs = st.tuples(sizes, times, times, sizes, sizes, times, sizes, sizes, sizes)


@given(st.lists(jobs, min_size=1, max_size=30))
def test_the_jobs_are_those_that_a_plain_split_gives(
    tmp_path_factory: pytest.TempPathFactory, jobs: list[tuple[object, ...]]
) -> None:
    text = "\n".join(swf_line(*job) for job in jobs)
    rows = read(write(tmp_path_factory.mktemp("jobs"), text), memory=True)
    expected = [naive(line.split()) for line in text.split("\n")]
    columns = ("index", "arrival", "work", "cores", "estimate", "memory", "tenant")
    got = list(zip(*(flat(rows, name) for name in columns), strict=True))
    assert got == [job[:-1] for job in expected]
    assert [reason is None for reason in flat(rows, "refused")] == [job[-1] for job in expected]


def naive(words: list[str]) -> tuple[object, ...]:
    """Return a job by the rules, one field at a time, in fractions."""
    fields = [Fraction(word) for word in words]
    nothing = Fraction(0)
    run, cores = fields[3], fields[4] if fields[4] != -1 else fields[7]
    each = fields[9] if fields[9] > 0 else fields[6]
    return (
        fields[0],
        fields[1] * SECOND,
        max(run, nothing) * SECOND,
        max(cores, nothing),
        fields[8] * SECOND if fields[8] > 0 else -1,
        max(ceil(each), 0) * max(cores, nothing) * 1024,
        f"user-{words[11]}" if fields[11] >= 0 else None,
        run > 0 and cores > 0,
    )
