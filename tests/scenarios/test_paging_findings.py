"""What one finds in the scenario of a machine that has too little memory."""

from __future__ import annotations

import pytest

from tests.scenarios.runs import run, turnaround


def throughput(*settings: str) -> float:
    return run("paging-under-pressure", *settings).metrics["throughput"]


def under_pressure(policy: str, *settings: str) -> float:
    return turnaround("paging-under-pressure", f"vms.0.memory.replacement={policy}", *settings)


def test_a_policy_that_looks_at_use_takes_a_third_of_the_time_of_fifo() -> None:
    times = {policy: under_pressure(policy) for policy in ("lru", "clock", "second_chance", "fifo")}
    assert max(times["lru"], times["clock"], times["second_chance"]) < times["fifo"] / 2.5
    assert times["clock"] == pytest.approx(times["second_chance"], rel=0.01)


def test_counts_of_past_phases_make_lfu_the_worst() -> None:
    assert under_pressure("lfu") > 2 * under_pressure("fifo")
    short = "workload.0.work=0.8"
    popular = "workload.0.locality={kind: zipf, pages: 32, references: 1000}"
    assert under_pressure("lfu", short, popular) < 0.8 * under_pressure("lru", short, popular)


def test_frames_of_ones_own_are_too_few_for_each() -> None:
    short = ("workload.0.work=0.8",)
    local = (*short, "vms.0.memory.scope=local")
    times = {policy: under_pressure(policy, *local) for policy in ("opt", "lru", "fifo")}
    assert times["opt"] < 0.6 * times["lru"] < times["fifo"]
    assert times["lru"] > 2.5 * under_pressure("lru", *short)


def test_loops_longer_than_the_memory_always_fault_but_by_chance() -> None:
    loops = "workload.0.locality={kind: loop, pages: 16, references: 500}"

    def fault_rate(policy: str) -> float:
        settings = ("workload.0.work=0.8", f"vms.0.memory.replacement={policy}", loops)
        return run("paging-under-pressure", *settings).metrics["memory.fault_rate"]

    assert fault_rate("lru") == fault_rate("fifo") == 1
    assert fault_rate("random") < 0.3


def test_tasks_are_added_until_the_machine_thrashes() -> None:
    seeds = [f"seed={seed}" for seed in range(3)]  # when it gives way is a matter of luck
    one, five, ten = (
        sum(throughput(f"workload.0.count={tasks}", seed) for seed in seeds) for tasks in (1, 5, 10)
    )
    assert one < five
    assert ten < five / 2
    rate = run("paging-under-pressure", "workload.0.count=10").metrics["memory.fault_rate"]
    assert (
        rate > 5 * run("paging-under-pressure", "workload.0.count=5").metrics["memory.fault_rate"]
    )
