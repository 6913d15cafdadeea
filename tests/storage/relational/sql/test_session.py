"""Sessions: access paths and their pages by EXPLAIN, statements that fail whole, clear errors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.storage.relational.engine import RelationalEngine
from aio_sim.storage.relational.errors import (
    DuplicateKeyError,
    SchemaError,
    SqlError,
    TransactionStateError,
)
from aio_sim.storage.relational.sql.session import Session

from ..databases import volume


@pytest.fixture
def session() -> Session:
    made = Session(RelationalEngine(volume(page_size=1024, log_size=1024 * 1024, pool_pages=200)))
    made.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10) NOT NULL, c DOUBLE, "
        "UNIQUE KEY by_b (b), KEY by_a (a, c)) ENGINE=InnoDB"
    )
    for number in range(500):
        made.execute(
            "INSERT INTO t VALUES (?, ?, ?, ?)", (number, number % 10, f"b{number}", number / 2)
        )
    return made


def explained(session: Session, query: str) -> dict[str, object]:
    result = session.execute(f"EXPLAIN {query}")
    return dict(zip(result.columns, result.rows[0], strict=True))


@pytest.mark.parametrize(
    ("where", "kind", "key", "examined"),
    [
        ("id = 7", "const", "PRIMARY", 1),
        ("b = 'b7' AND a > 3", "const", "by_b", 1),
        ("a = 3", "ref", "by_a", 50),
        ("a = 3 AND c < 50", "ref", "by_a", 10),
        ("id BETWEEN 10 AND 19", "range", "PRIMARY", 10),
        ("15 > id AND id >= 10", "range", "PRIMARY", 5),
        ("a > 8", "range", "by_a", 50),
        ("c = 1", "ALL", None, 500),
        ("a + 0 = 3", "ALL", None, 500),
        ("id = 7.5", "ALL", None, 500),
        ("id = NULL", "const", "PRIMARY", 0),
    ],
)
def test_the_access_path_is_the_best_that_the_condition_allows(
    session: Session, where: str, kind: str, key: str | None, examined: int
) -> None:
    plan = explained(session, f"SELECT * FROM t WHERE {where}")
    assert (plan["type"], plan["key"], plan["examined"]) == (kind, key, examined)


def test_the_pages_of_a_plan_are_those_of_its_path(session: Session) -> None:
    engine = session._engine
    tree = engine.transactions.tree(engine.catalogue.table("t").schema.root)
    by_key = explained(session, "SELECT * FROM t WHERE id = 7")
    assert by_key["pages"] == tree.height
    whole = explained(session, "SELECT * FROM t")
    leaves = sum(not page.level for page in tree.pages())
    assert whole["pages"] == tree.height - 1 + leaves


def test_an_ordered_query_with_a_limit_reads_no_more_than_it_must(session: Session) -> None:
    assert explained(session, "SELECT id FROM t ORDER BY id LIMIT 5")["examined"] == 5
    assert explained(session, "SELECT id FROM t WHERE a = 3 ORDER BY c LIMIT 5")["examined"] == 5
    assert explained(session, "SELECT id FROM t ORDER BY c LIMIT 5")["examined"] == 500


def test_a_join_looks_up_by_the_index_of_the_inner_table(session: Session) -> None:
    session.execute("CREATE TABLE u (k INT PRIMARY KEY, t_id INT)")
    session.execute("INSERT INTO u VALUES (1, 10), (2, 20), (3, NULL)")
    rows = session.execute("EXPLAIN SELECT * FROM t JOIN u ON t.id = u.t_id WHERE u.k < 3").rows
    assert [row[:4] for row in rows] == [("u", "range", "PRIMARY", 2), ("t", "const", "PRIMARY", 2)]


def test_the_cost_of_a_statement_is_counted(session: Session) -> None:
    read = session.execute("SELECT * FROM t WHERE id = 7").cost
    assert (read.log_bytes, read.flushes, read.pages_written) == (0, 0, 0)
    write = session.execute("UPDATE t SET a = 0 WHERE id = 7").cost
    assert (write.flushes, write.log_writes) == (1, 1)
    assert 0 < write.log_bytes <= write.log_written_bytes


def test_a_statement_that_fails_has_no_effect_and_the_transaction_goes_on(session: Session) -> None:
    session.execute("BEGIN")
    session.execute("INSERT INTO t VALUES (1000, 1, 'kept', 1)")
    with pytest.raises(DuplicateKeyError, match=r"t: there is a row with by_b 'b5' already"):
        session.execute("INSERT INTO t VALUES (1001, 1, 'new', 1), (1002, 1, 'b5', 1)")
    with pytest.raises(DuplicateKeyError, match="PRIMARY 5 already"):
        session.execute("UPDATE t SET id = 5 WHERE id = 6")
    session.execute("COMMIT")
    found = session.execute("SELECT id FROM t WHERE id >= 1000").rows
    assert found == [(1000,)]


def test_unique_does_not_count_null(session: Session) -> None:
    session.execute("CREATE TABLE n (id INT PRIMARY KEY, u INT UNIQUE)")
    session.execute("INSERT INTO n VALUES (1, NULL), (2, NULL), (3, 7)")
    with pytest.raises(DuplicateKeyError):
        session.execute("INSERT INTO n VALUES (4, 7)")


def test_an_index_that_cannot_be_unique_is_not_made(session: Session) -> None:
    with pytest.raises(DuplicateKeyError):
        session.execute("CREATE UNIQUE INDEX u ON t (a)")
    session.execute("CREATE INDEX u ON t (b, a)")
    session.execute("DROP INDEX u ON t")
    session.execute("DROP TABLE IF EXISTS nothing")
    session.execute("CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY)")
    session.execute("DROP TABLE t")
    with pytest.raises(InputError, match="unknown table 't'"):
        session.execute("SELECT * FROM t")


def test_begin_commits_and_rollback_takes_back(session: Session) -> None:
    session.execute("BEGIN")
    session.execute("DELETE FROM t WHERE id < 10")
    session.execute("START TRANSACTION")
    session.execute("DELETE FROM t")
    session.execute("ROLLBACK")
    assert session.execute("SELECT COUNT(*) FROM t").rows == [(490,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", r"line 1, column 7: .* at '1'"),
        ("SELECT a FROM", "line 1, column 13"),
        ("SELECT 'a", "this is no SQL"),
        ("", "an empty statement; expected SELECT"),
        ("SELECT 1; SELECT 2", "expected one statement of SELECT, INSERT"),
        ("REPLACE INTO t VALUES (1)", "expected one statement of"),
        ("ALTER TABLE t ADD x INT", "not in this subset"),
        ("SELECT", "a SELECT of nothing is not in this subset"),
        ("SELECT FROM t", "a SELECT of nothing is not in this subset"),
        ("SELECT id FROM t WHERE id IN (SELECT 1)", "not in this subset"),
        ("SELECT * FROM (SELECT 1) x", "SUBQUERY is not in this subset"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "not in this subset"),
        ("SELECT 1 UNION SELECT 2", "not in this subset"),
        ("SELECT * FROM t, t x, t y", "more than two tables"),
        ("SELECT * FROM t RIGHT JOIN t x ON 1 = 1", "RIGHT JOIN"),
        ("SELECT SUBSTRING(b, 1, 2) FROM t", "SUBSTRING is not in this subset"),
        ("SELECT SUM(a) OVER () FROM t", "WINDOW is not in this subset"),
        ("SELECT id FROM t WHERE SUM(a) > 1", "SUM|neither"),
        ("SELECT id, COUNT(*) FROM t", "id is neither in GROUP BY"),
        ("SELECT b + 1 FROM t", "are of different kinds"),
        ("SELECT id FROM t WHERE b = 5", "are of different kinds"),
        ("SELECT id FROM t WHERE b", "is no condition"),
        ("SELECT id FROM t ORDER BY 3", "ORDER BY 3: there is no such column"),
        ("SELECT id FROM t LIMIT -1", "LIMIT"),
        ("SELECT idd FROM t", "unknown column 'idd'; did you mean 'id'"),
        ("SELECT id FROM t JOIN t x ON t.id = x.id", "column id is in both tables"),
        ("SELECT t.id FROM t JOIN t ON 1 = 1", "t is there twice"),
        ("SELECT id FROM tt", "unknown table 'tt'"),
        ("INSERT INTO t VALUES (1, 2)", "2 values for 4 columns"),
        ("INSERT INTO t (id, b) VALUES (?, ?)", "more \\? than the 0 values"),
        ("INSERT INTO t SELECT * FROM t", "INSERT ... SELECT"),
        ("DELETE FROM t LIMIT 1", "LIMIT is not in this subset"),
        ("CREATE TABLE d (id DECIMAL(3, 2) PRIMARY KEY)", "no type DECIMAL here; expected one of"),
        ("CREATE TABLE d (id INT PRIMARY KEY DEFAULT 3)", "DEFAULT 3 is not in this subset"),
        ("CREATE TABLE d (id INT)", "a primary key is needed"),
        ("CREATE INDEX x ON t (a DESC)", "DESC is not in this subset"),
        ("CREATE TABLE t (id INT PRIMARY KEY)", "there is a table t already"),
        ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "unknown isolation level 'snapshot'"),
    ],
)
def test_what_is_outside_the_subset_is_refused_clearly(
    session: Session, sql: str, message: str
) -> None:
    with pytest.raises(AioSimError, match=message):
        session.execute(sql)
    assert session.execute("SELECT COUNT(*) FROM t").rows == [(500,)]


def test_a_value_that_does_not_fit_is_refused(session: Session) -> None:
    with pytest.raises(SchemaError, match="b holds 10 at most"):
        session.execute("UPDATE t SET b = ? WHERE id = 1", ["x" * 11])
    with pytest.raises(SchemaError, match="b must not be NULL"):
        session.execute("INSERT INTO t (id) VALUES (9999)")
    with pytest.raises(SqlError, match="is no value of SQL"):
        session.execute("SELECT ?", [[1]])


def test_errors_of_transactions_pass_through(session: Session) -> None:
    session.execute("BEGIN")
    assert session.transaction is not None
    session._engine.transactions.commit(session.transaction)
    with pytest.raises(TransactionStateError):
        session.execute("SELECT 1")


def test_the_library_is_loaded_when_sql_is_run_and_not_before() -> None:
    program = "import sys, aio_sim.storage.relational.sql.session; print('sqlglot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
