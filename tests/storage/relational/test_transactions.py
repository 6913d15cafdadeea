"""Transactions: victims of deadlocks, group commit, limits, and what commits cost."""

from __future__ import annotations

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.pages.errors import DiskFullError, StoppedError
from aio_sim.storage.relational.database import Database
from aio_sim.storage.relational.errors import (
    DeadlockError,
    LockWaitError,
    TransactionStateError,
    TransactionTooLargeError,
)
from aio_sim.storage.relational.settings import Durability
from aio_sim.storage.relational.transaction import Transaction
from aio_sim.storage.relational.transactions import TransactionManager

from .databases import database


def new_tree(made: Database) -> tuple[TransactionManager, int]:
    root = made.new_tree()
    made.publish({b"t": b""}, [root], [])
    return made.transactions, root


def write_rows(
    manager: TransactionManager, transaction: Transaction, tree: int, count: int
) -> None:
    for number in range(count):
        manager.write(transaction, tree, b"%08d" % number, bytes(80))


def test_the_victim_is_who_changed_least_and_the_others_go_on() -> None:
    manager, tree = new_tree(database())
    large, small = manager.begin(), manager.begin()
    for number in range(5):
        manager.write(large, tree, b"large%d" % number, b"1")
    manager.write(small, tree, b"small", b"1")
    with pytest.raises(LockWaitError):
        manager.write(small, tree, b"large0", b"2")
    manager.write(large, tree, b"small", b"2")
    assert manager.deadlocks == 1
    with pytest.raises(DeadlockError, match=r"deadlock \d+ -> \d+ -> \d+: transaction 2"):
        manager.get(small, tree, b"small")
    manager.commit(large)
    assert manager.tree(tree).get(b"small") == b"2"
    assert manager.tree(tree).get(b"large0") == b"1"


def test_one_flush_makes_a_whole_group_of_commits_durable() -> None:
    made = database()
    manager, tree = new_tree(made)
    before = made.cost
    ends = []
    for number in range(20):
        transaction = manager.begin()
        manager.write(transaction, tree, b"%d" % number, b"value")
        ends.append(manager.commit(transaction, flush=False))
    log = made.store.log
    assert log.durable < ends[0]
    log.flush(ends[0])
    assert log.durable >= ends[-1]
    assert made.cost.minus(before).flushes == 1
    assert made.cost.minus(before).log_writes == 1


def test_a_commit_each_costs_a_flush_each_and_lazy_ones_a_flush_a_second() -> None:
    flushes = {}
    for durability in Durability:
        made = database(durability=durability)
        manager, tree = new_tree(made)
        before = made.cost
        for number in range(1, 31):
            transaction = manager.begin()
            manager.write(transaction, tree, b"%d" % number, b"value")
            manager.commit(transaction)
            manager.advance(number * SECOND // 10)
        flushes[durability] = made.cost.minus(before).flushes
    assert flushes == {Durability.EACH_COMMIT: 30, Durability.EACH_SECOND: 3}


def test_a_transaction_that_only_reads_writes_no_log() -> None:
    made = database()
    manager, tree = new_tree(made)
    before = made.cost
    transaction = manager.begin()
    assert manager.get(transaction, tree, b"key") is None
    assert manager.commit(transaction) == 0
    assert made.cost.minus(before).log_bytes == made.cost.minus(before).flushes == 0


def test_what_is_over_is_over() -> None:
    manager, tree = new_tree(database())
    transaction = manager.begin()
    manager.commit(transaction)
    for verb in (manager.commit, manager.rollback):
        with pytest.raises(TransactionStateError, match="is over"):
            verb(transaction)
    with pytest.raises(TransactionStateError):
        manager.write(transaction, tree, b"k", b"v")


def test_undo_larger_than_its_part_of_the_log_is_refused_and_can_be_rolled_back() -> None:
    made = database(pages=4000)
    manager, tree = new_tree(made)
    transaction = manager.begin()
    with pytest.raises(TransactionTooLargeError, match="may take 32768 bytes of the log"):
        write_rows(manager, transaction, tree, 10_000)
    manager.rollback(transaction)
    assert list(manager.tree(tree).scan()) == []


def test_many_times_the_log_is_written_and_the_log_stays_short() -> None:
    made = database()
    manager, tree = new_tree(made)
    log = made.store.log
    for number in range(3000):
        transaction = manager.begin()
        manager.write(transaction, tree, b"%03d" % (number % 500), bytes(100))
        manager.commit(transaction)
        assert log.in_use < log.capacity
    assert log.end > 4 * log.capacity


def test_a_full_database_refuses_undoes_and_goes_on_when_it_is_larger() -> None:
    made = database(pages=40)
    manager, tree = new_tree(made)
    transaction = manager.begin()
    with pytest.raises(DiskFullError):
        write_rows(manager, transaction, tree, 1000)
    manager.rollback(transaction)
    assert list(manager.tree(tree).scan()) == []
    made.resize(400)
    transaction = manager.begin()
    write_rows(manager, transaction, tree, 200)
    manager.commit(transaction)
    assert len(list(manager.tree(tree).scan())) == 200


def test_a_closed_database_takes_no_more_and_opens_with_nothing_to_redo() -> None:
    made = database()
    manager, tree = new_tree(made)
    left_open = manager.begin()
    manager.write(left_open, tree, b"k", b"v")
    made.close()
    with pytest.raises(StoppedError, match="open it again"):
        manager.write(manager.begin(), tree, b"k", b"v")
    again = Database(made.volume)
    assert again.report.groups_redone == 1  # the checkpoint's list of open transactions
    assert again.report.losers == {}
    assert list(again.transactions.tree(tree).scan()) == []
