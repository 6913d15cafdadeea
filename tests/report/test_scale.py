"""Time on a row of cells."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.report.scale import Scale, axis, fit, nice, unit_of
from tests.analysis.traces import SECOND, ns


def test_edges_fall_between_cells_where_they_can() -> None:
    scale = fit(0, ns(30), [ns(edge) for edge in (4, 7, 10, 30)], 72)
    assert scale == Scale(0, ns(30), 60)
    assert fit(0, ns(30), [ns(4)], 72).cells == 60  # a common measure of 2 s, four cells each


def test_a_cell_is_a_round_time_where_edges_cannot_be_met() -> None:
    scale = fit(0, ns(31.7), [123_456_789, ns(31.7)], 70)
    assert scale.cell == SECOND / 2
    assert scale.cells == 64


@given(
    st.integers(0, 10**12),
    st.integers(1, 10**13),
    st.lists(st.floats(0, 1), max_size=5),
    st.integers(10, 300),
)
def test_a_scale_covers_the_whole_and_fits(
    start: int, span: int, places: list[float], width: int
) -> None:
    edges = [start + int(place * span) for place in places]
    scale = fit(start, start + span, edges, width)
    assert 1 <= scale.cells <= width
    assert scale.place(start + span) <= scale.cells * (1 + 1e-9)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 40))
def test_the_parts_of_a_stretch_add_up_to_it(first: int, last: int, cells: int) -> None:
    scale = Scale(0, 50, cells)
    start, end = sorted((first, last))
    assert sum(part.time for part in scale.parts(start, end)) == pytest.approx(end - start)


def test_what_lies_outside_is_cut() -> None:
    assert [part.cell for part in Scale(10, 10, 10).parts(0, 12)] == [0, 1]


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.3, 0.5), (1, 1), (1.2, 2), (7, 10), (0.02, 0.02)]
)
def test_nice_numbers(value: float, rounded: float) -> None:
    assert nice(value) == pytest.approx(rounded)


@pytest.mark.parametrize(
    ("seconds", "unit"),
    [(1e-5, "us"), (0.02, "ms"), (30, "s"), (9_000, "s"), (90_000, "h"), (864_000, "d")],
)
def test_the_unit_suits_the_time(seconds: float, unit: str) -> None:
    assert unit_of(ns(seconds))[0] == unit


def test_times_stand_under_their_cells() -> None:
    row, unit = axis(Scale(0, ns(30), 60), 73)
    assert unit == "s"
    for time in range(0, 31, 2):
        assert row[time * 2 :].split()[0] == str(time)


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(10, 200))
def test_an_axis_fits_and_its_times_are_apart(start: int, span: int, cells: int) -> None:
    row, _unit = axis(Scale(start, span, cells), cells)
    assert len(row) <= cells
    times = [Decimal(each) for each in row.split()]
    assert times == sorted(set(times))
