"""What the scenarios of containers say one finds, found."""

from __future__ import annotations

import numpy as np
import pytest

from aio_sim import Scenario, simulate
from aio_sim.kernel.units import DURATION_UNITS
from aio_sim.scheduling.bandwidth import throttled_run
from tests.scenarios.runs import column, run

MS = DURATION_UNITS["ms"]
MIB = 2**20
MEMORY = "fixed-or-dynamic-memory"
NOISY = "noisy-neighbour"
BOMB = "fork-bomb"


def memory(limit: str) -> list[str]:
    """Return the settings that give both services a limit."""
    return [f"containers.{name}.memory={limit}" for name in ("shop", "search")]


DYNAMIC = memory("{floor: 64MiB, ceiling: 960MiB}")


def test_under_spikes_a_dynamic_limit_loses_fewer_and_is_lent_less() -> None:
    fixed, dynamic = run(MEMORY).metrics, run(MEMORY, *DYNAMIC).metrics
    assert fixed["tasks.submitted"] == dynamic["tasks.submitted"] == 1782
    assert fixed["tasks.failed"] == fixed["container.oom_kills"] == 153
    assert dynamic["tasks.failed"] == dynamic["container.oom_kills"] == 45
    assert fixed["memory.mean"] == 1024 * MIB
    assert dynamic["memory.mean"] == pytest.approx(364 * MIB, abs=MIB)
    assert fixed["turnaround.mean"] == pytest.approx(2.0, abs=0.05)
    assert dynamic["turnaround.mean"] == pytest.approx(3.0, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_so_it_is_with_other_arrivals(seed: int) -> None:
    fixed, dynamic = (run(MEMORY, *settings, seed=seed) for settings in ((), DYNAMIC))
    assert dynamic.metrics["tasks.failed"] < 0.6 * fixed.metrics["tasks.failed"]


def test_fixed_limits_cannot_be_promised_twice() -> None:
    crowded = run(MEMORY, *memory("960MiB"))
    told = crowded.trace.meta["containers"]
    assert told["search"]["refusal"] == "h1 has no room for the 960 MiB of search"
    failed = crowded.tasks[crowded.tasks["status"] == "failed"]
    assert set(failed["kind"].tolist()) == {"find"}
    assert not (crowded.tasks["machine"][crowded.tasks["status"] == "completed"] == "search").any()


def test_a_dynamic_limit_that_cannot_move_is_a_fixed_one() -> None:
    still = memory("{floor: 512MiB, ceiling: 512MiB}")
    assert column(MEMORY, "finish", *still) == pytest.approx(column(MEMORY, "finish"), nan_ok=True)


def test_ending_all_where_memory_runs_out_costs_more_requests() -> None:
    metrics = run(MEMORY, "containers.shop.oom=all").metrics
    assert metrics["tasks.failed"] > 1.5 * 153
    assert metrics["container.restarts"] == 2


def turnarounds(name: str, kind: str, *settings: str) -> np.ndarray:
    """Return the turnaround times of the tasks of one kind that were completed, in seconds."""
    tasks = run(name, *settings).tasks
    chosen = (tasks["kind"] == kind) & (tasks["status"] == "completed")
    return np.asarray(tasks["turnaround"][chosen])


@pytest.mark.parametrize(
    ("quota", "period", "work", "takes"),
    [(20, 100, 50, 210), (200, 1000, 50, 50), (2, 10, 50, 242), (20, 100, 10, 10)],
)
def test_under_a_quota_a_request_takes_what_the_closed_form_says(
    quota: int, period: int, work: int, takes: int
) -> None:
    cpu = f"containers.limited.cpu={{quota: {quota}ms, period: {period}ms}}"
    found = turnarounds("cpu-quota", "limited", cpu, f"workload.limited.work={work}ms")
    closed = throttled_run(work * MS, quota * MS, period * MS)
    assert closed.finish == takes * MS
    assert found == pytest.approx(np.full(20, closed.finish / 1e9), abs=1e-6)


def test_a_request_is_held_back_though_its_container_hardly_computes() -> None:
    metrics = run("cpu-quota").metrics
    assert metrics["container.limited.cpu"] == 20 * 0.05
    assert metrics["container.limited.throttled"] == pytest.approx(20 * 0.16)
    assert turnarounds("cpu-quota", "shared") == pytest.approx(np.full(20, 0.05))
    one_core = turnarounds("cpu-quota", "shared", "hosts.0.cores=1")
    assert one_core.mean() == pytest.approx(0.07, abs=0.002)


ALONE = ("workload.job.work=1ms", "workload.job.count=1")
OWN_CORES = (
    "hosts.0.scheduler={policy: fair, queue: per_core}",
    "containers.noisy.cpu.cores=[1]",
    "containers.api.cpu.cores=[0]",
)


@pytest.mark.parametrize(
    ("settings", "mean"),
    [
        (ALONE, 61),
        ((), 170),
        (("containers.api.cpu.shares=8192",), 64),
        (("containers.noisy.cpu.limit=1",), 169),
        (("containers.noisy.cpu.limit=0.25",), 71),
        (OWN_CORES, 172),
    ],
)
def test_shares_protect_a_service_and_a_large_quota_does_not(
    settings: tuple[str, ...], mean: int
) -> None:
    found = turnarounds(NOISY, "request", *settings)
    assert len(found) == 597
    assert found.mean() * 1000 == pytest.approx(mean, abs=1)


def test_shares_cost_the_neighbour_nothing_and_a_quota_a_third() -> None:
    free, shared, limited = (
        run(NOISY, *settings).metrics["container.noisy.cpu"]
        for settings in ((), ("containers.api.cpu.shares=8192",), ("containers.noisy.cpu.limit=1",))
    )
    assert free == shared == pytest.approx(120 - 31.4, abs=0.1)
    assert limited == pytest.approx(2 / 3 * free, rel=0.02)


@pytest.mark.slow
def test_without_weights_shares_do_nothing() -> None:
    plain = "hosts.0.scheduler={policy: rr, quantum: 10ms}"
    shares = "containers.api.cpu.shares=8192"
    assert column(NOISY, "finish", plain, shares) == pytest.approx(
        column(NOISY, "finish", plain), nan_ok=True
    )


FREE = "containers.lab.processes=null"


def test_a_limit_of_processes_stops_the_bomb() -> None:
    metrics = run(BOMB).metrics
    assert metrics["container.lab.processes.most"] == metrics["container.lab.processes.refused"]
    assert metrics["container.lab.processes.most"] == 64
    assert metrics["container.lab.cpu"] == pytest.approx(1.3, abs=0.05)
    assert metrics["container.oom_kills"] == 0


def test_without_one_memory_is_the_next_wall_and_the_bomb_goes_on() -> None:
    metrics = run(BOMB, FREE).metrics
    assert metrics["container.lab.processes.refused"] == 0
    assert metrics["container.lab.oom_kills"] == pytest.approx(850, abs=10)
    assert metrics["container.lab.memory.peak"] == 512 * MIB
    assert metrics["container.lab.cpu"] > 18
    states = run(BOMB, FREE).trace.meta["containers"]
    assert states["lab"]["state"] == "running"  # the shell is spared


@pytest.mark.slow
def test_more_memory_only_lets_more_of_them_live() -> None:
    metrics = run(BOMB, FREE).metrics
    roomy = run(BOMB, FREE, "containers.lab.memory=1GiB").metrics
    assert roomy["container.lab.processes.most"] > metrics["container.lab.processes.most"]


def test_a_page_beside_the_bomb_takes_longer_without_a_limit() -> None:
    means = [
        1000 * turnarounds(BOMB, "page", *settings).mean()
        for settings in (("containers.lab.processes=1",), (), (FREE,))
    ]
    assert means == pytest.approx([66, 77, 111], abs=1)


def test_each_container_has_its_own_scheduler() -> None:
    waiting = column("rr-or-priority-in-a-container", "waiting")
    turns = [waiting[f"T{number}"] for number in range(1, 6)]
    ranks = [waiting[f"R{number}"] for number in range(1, 6)]
    assert turns == [9, 1, 5, 3, 9]  # Silberschatz: mean 5.4
    assert ranks == [6, 0, 16, 18, 1]  # mean 8.2


def test_a_container_with_a_core_is_as_a_machine_of_one_core() -> None:
    scenario = Scenario.load("rr-or-priority-in-a-container")
    data = scenario.to_data()
    for number, kind in enumerate(("turns", "ranks")):
        scheduler = data["containers"][number]["scheduler"]
        alone = {
            "name": kind,
            "hosts": [{"name": kind}],
            "scheduler": scheduler,
            "workload": [{**data["workload"][number], "on": kind}],
        }
        tasks = simulate(Scenario.model_validate(alone)).tasks
        expected = dict(zip(tasks["id"].tolist(), tasks["finish"].tolist(), strict=True))
        found = column("rr-or-priority-in-a-container", "finish")
        assert {task: found[task] for task in expected} == expected
