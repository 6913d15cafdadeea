"""A task's way: the machine it is sent to, the memory it waits for, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from aio_sim.distributed.dispatch_policy import DispatchPolicy, First
from aio_sim.distributed.dispatcher import Dispatcher, MachineGroup
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.errors import AuditError, PolicyError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Status, Trace
from aio_sim.resources.allocation import Rejection
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process
from tests.distributed.runs import Row, listed, reasons, rows, run, statuses


class Somewhere(DispatchPolicy):
    """Sends every task to one machine."""

    machine: int

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return self.machine


class Failing(DispatchPolicy):
    """Raises."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        raise ZeroDivisionError("by nothing")


def wired(
    policy: DispatchPolicy | None = None, memory: int = 100, machines: int = 2
) -> tuple[Environment, Dispatcher, Trace, TaskBooks]:
    """Return a dispatcher before machines of one core each, and its books."""
    env, trace = Environment(), Trace()
    cpus = [Cpu(env, trace, f"m-{at}", 1, FirstComeFirstServed()) for at in range(machines)]
    hosts = [Host(cpu.name, cpu, memory) for cpu in cpus]
    manager = ResourceManager(env, [Capacity(host.name, 1, memory) for host in hosts])
    moment = Moment(partial(RandomStreams(0).stream, "dispatch"))
    exclusive = ExclusiveCores(env, trace, cpus)
    books = TaskBooks(env, trace, exclusive)
    group = MachineGroup(hosts, MachineLoads([1] * machines), range(machines))
    policy = policy or First()
    dispatcher = Dispatcher(env, trace, books, group, policy, moment, manager, exclusive)
    return env, dispatcher, trace, books


def test_who_waits_for_the_end_of_tasks_is_told_how_they_ended() -> None:
    env, dispatcher, trace, books = wired()
    told: list[tuple[int, Status]] = []
    books.on_end = lambda task, status: told.append((task.number, status))
    dispatcher.accept(Process(0, 0, 5))
    dispatcher.accept(Process(1, 0, 5, demand=Rejection("the file says no")))
    dispatcher.accept(Process(2, 0, 5, demand=Demand(memory=101)))
    env.run(10)
    assert told == [(1, Status.REJECTED), (2, Status.REJECTED), (0, Status.COMPLETED)]
    assert trace.totals == {"tasks.rejected.other": 1, "tasks.rejected.too_large": 1}


def test_submit_answers_when_the_task_has_ended_however_it_ended() -> None:
    env, dispatcher, trace, _books = wired()
    done = dispatcher.submit(Process(0, 0, 5))
    refused = dispatcher.submit(Process(1, 0, 5, demand=Rejection("the file says no")))
    assert refused.triggered
    env.run(done)
    assert env.now == 5
    assert isinstance(done.value, Process)
    assert done.value.number == 0
    rows = {row[0]: row for row in trace.tasks.rows()}
    assert rows[0][8] == Status.COMPLETED
    assert trace.text(rows[0][9]) == "m-0"
    assert rows[1][8] == Status.REJECTED
    assert trace.text(rows[1][10]) == "the file says no"


@pytest.mark.parametrize("machine", [-1, 2, 7])
def test_a_machine_that_is_not_there_is_the_fault_of_the_policy(machine: int) -> None:
    _env, dispatcher, _trace, _books = wired(Somewhere(machine=machine))
    with pytest.raises(PolicyError, match=f"Somewhere: chose machine {machine} of 2"):
        dispatcher.accept(Process(0, 0, 5))


def test_a_dispatch_policy_that_raises_is_named() -> None:
    _env, dispatcher, _trace, _books = wired(Failing())
    with pytest.raises(PolicyError, match="Failing: choose raised ZeroDivisionError: by nothing"):
        dispatcher.accept(Process(0, 0, 5))


def test_the_audit_finds_a_task_that_a_machine_has_lost() -> None:
    _env, dispatcher, _trace, books = wired()
    dispatcher.accept(Process(0, 0, 5))
    books.check(1, 0)
    with pytest.raises(AuditError, match="1 tasks submitted, 0 ended, 1 inside: 0 on machines"):
        books.check(0, 0)


def test_it_says_when_the_last_task_has_ended() -> None:
    env, dispatcher, _trace, books = wired()
    empty: list[int] = []
    books.on_empty = lambda: empty.append(env.now)
    for number, at in enumerate((0, 3, 20)):
        Timer(env, partial(dispatcher.accept, Process(number, at, 5)), ARRIVAL).set(at)
    env.run()
    assert empty == [10, 25]


def test_a_task_waits_for_memory_on_its_own_machine() -> None:
    # B is sent to h-0 while A has its memory there, though h-1 has room; C fits beside A.
    tasks = [
        {"id": "A", "arrival": 0, "work": 4, "memory": 70},
        {"id": "B", "arrival": 1, "work": 2, "memory": 40},
        {"id": "C", "arrival": 2, "work": 1},
    ]
    hosts = [{"name": "h", "count": 2, "memory": 100}]
    done = run([listed(*tasks)], hosts, dispatch={"policy": "first"})
    assert rows(done) == {
        "A": Row(0, 4, "h-0"),
        "C": Row(4, 5, "h-0"),
        "B": Row(5, 7, "h-0"),
    }
    waiting = dict(zip(done.tasks["id"].tolist(), done.tasks["waiting"].tolist(), strict=True))
    assert waiting == {"A": 0, "B": 4, "C": 2}


