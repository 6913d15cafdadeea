"""The shared closed forms of distributed computing: the formulas, and the simulator."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from aio_sim.analysis.theory import supermarket
from aio_sim.distributed.bounds import least_makespan, list_bound, longest_first_bound
from aio_sim.distributed.mapreduce.backups import NoBackups
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.speedup import (
    amdahl,
    gustafson,
    longest_exponential,
    most_useful,
    universal_scalability,
    waves,
)
from aio_sim.kernel.environment import SECOND
from tests.distributed.mapreduce.jobs import small_cluster
from tests.distributed.runs import listed, run


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    """Return the entries by their names."""
    return {entry["id"]: entry for entry in json.loads((shared / "golden.json").read_text())}


def makespan(works: list[int], machines: int, order: str) -> Fraction:
    """Return what the simulator takes for independent tasks from one list."""
    load = listed(*({"id": f"T{number}", "work": work} for number, work in enumerate(works)))
    hosts = [{"name": "h", "count": machines}]
    found = run([load], hosts, dispatch={"policy": "list", "order": order})
    return Fraction(found.metrics["makespan"])


def test_graham(golden: dict[str, Any]) -> None:
    for name, order, bound in (
        ("graham.list.tight", "file", list_bound),
        ("graham.lpt.tight", "lpt", longest_first_bound),
    ):
        given, expected = golden[name]["inputs"], golden[name]["expected"]
        found = makespan(given["jobs"], given["m"], order)
        assert found == expected[name.split(".")[1]]
        assert found / expected["opt"] == bound(given["m"]) == pytest.approx(expected["ratio"])
        assert least_makespan(given["jobs"], given["m"]) <= expected["opt"]


def test_speed_up(golden: dict[str, Any]) -> None:
    law = golden["amdahl"]
    serial = 1 - law["inputs"]["parallel"]
    assert amdahl(law["inputs"]["n"], serial) == pytest.approx(law["expected"]["speedup"])
    assert amdahl(1e12, serial) == pytest.approx(law["expected"]["limit"])
    law = golden["gustafson"]
    assert gustafson(*reversed(law["inputs"].values())) == pytest.approx(law["expected"])
    given, expected = golden["usl"]["inputs"].values(), golden["usl"]["expected"]
    assert most_useful(*given) == pytest.approx(expected["N_star"])
    assert universal_scalability(most_useful(*given), *given) == pytest.approx(expected["C_star"])
    assert universal_scalability(8, *given) == pytest.approx(expected["C_8"])


@pytest.mark.parametrize("name", ["pod.0.5", "pod.0.9"])
def test_the_supermarket_model(golden: dict[str, Any], name: str) -> None:
    load, expected = golden[name]["inputs"]["lam"], golden[name]["expected"]
    assert supermarket(load, 2) == pytest.approx(expected["d2"], rel=1e-12)
    assert supermarket(load, 1) == pytest.approx(expected["d1"], rel=1e-12)


def test_the_longest_of_exponential_times(golden: dict[str, Any]) -> None:
    given, expected = golden["max.exp.10"]["inputs"], golden["max.exp.10"]["expected"]
    assert longest_exponential(given["n"], 1 / given["mu"]) == pytest.approx(expected, rel=1e-12)
    assert longest_exponential(given["n"], 1, copies=2) == pytest.approx(expected / 2, rel=1e-12)


def test_equal_maps_run_in_waves(golden: dict[str, Any], tmp_path: Path) -> None:
    given, expected = golden["mapreduce.det.waves"]["inputs"], golden["mapreduce.det.waves"]
    assert waves(given["n"], given["w"], given["t"]) == expected["expected"]
    # A line is read and a word written, two calls; the reduce takes a call a value and a key more.
    call = given["t"] * SECOND // 2
    costs = Costs(task_start=0, input_byte=0, record=call, output_byte=0, comparison=0)
    ready = small_cluster(
        tmp_path,
        {"f": b"\n".join([b"words", *[b"word"] * (given["n"] - 1)])},
        nodes=given["w"],
        cores=1,
        block_size=5,
        costs=costs,
        backups=NoBackups(),
        disk_rate=10**15,
        disk_latency=0,
        bandwidth=10**15,
    )
    assert len(ready.splits) == given["n"]
    reduce = (given["n"] + 2) * call / SECOND
    assert ready.run(reducers=1).seconds - reduce == pytest.approx(expected["expected"], rel=1e-6)
