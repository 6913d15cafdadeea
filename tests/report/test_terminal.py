"""The summary of a run as plain text, at the widths of a terminal, a phone and a wall."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from aio_sim.kernel.trace import Status, Trace
from aio_sim.report.terminal import print_summary
from aio_sim.report.words import seconds_number
from tests.analysis.traces import TraceWriter, shortest_first, silberschatz_round_robin


def summary(trace: Trace, width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_summary(trace, Console(file=file, width=width, highlight=False))
    return "\n".join(line.rstrip() for line in raw.getvalue().decode(encoding).splitlines())


SUMMARY = """\
by-hand: rr, seed 0, 30 s simulated

tasks       3 completed  context switches  3
makespan    30 s         fairness (Jain)   0.8524
throughput  0.1 tasks/s  CPU utilization   100 %

seconds       mean   median   95 %   99 %   longest
───────────────────────────────────────────────────
waiting      5.667        6    6.9   6.98         7
response     3.667        4    6.7   6.94         7
turnaround   15.67       10     28   29.6        30

Time in s
core 0 [P1    ][P2  ][P3  ][P1                                    ]
       0   2   4   6   8   10  12  14  16  18  20  22  24  26  28  30

task   arrival   work   start   finish   waiting   response   turnaround
────────────────────────────────────────────────────────────────────────
P1           0     24       0       30         6          0           30
P2           0      3       4        7         4          4            7
P3           0      3       7       10         7          7           10"""


def test_the_whole_page() -> None:
    assert summary(silberschatz_round_robin()) == SUMMARY


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_fits_any_width_and_encoding(width: int, encoding: str) -> None:
    for trace in (shortest_first(), silberschatz_round_robin(), refused()):
        text = summary(trace, width, encoding)
        assert max(map(len, text.splitlines())) <= width
        assert "mean" in text
        assert "turnaround" in text


def refused() -> Trace:
    writer = TraceWriter("A", "B", "C").task("A", 0, 1, 3.5, 2)
    for name, reason in (("B", "larger than every host"), ("C", "larger than every host")):
        writer.task(name, 1, status=Status.REJECTED, reason=reason, machine=None)
    return writer.trace


def test_rejections_are_told_with_their_reason() -> None:
    text = summary(refused())
    assert "1 completed, 2 rejected" in text
    assert "2 rejected: larger than every host" in text
    assert "rejected" in next(line for line in text.splitlines() if line.startswith("B "))


def test_many_reasons_are_cut() -> None:
    names = [f"t{number}" for number in range(9)]
    writer = TraceWriter(*names)
    for name in names:
        writer.task(name, 0, status=Status.REJECTED, reason=f"because of {name}", machine=None)
    assert "4 rejected for other reasons" in summary(writer.trace)


@pytest.mark.parametrize(("count", "listed"), [(20, True), (21, False)])
def test_tasks_are_listed_while_they_are_few(count: int, listed: bool) -> None:
    names = [f"task-{number}" for number in range(count)]
    writer = TraceWriter(*names)
    for name in names:
        writer.task(name, 0, 0, 1, 1)
    assert ("task-7" in summary(writer.trace)) is listed


def test_numbers_of_components_are_shown_under_their_names() -> None:
    trace = shortest_first()
    trace.totals |= {"memory.peak": 123456789, "deadlines.missed": 2}
    text = summary(trace)
    assert "memory.peak" in text
    assert "117.7 MiB" in text
    assert "deadlines.missed" in text


def test_a_run_without_tasks_is_told_as_such() -> None:
    assert "0 completed" in summary(TraceWriter().trace)


def test_without_steps_there_is_no_chart() -> None:
    writer = TraceWriter("A", level="tasks").task("A", 0, 0, 1, 1)
    assert "core 0" not in summary(writer.trace)


def test_machines_have_a_column_where_there_are_several() -> None:
    writer = TraceWriter("A", "B").task("A", 0, 0, 1, 1, machine="h-0")
    assert "machine" not in summary(writer.trace, 200)
    assert "machine" in summary(writer.task("B", 0, 0, 1, 1, machine="h-1").trace, 200)


def test_what_the_encoding_cannot_say_is_a_question_mark() -> None:
    writer = TraceWriter("进程", "\ud800").task("进程", 0, 0, 3, 3).task("\ud800", 0, 0, 3, 3)
    assert "??" in summary(writer.trace, 80, "ascii")
    assert "进程" in summary(writer.trace, 80)


def test_tiny_times_are_read_in_their_unit() -> None:
    assert seconds_number(0.000007) == "7 us"
    assert (seconds_number(0), seconds_number(0.5), seconds_number(1e-4)) == ("0", "0.5", "0.0001")
