"""The resource manager: events, context manager, the order of one instant, what it reports."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from aio_sim.kernel.environment import ARRIVAL, COMPLETION, QUANTUM_END, Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.trace import Trace
from aio_sim.resources.allocation import Allocation, DemandRejected, Rejection
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import Backfill, ResourceManager
from aio_sim.scheduling.process import Process
from tests.resources.driver import GIB, Load, at, hosts

MODES: list[Backfill] = ["none", "easy", "conservative"]
Story = Generator[simpy.Event, Any, None]


@pytest.fixture(params=MODES)
def manager(request: pytest.FixtureRequest) -> ResourceManager:
    return ResourceManager(Environment(), hosts(4, memory=8 * GIB), backfill=request.param)


def test_a_request_is_granted_where_there_is_room_and_returned_at_the_end(
    manager: ResourceManager,
) -> None:
    def story() -> Story:
        with manager.request(Demand(cores=3, memory=GIB)) as allocation:
            granted = yield allocation
            assert granted is allocation
            assert allocation.places == ((0, 3),)
            assert (allocation.core_count, allocation.waited) == (3, 0)
            assert manager.free(0) == Capacity("h-0", 1, 7 * GIB)
            yield manager.env.timeout(5)

    manager.env.process(story())
    manager.env.run()
    assert manager.free(0) == Capacity("h-0", 4, 8 * GIB)
    manager.check_returned()


def test_a_request_waits_for_what_is_returned(manager: ResourceManager) -> None:
    waited = []

    def story(cores: int) -> Story:
        with manager.request(Demand(cores=cores, estimate=5)) as allocation:
            yield allocation
            waited.append(allocation.waited)
            yield manager.env.timeout(5)

    for cores in (3, 2, 4):
        manager.env.process(story(cores))
    manager.env.run()
    assert waited == [0, 5, 10]


def test_interrupted_while_waiting_it_waits_no_more(manager: ResourceManager) -> None:
    env, granted = manager.env, []

    def holder() -> Story:
        with manager.request(Demand(cores=3, estimate=100)) as allocation:
            yield allocation
            yield env.timeout(100)

    def impatient() -> Story:
        with manager.request(Demand(cores=4, estimate=5)) as allocation:
            with pytest.raises(simpy.Interrupt):
                yield allocation
            assert not allocation.granted

    def behind() -> Story:
        with manager.request(Demand(cores=1, memory=GIB, estimate=200)) as allocation:
            yield allocation
            granted.append(env.now)

    env.process(holder())
    process = env.process(impatient())
    env.process(behind())
    at(env, 10, process.interrupt)
    env.run()
    assert granted == [10]
    assert manager.totals()["allocation.withdrawn"] == 1
    manager.check_returned()


def test_interrupted_while_holding_it_returns_what_it_held(manager: ResourceManager) -> None:
    env, ended = manager.env, []

    def holder() -> Story:
        with manager.request(Demand(cores=4)) as allocation:
            yield allocation
            try:
                yield env.timeout(100)
            except simpy.Interrupt:
                ended.append(env.now)

    process = env.process(holder())
    at(env, 10, process.interrupt)
    at(env, 11, manager.check_returned)
    env.run()
    assert ended == [10]
    manager.check_returned()


def test_releasing_twice_returns_once(manager: ResourceManager) -> None:
    allocation = manager.request(Demand(cores=4))
    manager.env.run()
    allocation.release()
    allocation.release()
    manager.check_returned()


def test_a_demand_that_can_never_be_met_fails_with_the_reason(manager: ResourceManager) -> None:
    caught = []

    def story() -> Story:
        with manager.request(Demand(cores=16)) as allocation:
            try:
                yield allocation
            except DemandRejected as error:
                caught.append(str(error))

    manager.env.process(story())
    manager.env.run()
    assert caught == ["needs 16 cores, the largest host has 4"]


def test_a_rejected_request_that_nobody_waits_for_does_no_harm(manager: ResourceManager) -> None:
    assert manager.request(Demand(cores=16)).rejected
    manager.env.run()
    assert manager.totals()["allocation.rejected"] == 1
    manager.check_returned()


@pytest.mark.parametrize(
    ("demand", "reason"),
    [
        (Demand(cores=9), "needs 9 cores, the largest host has 8"),
        (Demand(cores=8, host=0), "needs 8 cores, the host asked for has 4"),
        (Demand(cores=13, span=True), "needs 13 cores, all hosts together have 12"),
        (Demand(memory=5 * GIB), "needs more memory than the largest host has"),
        (Demand(cores=5, memory=3 * GIB), "no host has all that is needed together"),
        (
            Demand(cores=12, memory=6 * GIB, span=True),
            "the hosts have not enough beside each core that is needed",
        ),
        (Demand(disk=1), "needs more disk than the largest host has"),
    ],
)
def test_reasons_say_what_is_lacking(demand: Demand, reason: str) -> None:
    capacities = [Capacity("small", 4, 4 * GIB), Capacity("large", 8, 2 * GIB)]
    manager = ResourceManager(Environment(), capacities)
    assert manager.ask(demand, lambda _: None) == Rejection(reason)


def test_a_negative_demand_is_refused() -> None:
    manager = ResourceManager(Environment(), hosts(4))
    with pytest.raises(ValueError, match="negative"):
        manager.request(Demand(cores=-1))


def test_there_must_be_a_host() -> None:
    with pytest.raises(ValueError, match="at least one host"):
        ResourceManager(Environment(), [])


def test_one_decision_is_made_after_all_completions_and_arrivals_of_an_instant() -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(4), backfill="easy")
    load = Load(manager)
    load.add(0, 0, 10, Demand(cores=2, estimate=10))
    load.add(1, 0, 10, Demand(cores=2, estimate=10))
    load.add(2, 1, 5, Demand(cores=4, estimate=5))
    # Arrives as both end: neither end alone makes room for the head, but both do.
    load.add(3, 10, 5, Demand(cores=1, estimate=1))
    assert load.run() == {0: 0, 1: 0, 2: 10, 3: 15}


def test_what_is_granted_joins_before_quanta_end() -> None:
    env = Environment()
    manager = ResourceManager(env, hosts(1))
    seen: list[str] = []
    at(env, 5, lambda: seen.append("quantum"), QUANTUM_END)
    at(env, 5, lambda: seen.append("completion"), COMPLETION)
    at(env, 5, lambda: manager.ask(Demand(cores=1), lambda _: seen.append("grant")), ARRIVAL)
    env.run()
    assert seen == ["completion", "grant", "quantum"]


def test_who_is_granted_may_ask_and_return_at_once(manager: ResourceManager) -> None:
    seen: list[int] = []

    def granted(allocation: Allocation) -> None:
        seen.append(manager.env.now)
        allocation.release()
        if len(seen) < 5:
            manager.ask(Demand(cores=4, estimate=1), granted)

    manager.ask(Demand(cores=4, estimate=1), granted)
    manager.ask(Demand(cores=4, estimate=1), lambda allocation: allocation.release())
    manager.env.run()
    assert seen == [0] * 5
    manager.check_returned()


def test_memory_alone_does_not_wait_behind_one_that_waits_for_cores_alone() -> None:
    load = Load(ResourceManager(Environment(), hosts(4, memory=8)))
    load.add(0, 0, 10, Demand(cores=4))
    load.add(1, 1, 10, Demand(cores=1))
    load.add(2, 2, 1, Demand(memory=8))
    load.add(3, 2, 1, Demand(memory=8))
    assert load.run() == {0: 0, 1: 10, 2: 2, 3: 3}


def test_memory_waits_behind_one_that_waits_for_cores_and_memory() -> None:
    load = Load(ResourceManager(Environment(), hosts(4, memory=8)))
    load.add(0, 0, 10, Demand(cores=4))
    load.add(1, 1, 10, Demand(cores=1, memory=1))
    load.add(2, 2, 1, Demand(memory=1))
    assert load.run() == {0: 0, 1: 10, 2: 10}


def test_a_demand_for_one_host_does_not_hold_up_those_for_others(manager: ResourceManager) -> None:
    manager = ResourceManager(Environment(), hosts(2, 2))
    load = Load(manager)
    load.add(0, 0, 10, Demand(cores=2, host=1, estimate=10))
    load.add(1, 1, 10, Demand(cores=2, host=1, estimate=10))
    load.add(2, 2, 3, Demand(cores=2, host=0, estimate=3))
    load.add(3, 3, 1, Demand(cores=1, estimate=1))
    assert load.run() == {0: 0, 1: 10, 2: 2, 3: 5}
    assert load.places[1] == ((1, 2),)


def test_cores_of_several_hosts_come_in_the_order_of_placement() -> None:
    load = Load(ResourceManager(Environment(), hosts(3, 4, 1)))
    load.add(0, 0, 1, Demand(cores=6, span=True))
    load.run()
    assert load.places[0] == ((0, 3), (1, 3))


def test_memory_of_a_demand_that_spans_hosts_comes_along_with_its_cores() -> None:
    # Two cores' share a host is all that memory allows for.
    manager = ResourceManager(Environment(), hosts(4, 4, 4, memory=10))
    load = Load(manager)
    load.add(0, 0, 5, Demand(cores=5, memory=20, span=True))
    load.run()
    assert load.places[0] == ((0, 2), (1, 2), (2, 1))
    assert manager.totals()["memory.peak"] == 20


def test_check_finds_books_that_do_not_add_up(manager: ResourceManager) -> None:
    manager.request(Demand(cores=2))
    manager.env.run()
    manager._lender.rooms.free[0][0] += 1
    with pytest.raises(AuditError, match="h-0: 2 of 4 cores lent, 3 said to be free"):
        manager.check()


def test_check_finds_what_was_not_returned(manager: ResourceManager) -> None:
    manager.request(Demand(cores=2))
    manager.env.run()
    with pytest.raises(AuditError, match="1 allocations were not returned, 0 still wait"):
        manager.check_returned()


def test_totals_are_those_of_a_reckoning_by_hand() -> None:
    load = Load(ResourceManager(Environment(), hosts(4, memory=100), backfill="easy"))
    load.add(0, 0, 10, Demand(cores=3, memory=10, estimate=10))
    load.add(1, 1, 10, Demand(cores=4, estimate=10))
    load.add(2, 2, 5, Demand(cores=1, memory=60, estimate=5))
    load.add(3, 3, 5, Demand(cores=5))
    load.run()
    assert load.env.now == 20
    assert load.manager.totals() == {
        "allocation.granted": 3,
        "allocation.rejected": 1,
        "allocation.withdrawn": 0,
        "allocation.backfilled": 1,
        "allocation.queue.max": 1,
        "cores.reserved.peak": 4,
        "cores.reserved.mean": (3 * 10 + 4 * 10 + 1 * 5) / 20,
        "memory.peak": 70,
        "memory.mean": (10 * 10 + 60 * 5) / 20,
    }


def test_a_manager_that_nobody_asked_reports_nothing() -> None:
    trace = Trace()
    ResourceManager(Environment(), hosts(4)).report(trace)
    assert trace.totals == {}


def test_a_full_trace_tells_who_waited_and_how_many() -> None:
    trace = Trace("full")
    load = Load(ResourceManager(Environment(), hosts(4), trace=trace))
    load.add(0, 0, 10, Demand(cores=4, process=Process(7, 0, 10)))
    load.add(1, 4, 10, Demand(cores=4, process=Process(8, 4, 10)))
    load.run()
    load.manager.report(trace)
    (span,) = trace.spans.rows()
    assert (trace.text(span[0]), trace.text(span[1]), *span[2:]) == (
        *("allocation", "resources"),
        *(8, 4, 10),
    )
    counters = [(time, trace.text(name), value) for time, name, value in trace.counters.rows()]
    queue = "allocation.queue"
    assert counters == [(4, queue, 1_000_000_000), (10, queue, 0)]
    assert trace.totals["allocation.granted"] == 2
