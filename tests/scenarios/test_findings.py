"""What the header of each shipped scenario says one finds, found."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim import Scenario
from aio_sim.scenario import shipped
from tests.scenarios.runs import column, order, run, turnaround, waiting

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"


def test_every_scenario_has_a_header_with_findings_and_a_description() -> None:
    for path in SCENARIOS.glob("*.yaml"):
        header = path.read_text(encoding="utf-8").split("\nname:")[0]
        assert header.startswith("# "), path
        assert "# Findings:\n# - " in header, path
        assert Scenario.load(path.stem).description, path
        assert Scenario.load(path.stem).name == path.stem


def test_the_shipped_names_are_the_files() -> None:
    assert sorted(shipped()) == sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


LONG = {
    *("backup-window", "buffer-pool", "catalogue-store", "database-recovery", "durability"),
    *("flash-crowd", "group-commit", "ledger-store", "replica-failover", "structure-choice"),
    *("redundancy-under-failures", "terabyte-day"),
}
"""Scenarios that take a second or more, whose findings are tested beside."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
        for name in sorted(shipped())
    ],
)
def test_every_task_of_a_shipped_scenario_is_accounted_for(name: str) -> None:
    found = run(name)
    metrics = found.metrics
    ended = sum(metrics[f"tasks.{how}"] for how in ("completed", "rejected", "failed", "inside"))
    assert metrics["tasks.submitted"] == ended
    assert metrics["tasks.completed"] > 0 or not found.scenario.workload


def test_the_convoy_costs_14_seconds() -> None:
    assert waiting("silberschatz-fcfs") == 17
    assert waiting("silberschatz-fcfs", "scheduler.policy=sjf") == 3


def test_round_robin_lets_short_tasks_out_early() -> None:
    assert waiting("silberschatz-rr") == pytest.approx(17 / 3, rel=1e-12)
    assert column("silberschatz-rr", "finish") == {"P1": 30, "P2": 7, "P3": 10}
    assert run("silberschatz-rr").metrics["context_switches"] == 3


def test_shortest_job_first_waits_least() -> None:
    assert waiting("silberschatz-sjf") == 7
    assert waiting("silberschatz-sjf", "scheduler.policy=fcfs") == 10.25
    assert order("silberschatz-sjf") == ["P4", "P1", "P3", "P2"]


def test_preemption_by_shortest_remaining_time_saves_a_second_and_a_quarter() -> None:
    assert waiting("silberschatz-srtf") == 6.5
    assert waiting("silberschatz-srtf", "scheduler.policy=sjf") == 7.75
    assert column("silberschatz-srtf", "start")["P2"] == 1


def test_priority_runs_the_smallest_number_first() -> None:
    assert waiting("silberschatz-priority") == 8.2
    assert order("silberschatz-priority") == ["P2", "P5", "P1", "P3", "P4"]


@pytest.mark.parametrize(
    ("settings", "mean"),
    [
        (["scheduler.policy=fcfs"], 8.6),
        (["scheduler.policy=rr", "scheduler.quantum=1"], 10.8),
        (["scheduler.policy=sjf"], 7.6),
        (["scheduler.policy=srtf"], 7.2),
        (["scheduler.policy=hrrn"], 8.0),
    ],
)
def test_the_five_of_stallings_turn_around_as_printed(settings: list[str], mean: float) -> None:
    assert turnaround("stallings-five", *settings) == pytest.approx(mean, rel=1e-12)


def test_the_short_task_of_stallings_waits_10_seconds_or_none() -> None:
    assert column("stallings-five", "waiting")["E"] == 10
    assert column("stallings-five", "waiting", "scheduler.policy=srtf")["E"] == 0


def test_shortest_job_first_is_beaten_when_tasks_arrive_later() -> None:
    assert turnaround("tanenbaum-sjf") == pytest.approx(4.6, rel=1e-12)
    # B, C, D, E, A by priorities that say so.
    better = [
        f"workload.0.tasks.{task}.priority={place}" for task, place in enumerate([5, 1, 2, 3, 4])
    ]
    assert turnaround("tanenbaum-sjf", "scheduler.policy=priority", *better) == pytest.approx(4.4)


@pytest.mark.parametrize(("quantum", "useful"), [("4ms", 4 / 5), ("100ms", 100 / 101)])
def test_a_short_quantum_is_spent_on_switches(quantum: str, useful: float) -> None:
    metrics = run("round-robin-quantum", f"scheduler.quantum={quantum}").metrics
    assert metrics["cpu.utilization"] == pytest.approx(useful, rel=1e-3)


def test_a_short_quantum_answers_sooner() -> None:
    def last(quantum: str) -> float:
        return run("round-robin-quantum", f"scheduler.quantum={quantum}").metrics["response.max"]

    # Nine others first, each a quantum and a switch of 1 ms, and its own switch.
    assert last("4ms") == pytest.approx(9 * 0.005 + 0.001, abs=0.0011)
    assert last("100ms") == pytest.approx(9 * 0.101 + 0.001, abs=0.0011)


def test_aging_ends_starvation() -> None:
    starved = column("priority-aging", "start", "scheduler.aging=null")["report"]
    aged = column("priority-aging", "start")["report"]
    assert starved == pytest.approx(100 * 1.05)  # after the last of the urgent tasks
    # It overtakes the urgent task that arrives 40 s = 4 levels x 10 s after it.
    assert aged == pytest.approx(41 * 1.05)


