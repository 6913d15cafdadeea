"""Stealing, retries and speculative copies: who runs a task in the end, and when."""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.attended import AttendedDispatcher
from aio_sim.distributed.dispatch_policy import First
from aio_sim.distributed.dispatcher import MachineGroup
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.distributed.retrying import BackOff
from aio_sim.distributed.running_median import RunningMedian
from aio_sim.distributed.stealing import Stealing
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import ScenarioError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from aio_sim.simulation import Run
from tests.distributed.runs import Row, Tasks, listed, rows, run, scenario, statuses

STEALING = {"policy": "work_stealing"}


def tasks(*works: float, **fields: Any) -> dict[str, Any]:
    return listed(*({"id": f"T{at}", "work": work} for at, work in enumerate(works)), **fields)


def hosts(*speeds: float, cores: int = 1) -> Tasks:
    return [{"name": f"h{at}", "speed": speed, "cores": cores} for at, speed in enumerate(speeds)]


def finishes(run: Run) -> list[float]:
    return sorted(float(row["finish"]) for row in run.tasks)


arrivals = st.lists(st.integers(0, 30), min_size=1, max_size=25)


@given(arrivals, st.integers(1, 4), st.integers(0, 9))
def test_with_free_stealing_no_core_is_idle_while_a_task_waits(
    arrivals: list[int], machines: int, seed: int
) -> None:
    # Equal tasks leave one queue before m cores at the same instants, whoever runs them.
    load = listed(*({"id": f"T{i}", "arrival": at, "work": 7} for i, at in enumerate(arrivals)))
    apart = run([load], hosts(*[1] * machines), dispatch=STEALING, seed=seed)
    together = run([load], hosts(1, cores=machines))
    assert finishes(apart) == finishes(together)


def test_the_task_at_the_back_of_the_longest_queue_is_taken() -> None:
    env, trace = Environment(), Trace()
    cpus = [Cpu(env, trace, f"h{at}", 1, FirstComeFirstServed()) for at in range(2)]
    machines = [Host(cpu.name, cpu, 0) for cpu in cpus]
    manager = ResourceManager(env, [Capacity(host.name, 1, 0) for host in machines])
    exclusive = ExclusiveCores(env, trace, cpus)
    group = MachineGroup(machines, MachineLoads([1, 1]), range(2))
    dispatcher = AttendedDispatcher(
        *(env, trace, TaskBooks(env, trace, exclusive), group, First()),
        *(Moment(partial(RandomStreams(0).stream, "dispatch")), manager, exclusive),
        [Stealing(0)],
    )
    for number, work in enumerate((10, 4, 10, 10, 10)):
        dispatcher.accept(Process(number, 0, work))
    env.run(100)
    ran = [(row[0], trace.text(row[9]), row[4]) for row in trace.tasks.rows()]
    # 1 finds h0 busy and goes to h1, which takes 4 at 4, and 3 at 14; 2 began on h0 at 10.
    assert sorted(ran) == [(0, "h0", 0), (1, "h1", 0), (2, "h0", 10), (3, "h1", 14), (4, "h1", 4)]


def test_what_is_taken_is_under_way_for_its_cost() -> None:
    cost = 0.5
    metrics = [
        run([tasks(3, 3)], hosts(1, 1), dispatch=STEALING | {"cost": cost}, seed=seed).metrics
        for seed in range(8)
    ]
    stolen = [each.get("dispatch.stolen", 0) for each in metrics]
    assert set(stolen) == {0, 1}
    assert [each["makespan"] for each in metrics] == [3 + cost * many for many in stolen]


def test_a_task_that_has_begun_stays() -> None:
    # Under processor sharing all begin at once, so that nothing is left to take.
    for seed in range(4):
        found = run(
            [tasks(4, 4, 4), listed({"id": "last", "arrival": 1, "work": 1})],
            hosts(1, 1), dispatch=STEALING, scheduler={"policy": "ps"}, seed=seed,
        )  # fmt: skip
        assert set(statuses(found).values()) == {"completed"}


@given(st.lists(st.integers(-50, 50), min_size=1))
def test_the_running_median_is_the_lower_median(numbers: list[int]) -> None:
    median = RunningMedian()
    for count, number in enumerate(numbers, 1):
        median.add(number)
        assert median.value == statistics.median_low(numbers[:count])


def back_off(**options: Any) -> BackOff:
    usual = {"wait": 10, "factor": 2.0, "most": 45, "jitter": 0.0}
    return BackOff(**(usual | options), random_stream=partial(RandomStreams(1).stream, "retry"))


def test_each_retry_waits_twice_as_long_up_to_a_bound() -> None:
    assert [back_off().before(retry) for retry in (1, 2, 3, 4, 1000)] == [10, 20, 40, 45, 45]
    assert [back_off(wait=0).before(retry) for retry in (1, 9)] == [0, 0]
    waits = {back_off(jitter=0.5).before(2), *map(back_off(jitter=0.5).before, [2] * 50)}
    assert min(waits) >= 10
    assert max(waits) <= 20
    assert len(waits) > 5


