"""Charts of runs with virtual machines: hosts first, then what runs on them."""

from __future__ import annotations

import pytest

from aio_sim.report.lanes import chart
from tests.analysis.machines import LIFE, MOVING, TWO_LEVELS, trace_of
from tests.report.test_gantt import drawn

MANY = (
    TWO_LEVELS.replace("count: 3", "count: 20")
    .replace("cores: 4", "cores: 20, memory: 4")
    .replace("count: 6, work: 1", "count: 20, work: 0.1")
)
ONE = "workload: [{kind: list, tasks: [{id: A, arrival: 0, work: 2}]}]"
CROWD = LIFE.replace(ONE, "workload: [{kind: batch, count: 90, work: 0.02}]")


def test_hosts_and_machines_stand_apart_and_all_are_named() -> None:
    assert drawn(trace_of(LIFE)) == [
        "Time in s",
        "hosts",
        "h1     [vm/0    ]:···················[vm/0    ]:",
        "virtual machines",
        "vm/0   [A       ]--------------------[A       ]:",
        "wide/0 ·········································",
        "wide/1 ·········································",
        "       0    0.5  1    1.5  2    2.5  3    3.5  4",
        "· = idle, : = mostly idle, - = stands still",
    ]


def test_rows_of_many_machines_are_bounded_apart_from_those_of_hosts() -> None:
    lines = drawn(trace_of(MANY))
    assert lines[1] == "hosts"
    assert [line.split()[0] for line in lines[2:5]] == ["h1/0", "h1/1", "virtual"]
    shown = [int(line.removeprefix("vm-").partition("/")[0]) for line in lines[5:21]]
    assert len(set(shown)) == 16
    assert shown == sorted(shown)
    assert "4 more virtual cores, less busy, are not shown" in lines
    assert len(chart(trace_of(MANY)).cores) == 2 + 16


def test_too_many_tasks_for_letters_leave_the_hosts_their_names() -> None:
    lines = drawn(trace_of(CROWD))
    assert lines[2].startswith("h1     [vm/0")
    assert set(lines[4].removeprefix("vm/0   ")) <= set("▁▂▃▄▅▆▇█·")
    assert lines[-1] == "· = idle, : = mostly idle, height = load"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_line_is_wider_than_the_terminal(width: int, encoding: str) -> None:
    for text in (LIFE, TWO_LEVELS, MANY, MOVING):
        assert all(len(line) <= width for line in drawn(trace_of(text), width, encoding))
