"""A storage server: what a transaction takes, who waits for whom, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise
from typing import Any

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.relational.transaction import Isolation
from aio_sim.storage.server.pricing import RELATIONAL_PRICES
from aio_sim.storage.server.service import Promise
from aio_sim.storage.server.statements import (
    Add,
    Cancelled,
    Change,
    Delete,
    Get,
    Put,
    Scan,
    Statement,
    only,
)
from tests.storage.server.servers import (
    LATENCY,
    MICROSECOND,
    RECORDS,
    STORE,
    System,
    document,
    relational,
)

Steps = Generator[Statement, Any, None]


def warmed(system: System) -> System:
    """Return a system whose pool has all pages, from one second on."""
    system.ask(only(Scan(STORE, 0, RECORDS)))
    system.run()
    return system


def test_a_read_of_what_is_in_memory_takes_cpu_time_alone() -> None:
    system = warmed(System(relational()))
    before = system.server.database.cost
    asked = system.ask(only(Get(STORE, 7)), at=SECOND)
    system.run()
    used = system.server.database.cost.minus(before)
    prices = RELATIONAL_PRICES
    expected = prices.statement + used.pages_touched * prices.page + prices.record + prices.commit
    assert used.pages_read == 0
    assert asked.answered_at == SECOND + expected


def test_a_page_that_is_not_in_memory_is_waited_for() -> None:
    system = System(relational())
    asked = system.ask(only(Get(STORE, 7)))
    system.run()
    reads = system.server.database.cost.pages_read
    cpu = asked.answered_at - system.disk.busy
    assert system.disk.busy >= 2 * LATENCY
    assert 0 < cpu < 200 * MICROSECOND
    assert reads >= 2


def test_a_commit_waits_for_the_write_and_the_flush_of_the_log() -> None:
    system = warmed(System(relational()))
    busy = system.disk.busy
    asked = system.ask(only(Change(STORE, 7, {"worth": 1})), at=SECOND)
    system.run()
    assert 0 <= system.disk.busy - busy - 2 * LATENCY <= 2  # bytes take next to nothing
    assert asked.answered_at > SECOND + 2 * LATENCY
    assert system.server.group.flushes == 1


def test_a_lazy_commit_is_answered_at_once_and_flushed_at_the_end_of_the_second() -> None:
    system = warmed(System(relational(), Promise.EACH_SECOND))
    start = SECOND + SECOND // 4
    asked = system.ask(only(Change(STORE, 7, {"worth": 1})), at=start)
    system.run()
    assert asked.answered_at < start + LATENCY
    assert system.server.lazy.flushes == 1
    assert system.env.now == 2 * SECOND  # whole seconds


def test_one_flush_serves_all_who_wait_for_it() -> None:
    system = warmed(System(relational()))
    asked = [
        system.ask(only(Change(STORE, number, {"worth": 1})), at=SECOND) for number in range(8)
    ]
    system.run()
    assert system.server.group.commits == 8
    assert system.server.group.flushes < 8
    assert len({one.answered_at for one in asked}) == system.server.group.flushes


def test_a_window_gathers_commits_at_the_price_of_latency() -> None:
    window = 500 * MICROSECOND
    system = warmed(System(relational(), window=window))
    asked = [
        system.ask(only(Change(STORE, number, {"worth": 1})), at=SECOND + number * 10_000)
        for number in range(8)
    ]
    system.run()
    assert system.server.group.flushes == 1
    assert min(one.answered_at for one in asked) >= SECOND + window + 2 * LATENCY


def test_more_than_its_workers_wait_in_order() -> None:
    system = warmed(System(relational(), workers=1))
    asked = [system.ask(only(Get(STORE, number)), at=SECOND) for number in range(5)]
    system.run()
    times = [one.answered_at for one in asked]
    assert times == sorted(times)
    steps = {later - earlier for earlier, later in pairwise(times)}
    assert len(steps) == 1  # each takes what the one before took


def test_the_cores_of_the_host_bound_what_happens_at_once() -> None:
    times = []
    for cores in (1, 4):
        system = warmed(System(relational(), cores=cores))
        asked = [system.ask(only(Get(STORE, number)), at=SECOND) for number in range(8)]
        system.run()
        times.append(max(one.answered_at for one in asked) - SECOND)
    assert times[0] == 4 * times[1]


def test_a_lock_is_held_until_the_commit_and_others_wait_for_it() -> None:
    def slowly() -> Steps:
        yield Get(STORE, 7, lock=True)
        for number in range(20):
            yield Get(STORE, number)
        yield Add(STORE, 7, {"worth": 1})

    system = warmed(System(relational()))
    first = system.ask(slowly, at=SECOND)
    second = system.ask(only(Add(STORE, 7, {"worth": 1})), at=SECOND + 1)
    reader = system.ask(only(Get(STORE, 7)), at=SECOND + 1)
    system.run()
    assert system.server.accounts.lock_waits == 1
    assert reader.answered_at < first.answered_at < second.answered_at
    assert system.worth()[7] == 2


def test_the_victim_of_a_deadlock_begins_anew_and_both_come_through() -> None:
    def transfer(one: int, other: int) -> Any:
        def program() -> Steps:
            yield Get(STORE, one, lock=True)
            yield Scan(STORE, 40, 1)  # a page that is not in memory, so that they meet
            yield Get(STORE, other, lock=True)
            yield Add(STORE, one, {"worth": -1})
            yield Add(STORE, other, {"worth": 1})

        return program

    system = System(relational(pool_pages=32))
    asked = [system.ask(transfer(1, 30)), system.ask(transfer(30, 1))]
    system.run()
    assert all(one.answered_at > 0 for one in asked)
    assert system.server.accounts.restarts == 1
    assert system.worth() == dict.fromkeys(range(RECORDS), 0)


def test_serialisable_readers_wait_where_others_read_on() -> None:
    waits = []
    for isolation in (Isolation.REPEATABLE_READ, Isolation.SERIALISABLE):
        system = warmed(System(relational(isolation=isolation)))
        system.ask(only(Change(STORE, 7, {"worth": 1})), at=SECOND)
        system.ask(only(Get(STORE, 7)), at=SECOND + 1)
        system.run()
        waits.append(system.server.accounts.lock_waits)
    assert waits == [0, 1]


def test_a_cancelled_transaction_leaves_nothing_behind() -> None:
    def program() -> Steps:
        yield Change(STORE, 7, {"worth": 1})
        yield Delete(STORE, 8)
        raise Cancelled

    system = warmed(System(relational()))
    asked = system.ask(program, at=SECOND)
    system.run()
    assert asked.answered_at > SECOND
    assert system.worth() == dict.fromkeys(range(RECORDS), 0)


def test_a_request_that_the_database_cannot_carry_out_fails_alone() -> None:
    system = warmed(System(relational()))
    bad = system.ask(only(Change(STORE, 7, {"worth": "much"})), at=SECOND)
    good = system.ask(only(Change(STORE, 7, {"worth": 2})), at=SECOND)
    system.run()
    assert bad.failed_at > 0 > bad.answered_at
    assert good.answered_at > 0
    assert system.server.accounts.errors == 1


def test_dirty_pages_are_written_back_in_the_background() -> None:
    system = warmed(System(relational(pool_pages=64)))
    for number in range(RECORDS, 200):
        system.ask(only(Put(STORE, {"id": number, "worth": 1})), at=SECOND + number)
    system.run()
    assert system.server.cleaner.batches > 0
    assert not system.server.database.wants_cleaning


@pytest.mark.parametrize("installation", [relational, document])
def test_after_a_crash_all_that_was_answered_is_there(installation: Any) -> None:
    system = System(installation())
    asked = {
        number: system.ask(only(Change(STORE, number, {"worth": 1})), at=number * LATENCY)
        for number in range(RECORDS)
    }
    system.at(25 * LATENCY, system.server.crash)
    system.recovers_at(SECOND)
    system.run()
    there = system.worth()
    answered = {number for number, one in asked.items() if one.answered_at >= 0}
    assert 0 < len(answered) < RECORDS
    assert all(there[number] == 1 for number in answered)
    assert system.server.accounts.lost == 0
    # The doublewrite area of 128 pages is looked through, and nothing of the life before is paid.
    assert 0 < system.server.accounts.recoveries[0] < 160 * LATENCY


@pytest.mark.parametrize("installation", [relational, document])
def test_under_lazy_durability_the_loss_is_counted_and_is_of_one_period_at_most(
    installation: Any,
) -> None:
    system = System(installation(), Promise.EACH_SECOND)
    asked = [
        system.ask(only(Change(STORE, number, {"worth": 1})), at=number * SECOND // 10)
        for number in range(RECORDS)
    ]
    crash = 2 * SECOND + SECOND // 2 + SECOND // 20
    system.at(crash, system.server.crash)
    system.recovers_at(3 * SECOND)
    system.run()
    answered = {number for number, one in enumerate(asked) if 0 <= one.answered_at < crash}
    there = system.worth()
    gone = {number for number in answered if not there[number]}
    assert gone == {20, 21, 22, 23, 24, 25}  # what came since the flush at 2 s
    assert system.server.accounts.lost == len(gone)


@pytest.mark.parametrize("again", [1, 20, 60])
@pytest.mark.parametrize("installation", [relational, document])
def test_a_crash_during_recovery_begins_it_anew_and_loses_nothing(
    installation: Any, again: int
) -> None:
    system = System(installation())
    first = [
        system.ask(only(Change(STORE, number, {"worth": 1})), at=number * LATENCY)
        for number in range(20)
    ]
    system.at(25 * LATENCY, system.server.crash)
    system.recovers_at(SECOND)
    system.at(SECOND + again * LATENCY, system.server.crash)
    system.recovers_at(SECOND + (again + 1) * LATENCY)
    # The recovery that was broken off would have ended now, and the other one has not.
    second = [
        system.ask(only(Change(STORE, number, {"worth": 2})), at=SECOND + number * 10 * LATENCY)
        for number in range(RECORDS)
    ]
    system.run()
    there = system.worth()
    for number, asked in enumerate(first):
        assert asked.answered_at < 0 or there[number] >= 1
    answered = [number for number, asked in enumerate(second) if asked.answered_at >= 0]
    assert answered
    assert all(there[number] == 2 for number in answered)
    assert len(system.server.accounts.recoveries) == system.server.accounts.crashes
    system.server.check()


def test_requests_to_a_server_that_is_down_fail() -> None:
    system = System(relational())
    system.at(LATENCY, system.server.crash)
    asked = system.ask(only(Get(STORE, 1)), at=2 * LATENCY)
    system.run()
    assert asked.failed_at == 2 * LATENCY
    assert system.server.accounts.refused == 1


def test_statements_of_the_document_engine_are_committed_one_by_one() -> None:
    system = warmed(System(document()))
    both = only(Add(STORE, 1, {"worth": -5}), Add(STORE, 2, {"worth": 5}))
    asked = system.ask(both, at=SECOND)
    system.run()
    assert system.server.group.commits == 2
    assert asked.answered_at > SECOND + 2 * 2 * LATENCY
    assert (system.worth()[1], system.worth()[2]) == (-5, 5)


@pytest.mark.parametrize("installation", [relational, document])
def test_both_engines_give_the_same_answers(installation: Any) -> None:
    seen: list[Any] = []

    def program() -> Steps:
        yield Put(STORE, {"id": 100, "worth": 3})
        yield Add(STORE, 100, {"worth": 4})
        seen.append((yield Get(STORE, 100)))
        seen.append((yield Get(STORE, 101)))
        seen.append((yield Change(STORE, 101, {"worth": 1})))
        seen.append((yield Delete(STORE, 100)))
        seen.append((yield Delete(STORE, 100)))
        seen.append([record["id"] for record in (yield Scan(STORE, 47, 5))])

    system = System(installation())
    system.ask(program)
    system.run()
    assert dict(seen[0]) == {"id": 100, "worth": 7}
    assert seen[1:] == [None, False, True, False, [47, 48, 49]]


def test_the_books_are_audited() -> None:
    system = warmed(System(relational()))
    system.server.check()
    system.server._free.pop()
    with pytest.raises(Exception, match="workers got lost"):
        system.server.check()