def test_a_shared_queue_leaves_no_core_idle() -> None:
    assert waiting("multicore") < waiting("multicore", "scheduler.queue=per_core")


def test_two_choices_are_nearly_as_good_as_all() -> None:
    def response(policy: str) -> float:
        return run("load", f"dispatch.policy={policy}").metrics["response.mean"]

    best, two = response("least_loaded"), response("power_of_two")
    blind = min(response("round_robin"), response("random"))
    assert best < 0.1
    assert best <= two < blind / 4


def test_bursts_lengthen_the_queue() -> None:
    bursty = run("bursty").metrics["waiting.mean"]
    # The same rate and work without bursts, M/M/1: rho / (mu - lambda).
    rate, service = (8 * 10 + 0.5 * 30) / 40, 1 / 0.3
    assert bursty > 5 * (rate / service) / (service - rate)
    shared = run("bursty", "scheduler.policy=ps").metrics
    assert shared["turnaround.p50"] < run("bursty").metrics["turnaround.p50"]


def test_the_response_time_law_holds_for_users_who_think() -> None:
    # The means of 4,000 exponential times are off by 1.6 % (one standard error), those of four
    # seeds by half of that.
    runs = [run("closed-users", f"seed={seed}").metrics for seed in range(4)]
    turnaround = sum(metrics["turnaround.mean"] for metrics in runs) / len(runs)
    throughput = sum(metrics["throughput"] for metrics in runs) / len(runs)
    assert turnaround == pytest.approx(20 / throughput - 10, rel=0.03)
    assert throughput == pytest.approx(1, rel=0.03)  # the core never rests


def switching(share: float, strategy: str, *settings: str) -> float:
    """Return the seconds that switches take where that share of slices uses vector registers."""
    chosen = f"workload.0.vector={share}", f"scheduler.switching.strategy={strategy}"
    metrics = run("fast-or-precise", *chosen, *settings).metrics
    assert metrics["context_switches"] == 24_999
    return metrics["switching.time"]


def test_fast_and_precise_switching_meet_where_half_the_slices_use_vectors() -> None:
    precise = switching(0.1, "precise")
    assert precise == pytest.approx(24_999 * 343e-9)
    assert switching(0.9, "precise") == precise
    assert switching(0.1, "fast") == pytest.approx(4.7e-3, rel=0.02)
    assert switching(0.9, "fast") == pytest.approx(11.9e-3, rel=0.02)
    # Four standard errors of 25,000 draws: one is 364 sqrt(0.53 x 0.47 / 25,000) / 343 = 0.34 %.
    assert switching(0.53, "fast") == pytest.approx(precise, rel=0.014)
    assert switching(0.48, "fast") < precise < switching(0.58, "fast")


def test_flushing_the_tlb_costs_both_strategies_the_same() -> None:
    for strategy in ("fast", "precise"):
        flushed = switching(0.1, strategy, "scheduler.switching.tlb=flush")
        assert flushed - switching(0.1, strategy) == pytest.approx(24_999 * 640e-9)


def test_two_tasks_find_their_own_state_in_the_registers() -> None:
    two = ("workload.0.count=2", "workload.0.work=125ms")
    assert switching(0.57, "fast") > switching(0.57, "precise")
    assert switching(0.57, "fast", *two) < switching(0.57, "precise", *two)
    assert switching(0.65, "fast", *two) > switching(0.65, "precise", *two)


def test_feedback_queues_spare_the_editors() -> None:
    editors = column("io-bursts", "waiting")
    behind = column("io-bursts", "waiting", "scheduler.policy=fcfs")
    for editor in ("editor-1", "editor-2"):
        assert editors[editor] < 0.05
        assert behind[editor] > 1
    later = (
        column("io-bursts", "finish")["compiler"]
        - column("io-bursts", "finish", "scheduler.policy=fcfs")["compiler"]
    )
    assert later < 0.05


def test_a_core_is_shared_by_weight() -> None:
    finish = column("fair-weights", "finish")
    assert finish["nice-0"] == pytest.approx(60 * (1024 + 335) / 1024, rel=1e-3)
    assert finish["nice-5"] == 120


def test_earliest_deadline_first_meets_what_fixed_priorities_miss() -> None:
    def late(*settings: str) -> list[str]:
        period = {"fast": 5, "slow": 7}
        taken = column("edf-deadlines", "turnaround", *settings)
        return [task for task, time in taken.items() if time > period[task.rpartition("-")[0]]]

    assert late() == []
    assert "slow-0" in late("scheduler.policy=priority", "scheduler.preemptive=true")


def test_best_fit_leaves_a_machine_for_the_large_task() -> None:
    assert column("placement", "waiting")["large"] == 0
    assert column("placement", "waiting", "allocation.placement=worst_fit")["large"] == 9
    assert column("placement", "status")["too-large"] == "rejected"


def test_backfilling_fills_the_gap_and_delays_no_head() -> None:
    plain = column("backfill", "start", "allocation.backfill=none")
    easy = column("backfill", "start")
    assert easy["2"] == plain["2"] == 100  # the head of the queue, which needs all ten cores
    assert easy["3"] == 10  # in the gap that the head leaves
    assert waiting("backfill") < waiting("backfill", "allocation.backfill=none")


def test_backfilling_halves_the_waiting_of_the_replayed_log() -> None:
    assert waiting("replay", "allocation.backfill=easy") < waiting("replay") / 2
