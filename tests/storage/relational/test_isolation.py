"""Each isolation level by the anomalies that it lets happen and those that it does not.

Source: Berenson et al., A Critique of ANSI SQL Isolation Levels, SIGMOD 1995, whose names these
are; what MySQL does is in its manual, Transaction Isolation Levels.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from aio_sim.storage.relational.engine import RelationalEngine
from aio_sim.storage.relational.errors import DeadlockError, LockWaitError
from aio_sim.storage.relational.sql.session import Session
from aio_sim.storage.relational.transaction import Isolation

from .databases import volume

READ_COMMITTED, REPEATABLE_READ, SERIALISABLE = Isolation


class Pair:
    """Two sessions with an open transaction each, on a table of two accounts."""

    def __init__(self, isolation: Isolation) -> None:
        self.engine = RelationalEngine(volume())
        self.first = Session(self.engine, isolation)
        self.second = Session(self.engine, isolation)
        self.first.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, KEY by_v (v))")
        self.first.execute("INSERT INTO t VALUES (1, 10), (2, 20)")
        self.first.execute("BEGIN")
        self.second.execute("BEGIN")

    def rows(self) -> list[tuple[object, ...]]:
        """Return the rows once both have ended."""
        return list(Session(self.engine).execute("SELECT id, v FROM t ORDER BY id").rows)


def value(session: Session, sql: str = "SELECT v FROM t WHERE id = 1") -> object:
    return session.execute(sql).rows[0][0]


@pytest.mark.parametrize("isolation", Isolation)
def test_nobody_writes_over_what_is_not_committed(isolation: Isolation) -> None:
    """P0, dirty write."""
    pair = Pair(isolation)
    pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    with pytest.raises(LockWaitError, match="waits for"):
        pair.second.execute("UPDATE t SET v = 12 WHERE id = 1")
    pair.first.execute("COMMIT")
    pair.second.execute("UPDATE t SET v = 12 WHERE id = 1")
    pair.second.execute("COMMIT")
    assert pair.rows() == [(1, 12), (2, 20)]


@pytest.mark.parametrize("isolation", [READ_COMMITTED, REPEATABLE_READ])
def test_nobody_reads_what_is_not_committed_and_readers_do_not_wait(isolation: Isolation) -> None:
    """P1, dirty read."""
    pair = Pair(isolation)
    pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    pair.first.execute("DELETE FROM t WHERE id = 2")
    pair.first.execute("INSERT INTO t VALUES (3, 30)")
    assert pair.second.execute("SELECT id, v FROM t").rows == [(1, 10), (2, 20)]
    assert pair.second.execute("SELECT id FROM t WHERE v > 5").rows == [(1,), (2,)]
    assert pair.first.execute("SELECT id, v FROM t").rows == [(1, 11), (3, 30)]
    pair.first.execute("ROLLBACK")
    pair.second.execute("COMMIT")
    assert pair.rows() == [(1, 10), (2, 20)]


def test_a_serialisable_reader_waits_for_the_writer() -> None:
    pair = Pair(SERIALISABLE)
    pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    with pytest.raises(LockWaitError):
        value(pair.second)
    pair.first.execute("COMMIT")
    assert value(pair.second) == 11


@pytest.mark.parametrize(
    ("isolation", "second_reading"), [(READ_COMMITTED, 11), (REPEATABLE_READ, 10)]
)
def test_a_second_reading_differs_under_read_committed_only(
    isolation: Isolation, second_reading: int
) -> None:
    """P2, fuzzy read."""
    pair = Pair(isolation)
    assert value(pair.first) == 10
    pair.second.execute("UPDATE t SET v = 11 WHERE id = 1")
    pair.second.execute("COMMIT")
    assert value(pair.first) == second_reading


@pytest.mark.parametrize(("isolation", "phantoms"), [(READ_COMMITTED, 1), (REPEATABLE_READ, 0)])
def test_a_phantom_appears_under_read_committed_only(isolation: Isolation, phantoms: int) -> None:
    """P3, phantom."""
    pair = Pair(isolation)
    query = "SELECT COUNT(*) FROM t WHERE v > 5"
    assert value(pair.first, query) == 2
    pair.second.execute("INSERT INTO t VALUES (3, 30)")
    pair.second.execute("COMMIT")
    assert value(pair.first, query) == 2 + phantoms


def test_a_serialisable_reader_locks_the_gaps_that_it_read() -> None:
    pair = Pair(SERIALISABLE)
    assert value(pair.first, "SELECT COUNT(*) FROM t WHERE v > 15") == 1
    with pytest.raises(LockWaitError):
        pair.second.execute("INSERT INTO t VALUES (3, 30)")
    pair.second.execute("INSERT INTO t VALUES (4, 12)")


@pytest.mark.parametrize("isolation", [READ_COMMITTED, REPEATABLE_READ])
def test_an_update_is_lost_where_a_program_computes_from_what_it_read(isolation: Isolation) -> None:
    """P4, lost update: as in MySQL, repeatable read does not prevent it; a locking read does."""
    pair = Pair(isolation)
    both = [value(pair.first), value(pair.second)]
    pair.first.execute("UPDATE t SET v = ? WHERE id = 1", [int(str(both[0])) + 1])
    pair.first.execute("COMMIT")
    pair.second.execute("UPDATE t SET v = ? WHERE id = 1", [int(str(both[1])) + 1])
    pair.second.execute("COMMIT")
    assert pair.rows()[0] == (1, 11)


def test_a_locking_read_prevents_the_lost_update() -> None:
    pair = Pair(REPEATABLE_READ)
    assert value(pair.first, "SELECT v FROM t WHERE id = 1 FOR UPDATE") == 10
    with pytest.raises(LockWaitError):
        value(pair.second, "SELECT v FROM t WHERE id = 1 FOR UPDATE")
    pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    pair.first.execute("COMMIT")
    assert value(pair.second, "SELECT v FROM t WHERE id = 1 FOR UPDATE") == 11
    assert value(pair.second, "SELECT v FROM t WHERE id = 1 FOR SHARE") == 11


def test_the_lost_update_is_a_deadlock_when_serialisable() -> None:
    pair = Pair(SERIALISABLE)
    assert value(pair.first) == value(pair.second) == 10
    with pytest.raises(LockWaitError):
        pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    with pytest.raises(DeadlockError, match="was rolled back"):
        pair.second.execute("UPDATE t SET v = 11 WHERE id = 1")
    pair.first.execute("UPDATE t SET v = 11 WHERE id = 1")
    pair.first.execute("COMMIT")
    assert pair.rows()[0] == (1, 11)


@pytest.mark.parametrize("isolation", Isolation)
def test_write_skew_happens_but_when_serialisable(isolation: Isolation) -> None:
    """A5B: each takes 25 from its account, for together they held enough."""
    pair = Pair(isolation)
    with suppress(LockWaitError, DeadlockError):
        for session in (pair.first, pair.second):
            assert value(session, "SELECT SUM(v) FROM t") == 30
        for session, account in ((pair.first, 1), (pair.second, 2)):
            session.execute("UPDATE t SET v = v - 25 WHERE id = ?", [account])
    for session in (pair.first, pair.second):
        session.execute("COMMIT")
    total = sum(int(str(row[1])) for row in pair.rows())
    assert (total < 0) == (isolation is not SERIALISABLE)


@pytest.mark.parametrize("isolation", Isolation)
def test_read_skew_happens_under_read_committed_only(isolation: Isolation) -> None:
    """A5A: half of a transfer is seen."""
    pair = Pair(isolation)
    first = value(pair.first)
    with suppress(LockWaitError):
        pair.second.execute("UPDATE t SET v = v - 5 WHERE id = 1")
        pair.second.execute("UPDATE t SET v = v + 5 WHERE id = 2")
        pair.second.execute("COMMIT")
    second = value(pair.first, "SELECT v FROM t WHERE id = 2")
    assert (int(str(first)) + int(str(second)) != 30) == (isolation is READ_COMMITTED)


def test_an_update_waits_for_a_row_whose_deletion_may_be_taken_back() -> None:
    for isolation in (READ_COMMITTED, REPEATABLE_READ):
        pair = Pair(isolation)
        pair.first.execute("DELETE FROM t WHERE id = 2")
        with pytest.raises(LockWaitError):
            pair.second.execute("UPDATE t SET v = v + 1 WHERE v >= 20")
        pair.first.execute("ROLLBACK")
        assert pair.second.execute("UPDATE t SET v = v + 1 WHERE v >= 20").affected == 1


def test_old_versions_go_when_nobody_can_see_them() -> None:
    pair = Pair(REPEATABLE_READ)
    versions = pair.engine.transactions.versions
    assert value(pair.first) == 10
    for number in range(5):
        pair.second.execute("UPDATE t SET v = ? WHERE id = 1", [number])
        pair.second.execute("COMMIT")
    assert len(versions) > 0
    assert value(pair.first) == 10
    pair.first.execute("COMMIT")
    assert len(versions) == 0


def test_a_level_can_be_set_in_sql() -> None:
    pair = Pair(REPEATABLE_READ)
    pair.first.execute("set session transaction isolation level  READ  committed;")
    assert pair.first.isolation is READ_COMMITTED
