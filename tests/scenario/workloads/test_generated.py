"""What holds for every generated workload: own streams, chunks that change nothing, rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.errors import WorkloadError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.readers.terms import CHUNK
from tests.scenario.workloads.specs import SECOND, blocks, column, spec

KINDS: dict[str, dict[str, Any]] = {
    "batch": {"count": 100},
    "poisson": {"rate": 3, "count": 100},
    "periodic": {"every": 2, "jitter": 1, "count": 100},
    "bursty": {"states": [{"rate": 9, "mean": 1}, {"rate": 0, "mean": 2}, {"rate": 1, "mean": 3}],
               "next": "uniform", "count": 100},
}  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "work": {"kind": "lognormal", "mean": 2, "sigma": 1},
    "priority": {"kind": "empirical", "values": [1, 2, 3]},
    "weight": {"kind": "uniform", "low": 1, "high": 2},
    "deadline": {"kind": "exponential", "mean": 9},
    "cores": {"kind": "uniform", "low": 0.6, "high": 8.4},
    "memory": {"kind": "pareto", "alpha": 1.5, "low": "1MiB", "high": "1GiB"},
    "estimate": {"kind": "weibull", "shape": 2, "scale": 5},
}
COLUMNS = ("arrival", "index", "priority", "weight", "deadline", "cores", "memory", "estimate")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(chunk=st.integers(1, 130))
def test_the_size_of_chunks_never_changes_the_numbers(kind: str, chunk: int) -> None:
    workload = spec(kind, **KINDS[kind], **EVERYTHING)
    whole, parts = blocks(workload), blocks(workload, chunk=chunk)
    assert max(map(len, parts)) <= chunk
    for name in (*COLUMNS, "work"):
        assert column(parts, name) == column(whole, name)


@pytest.mark.parametrize("kind", KINDS)
def test_arrivals_stay_what_they_are_when_attributes_change(kind: str) -> None:
    plain = blocks(spec(kind, **KINDS[kind], work=1))
    rich = blocks(spec(kind, **KINDS[kind], **EVERYTHING))
    assert column(plain, "arrival") == column(rich, "arrival")
    assert column(plain, "index") == list(range(100))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "batch"])
def test_arrivals_depend_on_the_seed_and_are_in_order(kind: str) -> None:
    workload = spec(kind, **KINDS[kind], work=1)
    one = column(blocks(workload, seed=1), "arrival")
    assert (
        one
        == column(blocks(workload, seed=1), "arrival")
        != column(blocks(workload, seed=2), "arrival")
    )
    assert one == sorted(one)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "batch"])
def test_until_leaves_out_what_arrives_then_or_later(kind: str) -> None:
    everything = column(blocks(spec(kind, **KINDS[kind], work=1)), "arrival")
    until = everything[60] / SECOND
    fields = {name: value for name, value in KINDS[kind].items() if name != "count"}
    cut = blocks(spec(kind, **fields, work=1, until=f"{everything[60]}ns"))
    assert column(cut, "arrival") == [at for at in everything if at < everything[60]]
    both = blocks(spec(kind, **fields, work=1, until=until, count=10))
    assert column(both, "arrival") == everything[:10]


def test_many_tasks_come_in_chunks_and_only_as_they_are_asked_for() -> None:
    workload = spec("poisson", rate=1000, until="100d", work=1)
    first = next(workload.blocks(RandomStreams(1), "poisson"))
    assert len(first) == CHUNK


def test_constants_are_one_value_for_all() -> None:
    (block,) = blocks(
        spec("batch", count=3, work="20ms", priority=2, weight=0.5, deadline=3, cores=4,
             memory="1KiB", estimate=9, tenant="lab", span=True)
    )  # fmt: skip
    assert block.work.tolist() == [20_000_000] * 3
    rest = ("priority", "weight", "deadline", "cores", "memory", "estimate", "tenant", "span")
    assert [getattr(block, name) for name in rest] == [
        2, 0.5, 3 * SECOND, 4, 1024, 9 * SECOND, "lab", True,
    ]  # fmt: skip


def test_where_nothing_is_said_tasks_are_like_the_defaults_of_a_block() -> None:
    (block,) = blocks(spec("batch", count=2, work=1))
    plain = TaskBlock(block.arrival, block.work, block.index)
    names = ("priority", "weight", "deadline", "cores", "memory", "estimate", "span", "tenant",
             "bursts", "refused")  # fmt: skip
    assert [getattr(block, name) for name in names] == [getattr(plain, name) for name in names]


def test_bursts_are_drawn_each_for_itself_and_work_is_the_sum_of_cpu() -> None:
    uniform = {"kind": "uniform", "low": 1, "high": 2}
    (block,) = blocks(spec("batch", count=500, bursts=[uniform, 5, uniform]))
    assert block.bursts is not None
    bursts = np.array(block.bursts)
    assert block.work.tolist() == (bursts[:, 0] + bursts[:, 2]).tolist()
    assert (bursts[:, 1] == 5 * SECOND).all()
    assert abs(np.corrcoef(bursts[:, 0], bursts[:, 2])[0, 1]) < 0.2


def test_no_task_takes_no_time_and_none_is_exclusive_on_no_core() -> None:
    tiny = {"kind": "uniform", "low": 0, "high": "1ns"}
    few = {"kind": "uniform", "low": 0, "high": 1}
    (block,) = blocks(spec("batch", count=50, work=tiny, cores=few))
    assert set(block.work.tolist()) == {1}
    assert set(column([block], "cores")) == {1}


@pytest.mark.parametrize(
    ("field", "distribution"),
    [
        ("weight", {"kind": "uniform", "low": -1, "high": 0}),
        ("weight", {"kind": "pareto", "alpha": 0.01, "low": 1, "high": 1e17}),
        ("weight", {"kind": "empirical", "values": [1, 1e-7]}),
        ("cores", {"kind": "uniform", "low": -9, "high": -8}),
        ("work", {"kind": "lognormal", "median": 1e9, "sigma": 20}),
    ],
)
def test_a_distribution_that_draws_what_cannot_be_is_an_error_that_names_it(
    field: str, distribution: object
) -> None:
    fields: dict[str, Any] = {"count": 500, "work": 1, field: distribution}
    workload = spec("batch", **fields)
    with pytest.raises(WorkloadError, match=f"^batch.{field}: a distribution drew"):
        blocks(workload)


@pytest.mark.parametrize("kind", ["poisson", "periodic", "bursty"])
def test_a_task_that_would_arrive_after_the_end_of_the_clock_is_an_error(kind: str) -> None:
    rare: dict[str, dict[str, Any]] = {
        "poisson": {"rate": 1e-9},
        "periodic": {"every": "1000000000"},
        "bursty": {"states": [{"rate": 1e-9, "mean": "1000000000"}] * 2},
    }
    with pytest.raises(WorkloadError, match="too late"):
        blocks(spec(kind, **rare[kind], count=100_000, work=1))


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"work": 0}, "work", "above 0"),
        ({"work": -1}, "work", "0 or more"),
        ({"work": "nan"}, "work", "a time"),
        ({}, "", "either `work` or `bursts`"),
        ({"work": 1, "bursts": [1]}, "", "either `work` or `bursts`"),
        ({"bursts": [1, 2]}, "bursts", "end with CPU"),
        ({"bursts": []}, "bursts", "at least 1"),
        ({"bursts": [1], "cores": 1}, "bursts", "no bursts"),
        ({"work": 1, "weight": 0}, "weight", "a weight from 0.000001 to 1000000, got 0"),
        ({"work": 1, "weight": 9.9e-7}, "weight", "a weight from 0.000001 to 1000000"),
        ({"work": 1, "weight": 1e17}, "weight", r"a weight from .*, got 1e\+17"),
        ({"work": 1, "deadline": 0}, "deadline", "above 0"),
        ({"work": 1, "estimate": 0}, "estimate", "above 0"),
        ({"work": 1, "cores": -1}, "cores", "whole number of 0 or more"),
        ({"work": 1, "cores": 1.5}, "cores", "whole number of 0 or more"),
        ({"work": 1, "span": True}, "span", "needs `cores`"),
        ({"work": 1, "memory": -1}, "memory", "a size"),
        ({"work": 1, "count": 0}, "count", "greater than or equal to 1"),
        ({"work": 1, "count": None}, "", "needs `count` or `until`"),
        ({"work": 1, "until": 0}, "until", "greater than 0"),
        ({"work": 1, "rate": 0}, "rate", "greater than 0"),
        ({"work": 1, "rate": float("inf")}, "rate", "finite"),
        ({"work": 1, "tennant": "x"}, "tennant", "unknown field"),
        ({"work": {"kind": "uniform", "low": 2, "high": 1}}, "work", "low"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    fields: dict[str, Any], place: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        spec("poisson", **{"rate": 1, "count": 1, **fields})
    (error,) = caught.value.errors()
    assert place in (*error["loc"][1:], "")


def test_names_are_made_of_the_label_whatever_is_in_it() -> None:
    workload = spec("poisson", rate=1, count=1, work=1, name="a{b}")
    names = workload.names(workload.label())
    assert names.format(3) == "a{b}-3"
    source = workload.open(RandomStreams(1), "poisson-2")
    assert (source.names.format(0), source.skipped()) == ("poisson-2-0", 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_workload_is_written_as_it_is_read(kind: str) -> None:
    fields = dict(KINDS[kind])
    if kind in ("poisson", "bursty"):
        fields["start"] = 5
    workload = spec(kind, **fields, **EVERYTHING)
    written = workload.model_dump(mode="json", exclude_unset=True)
    assert spec(**written) == workload
    assert ("from" in written) == ("start" in fields)
    assert spec(**workload.model_dump(mode="json")) == workload
