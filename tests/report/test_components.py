"""The numbers of components: grouped, in their units, a row a virtual machine."""

from __future__ import annotations

import pytest

from aio_sim.report.components import in_its_unit
from tests.analysis.machines import FAULTING, LIFE, LIMITED, MOVING, TWO_LEVELS, trace_of
from tests.analysis.traces import shortest_first
from tests.report.test_terminal import summary


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("memory.peak", 3 << 30, "3 GiB"),
        ("disk.mean", 1536.4, "1.5 KiB"),
        ("network.h1-switch.utilization", 0.2017, "20.2 %"),
        ("memory.fault_rate", 0.5, "50 %"),
        ("vm.boot.mean", 13.0625, "13.06 s"),
        ("vm.web.steal", 1.5, "1.5 s"),
        ("vm.web.swapped_in", 4096, "4 KiB"),
        ("vm.migration.bytes", 1 << 20, "1 MiB"),
        ("vm.migration.downtime", 0.25, "0.25 s"),
        ("image.copy.time", 2, "2 s"),
        ("memory.references", 6000, "6,000"),
        ("vm.overcommit.cores", 1.5, "1.5"),
    ],
)
def test_numbers_are_in_their_units(name: str, value: float, expected: str) -> None:
    assert in_its_unit(name, value) == expected


def test_a_machine_is_a_row() -> None:
    lines = summary(trace_of(LIFE)).splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("virtual machine "))
    assert lines[head].split() == ["virtual", "machine", "running", "paused", "busy"]
    # It ran for 1.01 s and from 3.01 s to 9 s, and worked for 2 s / 0.98.
    assert lines[head + 2].split() == ["vm", "7", "s", "2", "s", "2.041", "s"]
    assert not [line for line in lines if "vm.vm." in line]


def test_columns_that_say_nothing_are_left_out() -> None:
    assert "throttled" in summary(trace_of(LIMITED))
    assert "swapped in" in summary(trace_of(FAULTING))
    assert "swapped" not in summary(trace_of(TWO_LEVELS))


def test_families_stand_apart() -> None:
    text = summary(trace_of(MOVING), 120)
    groups = [block.split("\n") for block in text.split("\n\n")]
    headings = ["lent by hosts", "copies of images", "network", "virtual machines", "migrations"]
    assert [group[0] for group in groups if group[0] in headings] == headings


def test_of_many_machines_and_links_only_some_are_told() -> None:
    many = TWO_LEVELS.replace("count: 3", "count: 22").replace("cores: 4", "cores: 22, memory: 4")
    lines = summary(trace_of(many.replace("work: 1", "work: 0.01"))).splitlines()
    assert "and 2 more machines" in lines
    assert not [line for line in lines if line.startswith("vm-20 ")]
    trace = shortest_first()
    trace.totals |= {f"network.h{number}-switch.utilization": 0.5 for number in range(9)}
    trace.totals["network.utilization.max"] = 0.5
    assert [line for line in summary(trace).splitlines() if line.startswith("network")] == [
        "network.utilization.max  50 %"
    ]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_it_fits_any_width(width: int) -> None:
    for text in (LIFE, FAULTING, MOVING):
        assert max(map(len, summary(trace_of(text), width).splitlines())) <= width
