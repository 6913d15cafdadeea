"""The chart of the cores: as wide as the terminal, and readable as plain text."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from aio_sim.kernel.trace import Reason, Step, Trace
from aio_sim.report.gantt import Gantt
from tests.analysis.traces import TraceWriter, shortest_first, silberschatz_round_robin


def drawn(trace: Trace, width: int = 80, encoding: str = "utf-8") -> list[str]:
    """Return the lines of a chart as a pipe of that encoding gets them."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    Console(file=file, width=width, highlight=False).print(Gantt(trace))
    return [line.rstrip() for line in raw.getvalue().decode(encoding).splitlines()]


def test_names_stand_in_brackets_where_they_fit() -> None:
    assert drawn(silberschatz_round_robin()) == [
        "Time in s",
        "core 0 [P1    ][P2  ][P3  ][P1                                    ]",
        "       0   2   4   6   8   10  12  14  16  18  20  22  24  26  28  30",
    ]


def test_letters_stand_for_names_where_it_is_narrow() -> None:
    assert drawn(silberschatz_round_robin(), 40) == [
        "Time in s",
        "core 0 111122233311111111111111111111",
        "       0    5    10   15   20   25   30",
        "1 = P1, 2 = P2, 3 = P3",
    ]


def test_a_cell_is_of_whom_has_most_of_it() -> None:
    for width, cells in ((80, 66), (200, 187), (30, 22)):
        row = drawn(shortest_first(), width)[1].removeprefix("core 0 ")
        assert len(row) == cells
        if "[" not in row:
            per_second = cells // 11
            expected = {"A": 4 * per_second, "C": 2 * per_second, "B": 5 * per_second}
            assert Counter(row) == expected


