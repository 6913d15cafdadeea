"""What a map gives is what reduces get, whatever is spilled, combined and merged between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.collector import comparisons
from aio_sim.distributed.mapreduce.counts import Counts
from tests.distributed.mapreduce.jobs import counted, functions, grouped, total, work

WORDS = st.lists(st.sampled_from(["a", "b", "cc", "dd", "e"]), max_size=60)


def emit(_key: Any, line: str) -> Any:
    """Give every character with its place, so that the order can be seen."""
    return [(letter, place) for place, letter in enumerate(line)]


@given(WORDS, st.integers(1, 400), st.integers(1, 4), st.booleans())
def test_neither_buffer_nor_combiner_nor_partitions_change_the_answer(
    words: list[str], buffer: int, partitions: int, combines: bool
) -> None:
    text = " ".join(words).encode()
    runner = functions(combine=total) if combines else functions()
    result = runner.map(work(len(text), partitions=partitions, buffer=buffer), text)
    sums = {key: sum(values) for key, values in grouped(result.parts).items()}
    assert sums == counted(text)
    assert list(sums) == sorted(sums)


@given(st.text("abc", max_size=40), st.integers(1, 300))
def test_values_of_a_key_come_in_the_order_in_which_they_were_given(text: str, buffer: int) -> None:
    result = functions(map=emit).map(work(len(text), buffer=buffer), text.encode())
    for letter, places in grouped(result.parts).items():
        assert places == [place for place, each in enumerate(text) if each == letter]


@given(st.integers(1, 200), st.integers(1, 20))
def test_a_full_buffer_is_spilled_and_what_is_left_at_the_end(records: int, fit: int) -> None:
    size = map_counts(b"x\n").map_output_bytes
    counts = map_counts(b"x\n" * records, buffer=fit * size)
    assert counts.spills == -(-records // fit)
    # Each byte that is read for a merge is written again, once more than it was spilled.
    assert counts.disk_written_bytes == records * size + counts.disk_read_bytes
    assert counts.disk_read_bytes >= records * size * (counts.spills > 1)
    assert counts.spilled_records == records * (1 + (counts.spills > 1))


def map_counts(text: bytes, **options: Any) -> Counts:
    def each(_key: Any, line: str) -> Any:
        yield line, 1

    return functions(map=each).map(work(len(text), **options), text).counts


def test_a_combiner_makes_a_record_a_key_a_spill() -> None:
    text = b"a a b a b\n" * 10
    counts = functions(combine=total).map(work(len(text)), text).counts
    assert (counts.combine_input_records, counts.combine_output_records) == (50, 2)


def test_sorting_is_counted_as_n_log_n() -> None:
    assert comparisons(8, 8) == 24
    assert comparisons(100, 1) == 0
    assert comparisons(100, 10) == 400


def test_a_function_may_go_on_using_what_it_has_given() -> None:
    def same_list(_key: Any, _line: str) -> Any:
        values: list[int] = []
        for number in range(3):
            values.append(number)
            yield "k", values

    result = functions(map=same_list).map(work(2), b"x\n")
    assert grouped(result.parts) == {"k": [[0], [0, 1], [0, 1, 2]]}


@pytest.mark.parametrize(
    ("hooks", "function", "told"),
    [
        ({"map": lambda _key, _line: 7}, "map", "expected pairs"),
        ({"map": lambda _key, _line: [("a", lambda: 1)]}, "map", "cannot be sent"),
        ({"map": lambda _key, _line: [({}, 1)]}, "map", "cannot be sorted"),
        ({"partition": lambda _key, _count: 3}, "map", "from 0 to 0"),
        ({"combine": lambda _key, _values: ("other", 1)}, "combine", "another key"),
        ({"combine": lambda _key, values: values[99]}, "combine", "IndexError"),
    ],
)
def test_what_a_map_cannot_give_is_told(hooks: Any, function: str, told: str) -> None:
    failure = functions(**hooks).map(work(4), b"a b\n").failure
    assert failure is not None
    assert failure.function == function
    assert told in failure.error
