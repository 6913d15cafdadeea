"""Tasks written out one by one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.scenario.workloads.specs import SECOND, blocks, column, spec


def test_tasks_come_by_arrival_and_at_one_instant_in_the_order_of_the_file() -> None:
    workload = spec(
        "list",
        tasks=[
            {"id": "late", "arrival": 5, "work": 1},
            {"id": "first", "work": 2},
            {"id": 3, "arrival": 0, "work": "20ms", "priority": -1.5, "tenant": "lab"},
        ],
    )
    assert workload.names("list") == ["late", "first", "3"]
    parts = blocks(workload)
    assert column(parts, "index") == [1, 2, 0]
    assert column(parts, "arrival") == [0, 0, 5 * SECOND]
    assert column(parts, "work") == [2 * SECOND, 20_000_000, SECOND]
    assert column(parts, "priority") == [0, -1.5, 0]
    assert column(parts, "tenant") == [None, "lab", None]
    assert column(parts, "deadline") == [-1] * 3


def test_every_field_of_a_task_arrives() -> None:
    task = {"id": "a", "work": 1, "cores": 2, "memory": "1GiB", "deadline": 3, "weight": 4,
            "span": True, "estimate": 5}  # fmt: skip
    (block,) = blocks(spec("list", tasks=[task]))
    names = ("cores", "memory", "deadline", "weight", "span", "estimate", "bursts")
    assert [column([block], name)[0] for name in names] == [
        2, 2**30, 3 * SECOND, 4, True, 5 * SECOND, None,
    ]  # fmt: skip


def test_work_is_the_sum_of_the_cpu_bursts() -> None:
    tasks: list[dict[str, Any]] = [
        {"id": "a", "bursts": [1, 10, 2, 10, 3]},
        {"id": "b", "work": 7},
    ]
    (block,) = blocks(spec("list", tasks=tasks))
    assert block.work.tolist() == [6 * SECOND, 7 * SECOND]
    assert block.bursts == [tuple(part * SECOND for part in (1, 10, 2, 10, 3)), None]


def test_tasks_that_may_span_hosts_stand_in_blocks_of_their_own() -> None:
    tasks = [{"id": str(at), "work": 1, "cores": 1, "span": at in (1, 2)} for at in range(4)]
    parts = blocks(spec("list", tasks=tasks))
    assert [(part.span, list(part.index)) for part in parts] == [
        (False, [0]), (True, [1, 2]), (False, [3]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "place", "message"),
    [
        ({"work": 1, "id": "a"}, ("tasks", 1, "id"), "already a task with the id 'a'"),
        ({"work": 1, "id": ""}, ("tasks", 1, "id"), "at least 1"),
        ({"work": 1, "id": "b\nc"}, ("tasks", 1, "id"), "one line"),
        ({"work": 1}, ("tasks", 1, "id"), "required"),
        ({"id": "b"}, ("tasks", 1), "either `work` or `bursts`"),
        ({"id": "b", "work": 1, "bursts": [1]}, ("tasks", 1), "either `work` or `bursts`"),
        ({"id": "b", "bursts": [1, 1]}, ("tasks", 1, "bursts"), "end with CPU"),
        ({"id": "b", "bursts": [1], "cores": 1}, ("tasks", 1, "bursts"), "no bursts"),
        ({"id": "b", "work": 0}, ("tasks", 1, "work"), "greater than 0"),
        ({"id": "b", "work": 1, "arrival": -1}, ("tasks", 1, "arrival"), "0 or more"),
        ({"id": "b", "work": 1, "span": True}, ("tasks", 1, "span"), "needs `cores`"),
        ({"id": "b", "work": 1, "cores": 1.5}, ("tasks", 1, "cores"), "integer"),
        ({"id": "b", "work": 1, "weight": 0}, ("tasks", 1, "weight"), "or equal to 0.000001"),
        ({"id": "b", "work": 1, "weight": 1e17}, ("tasks", 1, "weight"), "or equal to 1000000"),
        ({"id": "b", "work": 1, "prio": 0}, ("tasks", 1, "prio"), "unknown field"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    task: dict[str, Any], place: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        spec("list", tasks=[{"id": "a", "work": 1}, task])
    (error,) = caught.value.errors()
    assert error["loc"][1:] == place


def test_a_list_has_tasks() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        spec("list", tasks=[])
