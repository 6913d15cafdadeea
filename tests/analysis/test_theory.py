"""Closed forms against printed values, each other, and a second calculation of their own."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aio_sim.analysis import theory
from aio_sim.analysis.theory import PriorityClass
from aio_sim.kernel.errors import InputError


@pytest.fixture
def golden(shared: Path) -> dict[str, dict[str, Any]]:
    rows = json.loads((shared / "golden.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


def classes(inputs: dict[str, Any]) -> list[PriorityClass]:
    pairs = zip(inputs["lam"], inputs["mu"], strict=True)
    return [PriorityClass(rate, 1 / mu, 2 / mu**2) for rate, mu in pairs]


def _mm1(inputs: dict[str, Any]) -> dict[str, float]:
    queue = theory.mm1(inputs["lam"], inputs["mu"])
    return {
        "rho": queue.utilization,
        "L": queue.in_system,
        "Lq": queue.in_queue,
        "W": queue.turnaround,
        "Wq": queue.waiting,
        "P0": 1 - queue.wait_probability,
    }


def _mmc(inputs: dict[str, Any]) -> dict[str, float]:
    queue = theory.mmc(inputs["lam"], inputs["mu"], inputs["c"])
    return {
        "Pwait": queue.wait_probability,
        "Wq": queue.waiting,
        "Lq": queue.in_queue,
        "L": queue.in_system,
    }


def _mm1k(inputs: dict[str, Any]) -> dict[str, float]:
    blocking, in_system = theory.mm1k(inputs["lam"], inputs["mu"], inputs["K"])
    return {"Pblock": blocking, "L": in_system}


def _md1(inputs: dict[str, Any]) -> dict[str, float]:
    waiting = theory.pollaczek_khinchine(inputs["lam"], inputs["ES"], inputs["ES2"])
    return {"Wq": waiting, "W": waiting + inputs["ES"]}


def _insensitive(inputs: dict[str, Any]) -> dict[str, float]:
    turnaround = theory.processor_sharing(inputs["lam"], inputs["ES"])
    return {"W_H2": turnaround, "W_det": turnaround}


def _nonpreemptive(inputs: dict[str, Any]) -> dict[str, float]:
    first, second = theory.nonpreemptive_priority(classes(inputs))
    work = [each.mean_work for each in classes(inputs)]
    return {"Wq1": first, "Wq2": second, "W1": first + work[0], "W2": second + work[1]}


def _preemptive(inputs: dict[str, Any]) -> dict[str, float]:
    first, second = theory.preemptive_priority(classes(inputs))
    return {"W1": first, "W2": second}


def _shortest(inputs: dict[str, Any]) -> dict[str, float]:
    waiting = theory.mm1_shortest_job_first(inputs["lam"], inputs["mu"])
    return {"Wq": waiting, "W": waiting + 1 / inputs["mu"]}


CLOSED_FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "mm1.base": _mm1,
    "mm1.p95": lambda i: theory.mm1_turnaround_percentile(i["lam"], i["mu"], i["q"]),
    "mm1k.block": _mm1k,
    "mmc.a8.c10": _mmc,
    "mmc.a45.c50": _mmc,
    "erlangB.a8.c10": lambda i: theory.erlang_b(i["a"], i["c"]),
    "erlangB.a100.c117": lambda i: theory.erlang_b(i["a"], i["c"]),
    "mg1.md1": _md1,
    "mg1ps.insens": _insensitive,
    "mg1ps.slowdown": lambda i: theory.processor_sharing(i["lam"], 1, work=5) / 5,
    "prio.np.mm1": _nonpreemptive,
    "prio.pr.mm1": _preemptive,
    "sjf.mm1": _shortest,
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_closed_form_gives_the_tabulated_value(
    name: str, golden: dict[str, dict[str, Any]]
) -> None:
    row = golden[name]
    assert CLOSED_FORMS[name](row["inputs"]) == pytest.approx(row["expected"], rel=1e-9)


def birth_death(births: list[float], deaths: list[float]) -> list[float]:
    """Return the steady state of a birth-death chain: births[n] from n, deaths[n] from n + 1."""
    weights = [1.0]
    for birth, death in zip(births, deaths, strict=True):
        weights.append(weights[-1] * birth / death)
    total = math.fsum(weights)
    return [weight / total for weight in weights]


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (3.0, 4), (45.0, 50)])
def test_erlang_c_is_the_chain_of_many_servers(load: float, servers: int) -> None:
    top = 4000
    chain = birth_death([load] * top, [float(min(n + 1, servers)) for n in range(top)])
    assert theory.erlang_c(load, servers) == pytest.approx(math.fsum(chain[servers:]), rel=1e-9)
    expected = math.fsum(n * share for n, share in enumerate(chain))
    assert theory.mmc(load, 1, servers).in_system == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("load", [0.0, 0.3, 1.0, 1.7, 50.0])
def test_a_finite_queue_is_its_chain_at_any_load(load: float) -> None:
    chain = birth_death([load] * 6, [1.0] * 6)
    blocking, in_system = theory.mm1k(load, 1, 6)
    assert blocking == pytest.approx(chain[6], rel=1e-12)
    assert in_system == pytest.approx(sum(n * share for n, share in enumerate(chain)), rel=1e-12)


def test_a_long_finite_queue_under_overload_does_not_overflow() -> None:
    blocking, in_system = theory.mm1k(100, 1, 1000)
    assert blocking == pytest.approx(0.99)
    assert in_system == pytest.approx(1000, abs=0.02)


def test_priority_conserves_the_load_weighted_waiting_of_fcfs() -> None:
    mix = [PriorityClass(0.2, 1.0, 3.0), PriorityClass(0.1, 2.0, 5.0), PriorityClass(0.3, 0.5, 1.0)]
    waits = theory.nonpreemptive_priority(mix)
    loads = [each.arrival_rate * each.mean_work for each in mix]
    residual = sum(each.arrival_rate * each.second_moment / 2 for each in mix)
    conserved = sum(load * wait for load, wait in zip(loads, waits, strict=True))
    assert conserved == pytest.approx(sum(loads) * residual / (1 - sum(loads)))


def test_the_most_urgent_class_does_not_see_the_others_when_it_preempts() -> None:
    alone = theory.preemptive_priority([PriorityClass(0.3, 1.0, 2.0)])[0]
    first, _ = theory.preemptive_priority(
        [PriorityClass(0.3, 1.0, 2.0), PriorityClass(0.5, 1.0, 9.0)]
    )
    assert first == alone == pytest.approx(theory.mm1(0.3, 1).turnaround)


def test_shortest_first_of_uniform_sizes_is_the_integral_done_by_hand() -> None:
    # f = 1 on (0, 1) and rho(x) = x^2 / 2: the integral of (1 - x^2 / 2)^-2 has a primitive.
    root = math.sqrt(0.5)
    integral = (1 / (1 - 0.5) + math.atanh(root) / root) / 2
    waiting = theory.shortest_job_first(1.0, lambda x: x**0, lambda x: x**2 / 2, 1 / 3, 1.0)
    assert waiting == pytest.approx(integral / 6, rel=1e-12)


def test_equal_shares_are_fair_and_one_that_takes_all_is_not() -> None:
    assert theory.jain_index([2, 2, 2]) == pytest.approx(1)
    assert theory.jain_index([5, 0, 0, 0]) == pytest.approx(1 / 4)
    assert theory.jain_index([1, 2, 3]) == pytest.approx(36 / (3 * 14))


@pytest.mark.parametrize(
    "overloaded",
    [
        lambda: theory.mm1(1, 1),
        lambda: theory.mmc(10, 1, 10),
        lambda: theory.mm1_turnaround_percentile(2, 1, 0.5),
        lambda: theory.pollaczek_khinchine(1, 1, 1),
        lambda: theory.processor_sharing(1, 2),
        lambda: theory.nonpreemptive_priority([PriorityClass(1, 1, 1)]),
        lambda: theory.mm1_shortest_job_first(2, 1),
        lambda: theory.jain_index([]),
    ],
)
def test_what_has_no_steady_state_is_refused(overloaded: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        overloaded()