@pytest.mark.parametrize("width", [20, 33, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_line_is_wider_than_the_terminal(width: int, encoding: str) -> None:
    for trace in (shortest_first(), silberschatz_round_robin(), shared(), crowd(40), crowd(400)):
        assert all(len(line) <= width for line in drawn(trace, width, encoding))


def test_switches_and_idle_times_are_seen_and_explained() -> None:
    writer = TraceWriter("A", "B").task("A", 0).task("B", 0)
    writer.dispatch(2, "A").stop(5, "A").dispatch(5, "B", cost=1).stop(9, "B")
    lines = drawn(writer.trace, 50)
    assert lines[1] == "core 0 ········[A         ]////[B         ]"
    assert lines[-1] == "· = idle, / = context switch"
    assert drawn(writer.trace, 50, "ascii")[-1] == ". = idle, / = context switch"


def test_turns_shorter_than_a_cell_are_told_together() -> None:
    writer = TraceWriter("A", "B").task("A", 0).task("B", 0)
    writer.rotation(0, 30, 1e-6, ["B", "A"], [(0, "A", 1e-6)])
    writer.stop(30, "B").dispatch(30, "A").stop(40, "A")
    writer.trace.meta["ended_at"] = 40 * 10**9
    lines = drawn(writer.trace, 50)
    assert lines[1].startswith("core 0 " + "+" * 30 + "[A")
    assert lines[-1] == "+ = several in turn"


def shared() -> Trace:
    writer = TraceWriter("P1", "P2", "P3", cores=2)
    for name in writer.names:
        writer.task(name, 0)
    writer.ready(0, "P1", "P2").dispatch(0, "P1", -1).dispatch(0, "P2", -1)
    writer.ready(3, "P3").dispatch(3, "P3", -1)
    return writer.stop(6, "P1", core=-1).stop(8, "P2", core=-1).stop(10, "P3", core=-1).trace


def test_processes_that_share_have_a_row_each_with_their_share() -> None:
    lines = drawn(shared(), 43)
    assert lines[1] == "P1 " + "█" * 12 + "▅" * 12 + "·" * 16
    assert lines[3] == "P3 " + "·" * 12 + "▅" * 12 + "█" * 16
    assert lines[-1] == "height = share of a core"
    assert drawn(shared(), 43, "ascii")[1] == "P1 " + "#" * 12 + "7" * 12 + "." * 16


def crowd(count: int) -> Trace:
    """Return as many tasks as cores, of all sizes; core k is busy for k seconds."""
    names = [f"task-{number}" for number in range(count)]
    writer = TraceWriter(*names, cores=count)
    for number, name in enumerate(names):
        writer.task(name, 0).dispatch(0, name, number)
    for number, name in enumerate(names):
        writer.stop(number + 1, name, core=number)
    return writer.trace


def test_the_busiest_of_many_cores_are_shown_and_the_rest_counted() -> None:
    lines = drawn(crowd(40))
    rows = [line for line in lines if line.startswith("core")]
    assert [int(row.split()[1]) for row in rows] == list(range(24, 40))
    assert lines[-1] == "24 more cores, less busy, are not shown"


def many_short_tasks() -> Trace:
    """Return 300 tasks of 1 s, one every 2 s for the first 200 and without a pause then."""
    names = [f"t{number}" for number in range(300)]
    writer, time = TraceWriter(*names), 0
    for number, name in enumerate(names):
        writer.task(name, time).dispatch(time, name).stop(time + 1, name)
        time += 2 if number < 200 else 1
    return writer.trace


def test_more_tasks_than_letters_are_shown_as_load() -> None:
    lines = drawn(many_short_tasks(), 57)
    assert lines[1] == "core 0 " + "▄" * 40 + "█" * 10
    assert lines[-1] == "height = load"
    assert drawn(many_short_tasks(), 57, "ascii")[1] == "core 0 " + "5" * 40 + "#" * 10


def test_machines_are_named_and_idle_ones_shown_while_they_are_few() -> None:
    writer = TraceWriter("A").task("A", 0).dispatch(0, "A", cpu="h-1").stop(4, "A")
    writer.step(4, Step.STOP, 0, "A", Reason.FINISHED, cpu="h-1")
    writer.trace.meta["hosts"] = [{"name": "h", "count": 3, "cores": 1, "memory": 1}]
    writer.trace.meta["ended_at"] = 4 * 10**9
    lines = drawn(writer.trace, 40)
    assert lines[1:4] == ["h-0 " + "·" * 36, "h-1 [A" + " " * 33 + "]", "h-2 " + "·" * 36]


def test_cores_held_as_a_whole_are_on_the_rows_of_their_cores() -> None:
    writer = TraceWriter("A", cores=2).task("A", 0).held("A", [0, 1], 0, 4)
    lines = drawn(writer.trace, 40)
    assert [line[:9] for line in lines[1:3]] == ["core 0 [A", "core 1 [A"]


def test_a_name_cannot_steer_the_terminal() -> None:
    writer = TraceWriter("\x1b[31mred\n").task("\x1b[31mred\n", 0)
    writer.dispatch(0, writer.names[0]).stop(4, writer.names[0])
    lines = drawn(writer.trace)
    assert "\x1b" not in "".join(lines)
    assert len(lines) == 3


def test_wide_characters_take_their_room() -> None:
    writer = TraceWriter("进程").task("进程", 0).dispatch(0, "进程").stop(4, "进程")
    assert drawn(writer.trace, 20)[1] == "core 0 [进程       ]"


def test_nothing_to_draw_draws_nothing() -> None:
    assert drawn(TraceWriter("A").trace) == []
    assert drawn(silberschatz_round_robin(), 12) == []


def test_what_is_too_brief_for_a_cell_is_named() -> None:
    writer = TraceWriter("A", "B").task("A", 0).task("B", 0).dispatch(0, "A").stop(30, "A")
    writer.dispatch(30, "B").stop(30.001, "B").dispatch(30.001, "A").stop(60, "A")
    assert drawn(writer.trace)[-1] == "too brief to be seen: B"


def test_who_takes_turns_in_one_cell_is_not_hidden_by_who_has_most() -> None:
    writer = TraceWriter("A", "B").task("A", 0).task("B", 0)
    for second in range(400):
        writer.dispatch(second, "A").stop(second + 0.75, "A", Reason.QUANTUM)
        writer.dispatch(second + 0.75, "B").stop(second + 1, "B", Reason.QUANTUM)
    assert set(drawn(writer.trace)[1].removeprefix("core 0 ")) == {"+"}


def test_the_legend_does_not_break_a_pair() -> None:
    lines = drawn(crowd(16), 40)
    assert lines[-4:] == [
        "G = task-6, H = task-7, I = task-8,",
        "J = task-9, K = task-10, L = task-11,",
        "M = task-12, N = task-13, O = task-14,",
        "P = task-15",
    ]


def test_a_share_counts_the_processes_that_have_no_row() -> None:
    names = [f"p{number}" for number in range(20)]
    writer = TraceWriter(*names, cores=10)
    for name in names:
        writer.task(name, 0).dispatch(0, name, -1)
    for name in names:
        writer.stop(8, name, core=-1)
    lines = drawn(writer.trace, 54)
    assert lines[1] == "p0  " + "▄" * 50
    assert lines[-1] == "4 more processes, which came later, are not shown"
