"""The reference simulators are right where the textbooks print the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scheduling.reference import ReferenceProcess, Slice, simulate_reference
from tests.scheduling.textbook import CASES, SRTF_EXAMPLE, Case, bursts, prioritised


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_gives_what_the_textbook_prints(case: Case) -> None:
    outcomes = simulate_reference(case.policy, case.processes, **case.options).outcomes.values()
    count = len(case.processes)
    turnarounds = [
        outcome.finish - process.arrival
        for outcome, process in zip(outcomes, case.processes, strict=True)
    ]
    if case.finish is not None:
        assert tuple(outcome.finish for outcome in outcomes) == case.finish
    if case.waiting is not None:
        assert tuple(outcome.waiting for outcome in outcomes) == case.waiting
    if case.mean_waiting is not None:
        mean = sum(outcome.waiting for outcome in outcomes) / count
        assert mean == pytest.approx(case.mean_waiting, rel=1e-12)
    if case.mean_turnaround is not None:
        assert sum(turnarounds) / count == pytest.approx(case.mean_turnaround, rel=1e-12)


@pytest.fixture
def golden(shared: Path) -> dict[str, dict]:
    entries = json.loads((shared / "golden.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries}


@pytest.mark.parametrize("case", [case for case in CASES if case.golden], ids=str)
def test_the_textbook_numbers_are_those_of_the_closed_forms(case: Case, golden: dict) -> None:
    entry = golden[case.golden]
    expected = entry["expected"]
    rows = [tuple(row[1:]) for row in entry["inputs"]["processes"]]
    assert rows == [(p.arrival, p.work, p.priority)[: len(rows[0])] for p in case.processes]
    if isinstance(expected, dict):
        assert tuple(expected["finish"]) == case.finish
        assert expected["mean_turnaround"] == pytest.approx(case.mean_turnaround, rel=1e-12)
    else:
        assert expected == pytest.approx(case.mean_waiting, rel=1e-12)


def mean_waiting(policy: str, processes: tuple[ReferenceProcess, ...], **options: int) -> float:
    outcomes = simulate_reference(policy, processes, **options).outcomes.values()
    return sum(outcome.waiting for outcome in outcomes) / len(processes)


def test_mean_waiting_times_are_those_of_the_closed_forms(golden: dict) -> None:
    def expected(name: str) -> object:
        return golden[name]["expected"]

    both_orders = [mean_waiting("fcfs", bursts(*works)) for works in ((24, 3, 3), (3, 3, 24))]
    assert both_orders == expected("silb.fcfs")
    sjf = {policy: mean_waiting(policy, bursts(6, 8, 7, 3)) for policy in ("sjf", "fcfs")}
    assert sjf == expected("silb.sjf")
    srtf = {policy: mean_waiting(policy, SRTF_EXAMPLE) for policy in ("srtf", "sjf")}
    assert srtf == expected("silb.srtf")
    round_robin = mean_waiting("rr", bursts(24, 3, 3), quantum=4)
    assert round_robin == pytest.approx(expected("silb.rr4"), rel=1e-12)


def test_priority_with_round_robin_gives_the_printed_chart() -> None:
    # Silberschatz 5.3.4: P4 to 7, P2 and P3 in turn to 16, P3 to 20, P1 and P5 in turn to 27.
    processes = prioritised((4, 3), (5, 2), (8, 2), (7, 1), (3, 3))
    slices = simulate_reference("priority", processes, quantum=2).slices
    order = [(piece.process + 1, piece.end) for piece in slices]
    assert order == [
        *((4, 7), (2, 9), (3, 11), (2, 13), (3, 15), (2, 16), (3, 20)),
        *((1, 22), (5, 24), (1, 26), (5, 27)),
    ]


def test_a_switch_costs_when_another_process_comes_but_not_the_first_time() -> None:
    result = simulate_reference("rr", bursts(2, 2), quantum=1, switch_cost=10)
    assert result.slices == [
        Slice(0, 0, 0, 1, 0),
        Slice(0, 1, 1, 12, 10),
        Slice(0, 0, 12, 23, 10),
        Slice(0, 1, 23, 34, 10),
    ]
    assert result.context_switches == 3
    assert result.outcomes[1].response == 11


def test_an_arrival_stands_before_the_process_whose_quantum_ends_at_that_instant() -> None:
    processes = [ReferenceProcess(0, 0, 4), ReferenceProcess(1, 2, 2), ReferenceProcess(2, 2, 2)]
    slices = simulate_reference("rr", processes, quantum=2).slices
    assert [piece.process for piece in slices] == [0, 1, 2, 0]


def test_a_process_alone_renews_its_quantum_without_a_switch() -> None:
    result = simulate_reference("rr", bursts(10), quantum=1, switch_cost=5)
    assert result.slices == [Slice(0, 0, 0, 10, 0)]
    assert result.context_switches == 0


def test_io_takes_a_process_off_its_core_and_out_of_its_waiting_time() -> None:
    processes = [ReferenceProcess(0, 0, bursts=(2, 3, 2)), ReferenceProcess(1, 0, 4)]
    outcomes = simulate_reference("fcfs", processes).outcomes
    assert (outcomes[0].finish, outcomes[0].waiting) == (8, 1)
    assert (outcomes[1].finish, outcomes[1].waiting) == (6, 2)


def test_cores_are_filled_in_the_order_of_their_indices() -> None:
    slices = simulate_reference("rr", bursts(2, 2, 2), cores=2, quantum=1).slices
    assert [(piece.core, piece.process, piece.start, piece.end) for piece in slices] == [
        *((0, 0, 0, 1), (1, 1, 0, 1)),
        *((0, 2, 1, 3), (1, 0, 1, 2)),  # at 2, core 1 is free for 1, so that 2 need not move
        (1, 1, 2, 3),
    ]


def test_processor_sharing_gives_each_a_core_at_most() -> None:
    outcomes = simulate_reference("ps", bursts(3, 6), cores=4).outcomes
    assert [outcome.finish for outcome in outcomes.values()] == [3, 6]