def guests(*ends: float | None, **fields: Any) -> Run:
    """Return a run of one task of 5 s on machines that are destroyed at these instants."""
    vms = [
        {"name": f"v{at}", "cores": 1, "memory": "1GiB", "image": {"size": "1GiB"}, "booted": True}
        | ({"steps": [{"at": end, "do": "destroy"}]} if end else {})
        for at, end in enumerate(ends)
    ]
    host = [{"name": "h", "cores": 4, "memory": "16GiB"}]
    return run([tasks(5)], host, vms=vms, **fields)


def test_a_task_lost_with_its_machine_is_begun_again_on_another() -> None:
    assert statuses(guests(2, None)) == {"T0": "failed"}
    retried = guests(2, None, dispatch={"retry": {"wait": 3}})
    first, again = guests(None), rows(retried)["T0"]
    took = rows(first)["T0"].finish
    assert again.machine == "v1"
    assert again.finish == pytest.approx(2 + 3 + took, abs=1e-6)
    assert retried.metrics["dispatch.retries"] == 1
    # On a core it was for 2 s in vain and all of its work; the rest it waited.
    assert float(retried.tasks["waiting"][0]) == pytest.approx(3, abs=1e-6)


def test_a_task_is_given_up_after_so_many_attempts() -> None:
    lost = guests(1, 2, 3, None, dispatch={"retry": {"attempts": 2, "wait": 0}})
    assert statuses(lost) == {"T0": "failed"}
    assert lost.metrics["dispatch.retries"] == 1
    kept = guests(1, 2, 3, None, dispatch={"retry": {"attempts": 4, "wait": 0}})
    assert statuses(kept) == {"T0": "completed"}


def slow(*works: float, **speculation: Any) -> Run:
    """Return a run of tasks in turn on a host and on one of a tenth of its speed."""
    return run(
        [tasks(*works)],
        hosts(1, 0.1),
        dispatch={"policy": "round_robin", "speculation": {"least": 1} | speculation},
    )


def test_a_copy_of_a_slow_task_wins() -> None:
    found = slow(1, 1)  # T1 would take 10 s; at 1.5 s it is late, and its copy takes 1 s
    assert rows(found)["T1"] == Row(0, 2.5, "h0")
    assert found.tasks["waiting"].tolist() == [0, 0]
    copies = {name: found.metrics[f"dispatch.copies{name}"] for name in ("", ".won", ".busy")}
    assert copies == {"": 1, ".won": 1, ".busy": 1}


def test_a_task_that_is_faster_than_its_copy_wins_and_the_copy_is_withdrawn() -> None:
    found = slow(1, 1, factor=9.5)  # the copy begins at 9.5 s, and the task ends at 10 s
    assert rows(found)["T1"] == Row(0, 10, "h1")
    assert found.metrics["dispatch.copies"] == 1
    assert "dispatch.copies.won" not in found.metrics
    assert found.metrics["dispatch.copies.busy"] == 0.5


def test_copies_wait_for_an_idle_core_and_for_enough_likes() -> None:
    assert rows(slow(1, 1, 6))["T1"] == Row(0, 8, "h0")  # h0 is busy until 7
    assert "dispatch.copies" not in slow(1, 1, least=2).metrics


def test_a_task_lost_while_its_copy_runs_goes_on_in_the_copy() -> None:
    vms = [
        {"name": f"v{at}", "cores": 1, "memory": "1GiB", "image": {"size": "1GiB"}, "booted": True}
        for at in range(2)
    ]
    vms[1] |= {"steps": [{"at": 3, "do": "destroy"}], "limit": {"cores": 0.1}}
    found = run(
        [tasks(2, 2)],
        [{"name": "h", "cores": 4, "memory": "16GiB"}],
        vms=vms,
        dispatch={"policy": "round_robin", "speculation": {"least": 1, "factor": 1.2}},
    )
    assert statuses(found) == {"T0": "completed", "T1": "completed"}
    assert rows(found)["T1"].machine == "v0"


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=2, max_size=12),
    st.sampled_from(["fcfs", "sjf", "rr", "ps"]),
)
def test_with_copies_every_task_ends_once_and_none_later_than_its_copy(
    given: list[tuple[int, int]], policy: str
) -> None:
    load = listed(
        *({"id": f"T{i}", "arrival": at, "work": work} for i, (at, work) in enumerate(given))
    )
    options = {"policy": policy} | ({"quantum": 1} if policy == "rr" else {})
    found = run(
        [load],
        hosts(1, 0.2, 0.5),
        scheduler=options,
        dispatch={"policy": "random", "speculation": {"least": 1}},
    )
    assert set(statuses(found).values()) == {"completed"}
    assert min(found.tasks["waiting"]) >= 0


def test_what_makes_no_sense_is_said() -> None:
    for dispatch, said in (
        ({"retry": {"attempts": 0}}, "attempts"),
        ({"speculation": {"factor": 1}}, "factor"),
        ({"speculation": {"fctor": 2}}, "did you mean 'factor'"),
        ({"policy": "locality", "cost": 1}, "has no option 'cost'"),
    ):
        with pytest.raises(ScenarioError, match=said):
            scenario([tasks(1)], hosts(1), dispatch=dispatch)
