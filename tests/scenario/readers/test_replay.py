"""From rows to tasks: order of arrival, window, scale of time, limit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.scenario.readers import replay
from aio_sim.scenario.readers.replay import Window
from aio_sim.scenario.readers.rows import Rows
from aio_sim.scenario.readers.terms import CHUNK
from tests.scenario.readers.files import flat, lenient, strict

FILE = Path("log")


def chunk(arrivals: list[int], first: int = 0) -> Rows:
    """Return rows of those arrivals; their index is their place in the file."""
    place = np.arange(first, first + len(arrivals), dtype=np.int64)
    return {"line": place + 1, "index": place, "arrival": np.array(arrivals, dtype=np.int64)}


def chunks(arrivals: list[int], size: int = 1000) -> Iterator[Rows]:
    """Yield rows of those arrivals, `size` at a time."""
    for at in range(0, len(arrivals), size):
        yield chunk(arrivals[at : at + size], at)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 7))
def test_rows_are_sorted_and_those_of_one_instant_keep_their_order(
    arrivals: list[int], size: int
) -> None:
    rows = list(replay.ordered(chunks(arrivals, size), strict(FILE)))
    expected = sorted(enumerate(arrivals), key=lambda row: (row[1], row[0]))
    assert list(zip(flat(rows, "index"), flat(rows, "arrival"), strict=True)) == expected


def test_a_row_may_be_late_by_a_chunk_anywhere_in_a_long_file() -> None:
    arrivals = list(range(5 * CHUNK))
    for at in (CHUNK, 3 * CHUNK - 7):
        arrivals.insert(at + CHUNK, arrivals.pop(at))
    rows = list(replay.ordered(chunks(arrivals), strict(FILE)))
    assert flat(rows, "arrival") == list(range(5 * CHUNK))
    assert max(len(part["line"]) for part in rows) <= CHUNK


def test_a_row_that_is_later_still_is_an_error_with_its_line_or_is_skipped() -> None:
    arrivals = [*range(5 * CHUNK), 3, *range(5 * CHUNK, 6 * CHUNK)]
    with pytest.raises(WorkloadError, match="sort the file") as caught:
        list(replay.ordered(chunks(arrivals), strict(FILE)))
    assert caught.value.problem.line == 5 * CHUNK + 1
    skips = lenient(FILE)
    assert flat(list(replay.ordered(chunks(arrivals), skips)), "arrival") == list(range(6 * CHUNK))
    assert skips.count == 1


def test_what_stands_before_a_line_in_error_comes_first() -> None:
    def failing() -> Iterator[Rows]:
        yield chunk([3, 1])
        yield chunk([2], 2)
        raise WorkloadError(Problem("broken"))

    rows = replay.ordered(failing(), strict(FILE))
    assert next(rows)["arrival"].tolist() == [1, 2, 3]
    with pytest.raises(WorkloadError, match="broken"):
        next(rows)


def test_a_file_without_rows_is_an_error_that_tells_the_first_of_those_skipped() -> None:
    skips = lenient(FILE)
    with pytest.raises(WorkloadError, match="no rows"):
        list(replay.not_empty(iter([]), skips))
    skips.add("expected a number", 7, field="run time")
    with pytest.raises(WorkloadError, match=r"log:7: none of its rows .*: 7: run time: expected a"):
        list(replay.not_empty(iter([]), skips))


@given(
    st.lists(st.integers(0, 100), min_size=1),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 60)),
    st.one_of(st.none(), st.integers(61, 120)),
    st.fractions(Fraction(1, 1000), 1000, max_denominator=1000),
)
def test_the_window_is_counted_from_its_beginning_and_scaled(
    arrivals: list[int], from_first: bool, start: int | None, end: int | None, scale: Fraction
) -> None:
    arrivals.sort()
    origin = arrivals[0] if from_first else 0
    expected = [
        (at, (arrival - origin - (start or 0)) * scale)
        for at, arrival in enumerate(arrivals)
        if (start or 0) <= arrival - origin and (end is None or arrival - origin < end)
    ]
    window = Window(from_first, start, end, scale)
    rows = list(replay.windowed(chunks(arrivals, 9), window, strict(FILE)))
    assert flat(rows, "index") == [at for at, _ in expected]
    for got, (_, exactly) in zip(flat(rows, "arrival"), expected, strict=True):
        assert abs(got - exactly) <= Fraction(1, 2)  # type: ignore[operator]


def test_times_beyond_what_a_float_holds_are_scaled_exactly() -> None:
    arrivals = [2**60 + 1, 2**60 + 3]
    scale = Fraction(123_456_789, 10**9)
    rows = list(replay.windowed(chunks(arrivals), Window(time_scale=scale), strict(FILE)))
    assert flat(rows, "arrival") == [round(at * scale) for at in arrivals]


def test_a_scale_that_leaves_the_clock_is_an_error() -> None:
    with pytest.raises(WorkloadError, match="time_scale"):
        list(replay.windowed(chunks([2**60]), Window(time_scale=Fraction(100)), strict(FILE)))


def test_nothing_is_read_beyond_the_window() -> None:
    def endless() -> Iterator[Rows]:
        yield chunk([1, 5])
        yield chunk([10, 11], 2)
        raise AssertionError

    rows = list(replay.windowed(endless(), Window(end=10), strict(FILE)))
    assert flat(rows, "arrival") == [1, 5]


def test_a_row_before_time_zero_is_an_error_with_its_line() -> None:
    with pytest.raises(WorkloadError, match="before time 0") as caught:
        list(replay.windowed(chunks([-1, 0]), Window(), strict(FILE)))
    assert caught.value.problem.line == 1


def tasks(refused: list[str | None], first: int = 0, cores: int = 1) -> TaskBlock:
    """Return a block of tasks, some of them refused."""
    count = np.arange(first, first + len(refused), dtype=np.int64)
    return TaskBlock(count, count + 1, count.tolist(), cores=count * 0 + cores, refused=refused)


@given(
    st.lists(st.lists(st.sampled_from([None, "zero run time"]), min_size=1), min_size=1),
    st.integers(1, 20),
)
def test_a_limit_counts_accepted_tasks_and_ends_with_the_last_of_them(
    parts: list[list[str | None]], limit: int
) -> None:
    blocks = [tasks(part) for part in parts]
    got = [
        reason
        for block in replay.limited(iter(blocks), limit, None)
        for reason in block.refused or ()
    ]
    every = [reason for part in parts for reason in part]
    assert got == every[: len(got)]
    assert got.count(None) == min(limit, every.count(None))
    assert got == every or got[-1] is None


def test_a_limit_does_not_count_what_the_machine_could_never_hold() -> None:
    blocks = [tasks([None] * 3, 0, cores=9), tasks([None] * 5, 3, cores=2)]
    got = list(replay.limited(iter(blocks), 2, lambda block: np.asarray(block.cores) <= 4))
    assert [block.index for block in got] == [[0, 1, 2], [3, 4]]
    assert got[-1].arrival.tolist() == [3, 4]


def test_nothing_is_read_beyond_the_limit() -> None:
    def endless() -> Iterator[TaskBlock]:
        yield tasks([None, None])
        raise AssertionError

    assert [len(block) for block in replay.limited(endless(), 2, None)] == [2]
