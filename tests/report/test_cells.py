"""Who is in a cell of a chart is told by what is busy in it altogether."""

from aio_sim.analysis.board import SEVERAL, CoreSlice
from aio_sim.report.cells import occupants
from aio_sim.report.lanes import IDLE, MOSTLY_IDLE, Lane, chart
from aio_sim.report.scale import Scale
from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate

CELL = Scale(0, 100, 1)


def _stays(*stretches: tuple[int, int, int]) -> Lane:
    return Lane("core", [CoreSlice("h", 0, *stretch) for stretch in stretches])


def test_many_short_stays_that_are_busy_more_than_half_of_a_cell_are_not_idle() -> None:
    pieces = [(number, 10 * number, 10 * number + 7) for number in range(10)]
    assert occupants(_stays(*pieces), CELL) == [SEVERAL]


def test_a_cell_that_is_busy_for_less_than_half_is_mostly_idle() -> None:
    assert occupants(_stays((1, 0, 3)), CELL) == [MOSTLY_IDLE]
    assert occupants(_stays((1, 0, 20), (2, 20, 40)), CELL) == [MOSTLY_IDLE]


def test_a_cell_that_is_busy_for_half_of_it_shows_who_is_there() -> None:
    assert occupants(_stays((1, 0, 50)), CELL) == [1]


def test_a_cell_in_which_nobody_is_is_idle() -> None:
    assert occupants(_stays(), CELL) == [IDLE]


def test_a_chart_reaches_to_the_end_of_a_copy_that_goes_on_after_the_last_task() -> None:
    scenario = Scenario.from_text(
        """
name: copying
hosts:
  - name: h
    count: 2
    disk: {size: 1GB, read: 500MB/s, write: 500MB/s}
    network: {bandwidth: 100Mbps}
workload:
  - {kind: list, tasks: [{id: a, work: 1}], on: h-0}
copies:
  - {name: disk, size: 64MiB, from: h-0, to: h-1}
"""
    )
    trace = simulate(scenario, level="full").trace
    assert chart(trace).until == trace.meta["ended_at"] > 5_000_000_000
