"""What functions may answer, and what is said of them where they fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aio_sim.distributed.mapreduce.pairs import pairs_of_map, pairs_of_reduce
from aio_sim.distributed.mapreduce.runner import ReduceWork, TaskFailed
from tests.distributed.mapreduce.jobs import functions, grouped, work


@pytest.mark.parametrize(
    ("answer", "pairs"),
    [
        (None, []),
        (("a", 1), [("a", 1)]),
        ((("a", 1), ("b", 2)), [("a", 1), ("b", 2)]),
        ([("a", 1), ["b", 2]], [("a", 1), ("b", 2)]),
        ({"a": 1}, [("a", 1)]),
        (iter([("a", 1)]), [("a", 1)]),
    ],
)
def test_a_map_gives_pairs_in_any_usual_way(answer: Any, pairs: Any) -> None:
    assert list(pairs_of_map(answer)) == pairs


@pytest.mark.parametrize(
    ("answer", "pairs"),
    [
        (None, []),
        (3, [("k", 3)]),
        (("a", 1), [("a", 1)]),
        ([("a", 1), ("b", 2)], [("a", 1), ("b", 2)]),
        ([1, 2], [("k", [1, 2])]),
        ({"x": 1}, [("k", {"x": 1})]),
        (iter([("a", 1), 2, None]), [("a", 1), ("k", 2), ("k", None)]),
    ],
)
def test_a_reduce_gives_pairs_or_values(answer: Any, pairs: Any) -> None:
    assert list(pairs_of_reduce("k", answer)) == pairs


def bad(_key: Any, line: str) -> Any:
    yield line, 1
    if line == "bad":
        raise ValueError("no good")


def test_a_map_that_raises_names_record_file_and_line() -> None:
    failure = functions(map=bad).map(work(9), b"ok\nbad\nok").failure
    assert failure is not None
    assert failure.subject == "the record at byte 3 of f, 'bad'"
    assert failure.error == "ValueError: no good"


def test_a_record_that_is_left_out_leaves_nothing_behind() -> None:
    result = functions(map=bad).map(work(9, skip=True), b"ok\nbad\nok")
    assert result.failure is None
    assert grouped(result.parts) == {"ok": [1, 1]}
    assert result.counts.skipped_records == len(result.skipped) == 1


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), object(), "\ud800"])
def test_output_that_is_no_json_names_its_key(value: Any) -> None:
    runner = functions(reduce=lambda _key, _values: value)
    segments = runner.map(work(2), b"a\n").parts
    failure = runner.reduce(ReduceWork(0), segments).failure
    assert failure is not None
    assert "output of key 'a' cannot be written as JSON" in failure.error


def test_a_reduce_leaves_out_keys_that_fail_where_it_may() -> None:
    runner = functions(reduce=lambda key, _values: 1 // (key != "b"))
    segments = runner.map(work(6), b"a b c\n").parts
    assert runner.reduce(ReduceWork(0), segments).failure is not None
    lines = runner.reduce(ReduceWork(0, skip=True), segments).parts[0].splitlines()
    assert [json.loads(line) for line in lines] == [["a", 1], ["c", 1]]


def test_a_state_that_is_no_json_is_refused() -> None:
    runner = functions(again=lambda _pairs, _state: {1})
    with pytest.raises(TaskFailed, match="again failed"):
        runner.again([b""])


def test_text_that_cannot_be_decoded_is_replaced() -> None:
    result = functions().map(work(5), b"a\xff b\n")
    assert list(grouped(result.parts)) == ["a\ufffd", "b"]
