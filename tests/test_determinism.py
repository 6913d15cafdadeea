"""The same twice: a seed fixes every byte, and components do not shift each other's numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

from aio_sim.kernel.trace import TaskRow, Trace
from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate

ROOT = Path(__file__).parent.parent

EVERYTHING = """
name: everything
seed: 11
hosts:
  - {name: a, count: 3, cores: 2, memory: 8GiB}
  - {name: b, cores: 4, memory: 16GiB, scheduler: {policy: lottery, quantum: 100ms}}
  - {name: c, cores: 2, scheduler: {policy: rr, quantum: 50ms, switch_cost: 1ms}}
scheduler: {policy: lottery, switch_cost: 1ms, queue: per_core}
dispatch: {policy: power_of_two}
allocation: {policy: lottery, placement: power_of_two, backfill: none}
quotas: {green: {cores: 6, memory: 4GiB}}
workload:
  - kind: poisson
    rate: 6
    count: 150
    work: {kind: lognormal, mean: 0.6, sigma: 1}
    priority: {kind: uniform, low: 0, high: 5}
    weight: {kind: uniform, low: 1, high: 4}
    deadline: {kind: exponential, mean: 3}
  - kind: bursty
    states: [{rate: 20, mean: 1}, {rate: 1, mean: 3}]
    count: 100
    work: {kind: weibull, shape: 0.7, scale: 0.3}
    memory: {kind: pareto, alpha: 1.1, low: 100MiB, high: 4GiB}
    tenant: green
  - {kind: periodic, every: 0.5, jitter: 0.3, count: 40, work: {kind: empirical, values: [0.1, 1]}}
  - kind: closed
    users: 5
    think: {kind: exponential, mean: 1}
    bursts: [{kind: exponential, mean: 0.2}, {kind: uniform, low: 0, high: 0.4}, 0.1]
    count: 8
  - kind: poisson
    name: whole
    rate: 1
    count: 25
    work: {kind: pareto, alpha: 1.5, low: 0.2, high: 10}
    cores: {kind: empirical, values: [1, 2, 5], weights: [3, 2, 1]}
    span: true
    tenant: green
"""
"""A scenario with every random thing in it."""

SAVE = """
import sys
from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate
scenario = Scenario.from_text(sys.stdin.read())
simulate(scenario, seed=int(sys.argv[2]), level="full", audit=True).trace.save(sys.argv[1])
"""


def saved(path: Path, seed: int, hash_seed: str) -> bytes:
    """Return the trace file that another process writes."""
    subprocess.run(
        [sys.executable, "-c", SAVE, str(path), str(seed)],
        input=EVERYTHING,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return path.read_bytes()


def test_processes_with_other_hashes_write_the_same_bytes(tmp_path: Path) -> None:
    first = saved(tmp_path / "first.npz", 11, "1")
    assert saved(tmp_path / "second.npz", 11, "2") == first
    here = tmp_path / "here.npz"
    simulate(Scenario.from_text(EVERYTHING), level="full").trace.save(here)
    assert here.read_bytes() == first


def test_everything_random_is_in_the_scenario_and_all_of_it_happens() -> None:
    run = simulate(Scenario.from_text(EVERYTHING), level="full", audit=True)
    assert run.metrics["tasks.submitted"] == 150 + 100 + 40 + 40 + 25
    assert run.metrics["tasks.completed"] + run.metrics["tasks.rejected"] == 355
    assert {"poisson", "bursty", "periodic", "closed", "whole"} == set(run.tasks["kind"])
    assert len(set(run.tasks["machine"]) - {""}) > 5  # those that span several are others
    assert len(run.trace.rotations) > 0


def arrivals_and_work(run: Run, kind: str) -> list[tuple[str, float, float]]:
    tasks = run.tasks[run.tasks["kind"] == kind]
    return list(
        zip(tasks["id"].tolist(), tasks["arrival"].tolist(), tasks["work"].tolist(), strict=True)
    )


def test_another_seed_is_another_run() -> None:
    scenario = Scenario.from_text(EVERYTHING)
    one, other = simulate(scenario), simulate(scenario, seed=12)
    assert one.metrics["turnaround.mean"] != other.metrics["turnaround.mean"]
    for kind in ("poisson", "bursty", "periodic", "whole"):
        assert not set(arrivals_and_work(one, kind)) & set(arrivals_and_work(other, kind))
    assert other.trace.meta["seed"] == 12
    assert one.seed == scenario.seed == 11


def test_another_workload_does_not_shift_the_first_one() -> None:
    data = yaml.safe_load(EVERYTHING)
    whole = simulate(Scenario.from_text(EVERYTHING))
    for kept in range(len(data["workload"])):
        alone = {**data, "workload": [data["workload"][kept]], "quotas": {}}
        run = simulate(Scenario.from_text(yaml.safe_dump(alone)))
        kind = str(run.tasks["kind"][0])
        if kind == "closed":  # whose arrivals follow the answers
            works = [
                np.sort(each.tasks["work"][each.tasks["kind"] == kind]) for each in (run, whole)
            ]
            assert works[0].tolist() == works[1].tolist()
        else:
            assert arrivals_and_work(run, kind) == arrivals_and_work(whole, kind)


def test_two_policies_see_the_same_arrivals_and_the_same_work() -> None:
    data = yaml.safe_load(EVERYTHING)
    data["scheduler"] = {"policy": "srtf"}
    data["dispatch"] = {"policy": "round_robin"}
    other = simulate(Scenario.from_text(yaml.safe_dump(data)))
    one = simulate(Scenario.from_text(EVERYTHING))
    for kind in ("poisson", "bursty", "periodic", "whole"):
        assert arrivals_and_work(one, kind) == arrivals_and_work(other, kind)
    assert one.metrics["waiting.mean"] != other.metrics["waiting.mean"]


def test_what_the_trace_keeps_and_the_audit_change_nothing() -> None:
    scenario = Scenario.from_text(EVERYTHING)
    brief = simulate(scenario).trace
    full = simulate(scenario, level="full", audit=True).trace
    assert list(brief.tasks.rows()) != []
    assert _rows(brief) == _rows(full)
    assert brief.totals == full.totals


def _rows(trace: Trace) -> list[tuple[object, ...]]:
    rows = (TaskRow(*cells) for cells in trace.tasks.rows())
    # Names have other codes where there are more of them.
    return [(*row[:9], trace.text(row.machine), trace.text(row.reason)) for row in rows]