def test_a_task_too_large_for_the_machine_chosen_goes_to_the_least_loaded_large_one() -> None:
    tasks = [
        {"id": "A", "work": 5, "memory": 500},
        {"id": "B", "work": 5, "memory": 500},
        {"id": "C", "work": 5, "memory": 50},
    ]
    hosts = [
        {"name": "small", "memory": 100},
        {"name": "large", "count": 2, "memory": 1000},
    ]
    done = rows(run([listed(*tasks)], hosts, dispatch={"policy": "first"}))
    machines = {name: row.machine for name, row in done.items()}
    assert machines == {"A": "large-0", "B": "large-1", "C": "small"}


def test_what_hosts_have_is_not_looked_through_for_each_task() -> None:
    class Watched(tuple[Capacity, ...]):
        looks = 0

        def __iter__(self) -> Iterator[Capacity]:
            Watched.looks += 1
            return super().__iter__()

    _env, dispatcher, _trace, _books = wired(machines=3)
    dispatcher._manager.capacities = Watched(dispatcher._manager.capacities)
    for number in range(50):
        dispatcher.accept(Process(number, 0, 5, demand=Demand(memory=1 + number)))
    assert Watched.looks == 0


def test_a_task_larger_than_any_machine_is_rejected_with_the_reason_and_the_rest_go_on() -> None:
    tasks = [
        {"id": "A", "work": 1, "memory": 101},
        {"id": "B", "work": 1, "cores": 3},
        {"id": "C", "work": 1, "memory": 100},
    ]
    done = run([listed(*tasks)], [{"name": "h", "count": 2, "cores": 2, "memory": 100}])
    assert statuses(done) == {"A": "rejected", "B": "rejected", "C": "completed"}
    assert reasons(done) == {
        "A": "needs more memory than the largest host has",
        "B": "needs 3 cores, the largest host has 2",
    }
    assert done.metrics["tasks.rejected"] == 2
    assert done.metrics["tasks.rejected.too_large"] == 2


def test_a_rejected_task_weighs_on_no_machine() -> None:
    # Were A counted on h-0, where it was never, B would go to h-1.
    tasks = [
        {"id": "A", "work": 9, "memory": 50, "tenant": "small"},
        {"id": "B", "arrival": 1, "work": 1},
    ]
    done = run(
        [listed(*tasks)],
        [{"name": "h", "count": 2, "memory": 100}],
        quotas={"small": {"memory": 10}},
    )
    assert reasons(done) == {"A": "needs more memory than the quota of tenant small"}
    assert rows(done)["B"].machine == "h-0"


def test_a_tenant_has_no_more_than_its_quota_at_a_time() -> None:
    held = {"tenant": "lab", "memory": 60}
    tasks: list[dict[str, Any]] = [
        {"id": "A", "work": 3, **held},
        {"id": "B", "work": 3, **held},
        {"id": "C", "work": 3, "memory": 60, "tenant": "other"},
        {"id": "X", "work": 2, "cores": 2, "tenant": "lab"},
        {"id": "Y", "work": 2, "cores": 1, "tenant": "lab"},
    ]
    hosts = [{"name": "h", "count": 2, "cores": 4, "memory": 200}]
    quotas = {"lab": {"cores": 2, "memory": 100}}
    got = rows(run([listed(*tasks)], hosts, quotas=quotas, dispatch={"policy": "first"}))
    assert got["A"][:2] == (0, 3)
    assert got["B"][:2] == (3, 6)
    assert got["C"][:2] == (0, 3)
    assert got["X"][0] == 0 or got["Y"][0] == 0
    assert not (got["X"].start < got["Y"].finish and got["Y"].start < got["X"].finish)


def test_deadlines_are_kept_or_missed_to_the_nanosecond() -> None:
    tasks = [
        {"id": "kept", "work": 2, "deadline": 2},
        {"id": "missed", "work": 3, "deadline": "4999999999ns"},
        {"id": "none", "work": 1},
        {"id": "refused", "work": 1, "cores": 9, "deadline": 100},
    ]
    metrics = run([listed(*tasks)]).metrics
    assert metrics["deadlines.set"] == 2
    assert metrics["deadlines.missed"] == 1
    assert "deadlines.set" not in run([listed({"id": "A", "work": 1})]).metrics


def test_the_demand_of_a_task_is_what_the_manager_sees() -> None:
    env, dispatcher, trace, _books = wired(memory=100)
    for number in range(3):
        dispatcher.accept(Process(number, 0, 10, demand=Demand(memory=40)))
    env.run()
    finishes = [row[5] for row in sorted(trace.tasks.rows())]
    assert finishes == [10, 20, 30]
    starts = [row[4] for row in sorted(trace.tasks.rows())]
    assert starts == [0, 10, 20]
