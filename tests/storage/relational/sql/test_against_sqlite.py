"""The same statements on SQLite give the same rows: drawn conditions, joins, groups, changes."""

from __future__ import annotations

import sqlite3
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.storage.relational.engine import RelationalEngine
from aio_sim.storage.relational.errors import DuplicateKeyError
from aio_sim.storage.relational.sql.session import Session

from ..databases import volume

TABLES = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b DOUBLE, c VARCHAR(20))",
    "CREATE TABLE u (k INTEGER, a INTEGER, d TEXT, PRIMARY KEY (k, a))",
    "CREATE INDEX t_a ON t (a, c)",
    "CREATE UNIQUE INDEX u_d ON u (d)",
]
ROWS: dict[str, list[tuple[object, ...]]] = {
    "t": [
        (n, None if n % 7 == 0 else n % 5 - 2, n / 4, "abcdef"[n % 6] * (n % 3)) for n in range(40)
    ],
    "u": [(n // 3, n % 3, None if n % 5 == 0 else f"d{n}") for n in range(20)],
}


@cache
def both() -> tuple[Session, sqlite3.Connection]:
    """Return the same rows in both."""
    ours, theirs = Session(RelationalEngine(volume(page_size=1024, log_size=1024 * 256))), oracle()
    for table in TABLES:
        ours.execute(table)
        theirs.execute(table)
    for table, rows in ROWS.items():
        marks = ", ".join("?" * len(rows[0]))
        for row in rows:
            ours.execute(f"INSERT INTO {table} VALUES ({marks})", row)
            theirs.execute(f"INSERT INTO {table} VALUES ({marks})", row)
    return ours, theirs


def oracle() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.execute("PRAGMA case_sensitive_like = ON")
    return made


def check(sql: str, parameters: tuple[object, ...] = (), ordered: bool = False) -> None:
    ours, theirs = both()
    expected = theirs.execute(sql, parameters).fetchall()
    found = ours.execute(sql, parameters).rows
    if not ordered:
        expected, found = sorted(expected, key=repr), sorted(found, key=repr)
    assert found == expected, sql


NUMBERS = st.integers(-4, 12).map(str)
NUMERIC = st.one_of(
    st.sampled_from(["t.id", "t.a", "t.b"]),
    NUMBERS,
    st.builds(
        "({} {} {})".format,
        st.sampled_from(["t.id", "t.a", "3"]),
        st.sampled_from(["+", "-", "*", "%"]),
        st.sampled_from(["t.a", "2", "t.id"]),
    ),
)
TEXT = st.sampled_from(["t.c", "'a'", "'bb'", "''", "'zz'"])
COMPARISONS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
SIMPLE = st.one_of(
    st.builds("{} {} {}".format, NUMERIC, COMPARISONS, NUMERIC),
    st.builds("{} {} {}".format, TEXT, COMPARISONS, TEXT),
    st.builds("{} BETWEEN {} AND {}".format, NUMERIC, NUMBERS, NUMBERS),
    st.builds("{} IN ({}, {}, NULL)".format, NUMERIC, NUMBERS, NUMBERS),
    st.builds("t.c LIKE {}".format, st.sampled_from(["'a%'", "'_'", "'%b'", "''"])),
    st.builds("{} IS {}".format, NUMERIC, st.sampled_from(["NULL", "NOT NULL"])),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=5,
)
DRAWN = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@DRAWN
@given(CONDITIONS)
def test_a_condition_leaves_the_same_rows(condition: str) -> None:
    check(f"SELECT * FROM t WHERE {condition}")


@DRAWN
@given(CONDITIONS, st.sampled_from(["t.a, t.id DESC", "c, id", "id", "b DESC", "a, c, id"]))
def test_order_limit_and_offset_cut_the_same_part(condition: str, order: str) -> None:
    check(f"SELECT id, a, c FROM t WHERE {condition} ORDER BY {order} LIMIT 7 OFFSET 2", (), True)


@DRAWN
@given(
    CONDITIONS,
    st.sampled_from(["JOIN", "LEFT JOIN"]),
    st.sampled_from(
        [
            "t.id = u.k",
            "t.a = u.a",
            "t.a = u.a AND u.k > t.id",
            "u.k = t.id AND u.a = t.a",
            "u.d > 'd5'",
        ]
    ),
)
def test_joins_pair_the_same_rows(condition: str, join: str, on: str) -> None:
    check(f"SELECT t.id, u.k, u.a, d FROM t {join} u ON {on} WHERE {condition}")


@DRAWN
@given(CONDITIONS, st.sampled_from(["a", "c", "a, c"]))
def test_groups_add_up_to_the_same(condition: str, by: str) -> None:
    check(
        f"SELECT {by}, COUNT(*), COUNT(a), SUM(id), MIN(b), MAX(c), COUNT(DISTINCT c) "
        f"FROM t WHERE {condition} GROUP BY {by} HAVING COUNT(*) > 1"
    )


def test_the_rest_of_the_subset_by_example() -> None:
    for sql in (
        "SELECT COUNT(*), SUM(a), AVG(b), MIN(id) FROM t WHERE id > 100",
        "SELECT DISTINCT a FROM t",
        "SELECT * FROM t, u WHERE u.k = 3 AND u.a = t.a",
        "SELECT u.*, 1 + 2 AS three FROM u, t WHERE u.k = t.id AND t.a = 1",
        "SELECT x.id, y.id FROM t x JOIN t y ON x.id = y.a",
        "SELECT 1 + 1, 'it''s', NULL, -3 % 2, 7.5",
        "SELECT a * 2 AS twice, COUNT(*) AS n FROM t GROUP BY a HAVING n > 5",
        "SELECT a, AVG(b) FROM t WHERE a IS NOT NULL GROUP BY a",
    ):
        check(sql)
    check("SELECT a AS x, id FROM t ORDER BY x, 2 DESC", (), True)
    check("SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY n DESC, a LIMIT 3", (), True)
    check("SELECT id FROM t WHERE a = ? AND c LIKE ? OR id = ?", (1, "a%", 30))
    check("SELECT id FROM t WHERE id > 2.5 AND id < 7.5 AND b >= 1")


WHOLE = st.sampled_from(["t.id", "-t.a", "7", "NULL", "t.a * 2 + 1", "t.id % 3"])
CHANGES = st.lists(
    st.one_of(
        st.builds("UPDATE t SET a = {}, c = 'new' WHERE {}".format, WHOLE, CONDITIONS),
        st.builds("UPDATE t SET b = a, id = id + 100 WHERE {}".format, CONDITIONS),
        st.builds("DELETE FROM t WHERE {}".format, CONDITIONS),
        st.builds("INSERT INTO t (id, a) VALUES ({}, {})".format, st.integers(200, 205), NUMBERS),
    ),
    max_size=6,
)


@settings(DRAWN, max_examples=30)
@given(CHANGES)
def test_changes_change_the_same_rows_and_errors_change_none(changes: list[str]) -> None:
    ours, theirs = both()
    ours.execute("BEGIN")
    theirs.execute("BEGIN")
    for change in changes:
        # No SET here reads a column that it sets: SQLite reads the old value, MySQL the new one.
        try:
            theirs.execute(change)
            fails = False
        except sqlite3.IntegrityError:
            fails = True
        assert fails == _fails(ours, change), change
        check("SELECT * FROM t")
        check("SELECT id FROM t WHERE a = 1")
    ours.execute("ROLLBACK")
    theirs.execute("ROLLBACK")
    check("SELECT * FROM t")


def _fails(ours: Session, change: str) -> bool:
    try:
        ours.execute(change)
    except DuplicateKeyError:
        return True
    return False
