"""The engine behind the common interface: records, snapshots, and the life of a database."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.storage.engine import StorageEngine
from aio_sim.storage.relational.engine import RelationalEngine, relational_kind, restore
from aio_sim.storage.relational.errors import LockWaitError, SchemaError
from aio_sim.storage.relational.schema import Column, ColumnType, Index, TableSchema
from aio_sim.storage.relational.values import after, key_of, row_of, values_of
from aio_sim.storage.system import StorageSystem

from .databases import SMALL, volume

SCHEMA = TableSchema(
    "people",
    (
        Column("id", ColumnType.INTEGER, nullable=False),
        Column("name", ColumnType.TEXT, nullable=False, size=10),
        Column("height", ColumnType.DOUBLE),
    ),
    ("id",),
    indexes=(Index("by_name", ("name",), False, 0),),
)


def new_engine() -> RelationalEngine:
    engine = RelationalEngine(volume())
    engine.catalogue.create_table(SCHEMA)
    return engine


def test_records_are_put_got_scanned_and_deleted() -> None:
    engine: StorageEngine = new_engine()
    for number in range(20):
        engine.put("people", {"id": number, "name": f"n{number}"})
    engine.put("people", {"id": 3, "name": "other", "height": 2})
    assert engine.get("people", 3) == {"id": 3, "name": "other", "height": 2.0}
    assert engine.get("people", 99) is None
    assert engine.delete("people", 4)
    assert not engine.delete("people", 4)
    assert [record["id"] for record in engine.scan("people", 3, 3)] == [3, 5, 6]
    assert engine.stores == ["people"]


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=6) | st.binary(max_size=6)
ROWS = st.lists(VALUES | st.floats(allow_nan=False), max_size=4).map(tuple)


@given(ROWS)
def test_a_row_is_read_as_it_was_written(row: tuple[int | float | str | bytes | None, ...]) -> None:
    assert values_of(row_of(row)) == row


@given(
    st.sampled_from(
        [
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.text(max_size=4),
            st.binary(max_size=4),
        ]
    ).flatmap(lambda kind: st.tuples(*[st.tuples(st.none() | kind, kind)] * 2))
)
def test_keys_sort_as_their_values_do(
    pair: tuple[tuple[int | str | None, int | str], tuple[int | str | None, int | str]],
) -> None:
    def order(row: tuple[int | str | None, int | str]) -> tuple[object, ...]:
        first, second = (value.encode() if isinstance(value, str) else value for value in row)
        return (first is not None, *(() if first is None else (first,)), second)

    left, right = pair
    assert (key_of(left) < key_of(right)) == (order(left) < order(right))
    assert key_of(left[:1]) <= key_of(left) < after(key_of(left[:1]))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 80), st.booleans()), max_size=40), min_size=1, max_size=4
    )
)
def test_a_full_snapshot_and_those_of_changes_restore_each_instant(
    days: list[list[tuple[int, bool]]],
) -> None:
    engine = new_engine()
    chain, states, at = [], [], 0
    for day, changes in enumerate(days):
        for number, keep in changes:
            if keep:
                engine.put("people", {"id": number, "name": f"{day}-{number}"})
            else:
                engine.delete("people", number)
        open_one = engine.transactions.begin()
        table = engine.catalogue.table("people")
        with engine.transactions.statement(open_one):
            table.insert(open_one, (1000, "not yet", None))
        states.append([dict(record) for record in engine.scan("people", -1, 1000)])
        chain.append(engine.back_up(since=at))
        at = chain[-1].at
        engine.transactions.rollback(open_one)
    for day, state in enumerate(states):
        restored = RelationalEngine(restore(SMALL, chain[: day + 1]))
        assert restored.scan("people", -1, 1000) == state
        restored.put("people", {"id": 2000, "name": "goes on"})


def test_a_snapshot_of_changes_holds_the_pages_that_changed() -> None:
    engine = new_engine()
    for number in range(300):
        engine.put("people", {"id": number, "name": f"n{number}", "height": 1.7})
    full = engine.back_up()
    engine.put("people", {"id": 7, "name": "n7", "height": 1.8})
    changes = engine.back_up(since=full.at)
    assert len(changes.changed) == 1
    assert changes.size < full.size / 20


def test_snapshots_that_do_not_follow_each_other_are_refused() -> None:
    engine = new_engine()
    full = engine.back_up()
    engine.put("people", {"id": 1, "name": "n"})
    changes = engine.back_up(since=full.at)
    for chain in ([changes], [full, full], [changes, full], []):
        with pytest.raises(InputError, match=r"does not follow|no snapshot"):
            restore(SMALL, chain)


def test_a_database_lives_from_creation_to_the_end() -> None:
    system = StorageSystem({"relational": relational_kind(SMALL)})
    engine = system.create("shop", "relational", 100)
    assert isinstance(engine, RelationalEngine)
    engine.catalogue.create_table(SCHEMA)
    engine.put("people", {"id": 1, "name": "one"})
    system.close("shop")
    assert [(each.name, each.is_open) for each in system.listing()] == [("shop", False)]
    assert system.open("shop").get("people", 1) == {"id": 1, "name": "one", "height": None}
    system.resize("shop", 200)
    system.restore("copy", [system.back_up("shop")])
    system.drop("shop")
    assert [each.name for each in system.listing()] == ["copy"]
    assert system.open("copy").get("people", 1) is not None
    with pytest.raises(InputError, match="pages in use and cannot be cut to 3"):
        system.resize("copy", 3)


def test_names_that_are_unknown_or_taken_are_refused() -> None:
    system = StorageSystem({"relational": relational_kind(SMALL)})
    system.create("shop", "relational", 100)
    with pytest.raises(InputError, match="there is a database shop already"):
        system.create("shop", "relational", 100)
    with pytest.raises(UnknownName, match="did you mean 'relational'"):
        system.create("other", "relation", 100)
    with pytest.raises(UnknownName, match="did you mean 'shop'"):
        system.open("shp")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"id": 1}, "name must not be NULL"),
        ({"id": "1", "name": "n"}, "id is integer, and '1' is not"),
        ({"id": 2**63, "name": "n"}, "id is integer"),
        ({"id": 1, "name": "n" * 11}, "name holds 10 at most"),
        ({"id": 1, "name": "n", "height": float("nan")}, "height is double"),
        ({"id": 1, "nam": "n"}, "unknown column 'nam'; did you mean 'name'"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(record: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        new_engine().put("people", record)


def test_a_schema_must_make_sense() -> None:
    column = Column("a", ColumnType.INTEGER)
    with pytest.raises(SchemaError, match="two columns have one name"):
        TableSchema("t", (column, column), ("a",))
    with pytest.raises(SchemaError, match="a primary key is needed"):
        TableSchema("t", (column,), ())
    with pytest.raises(UnknownName, match="unknown column 'b'"):
        TableSchema("t", (column,), ("b",))


def test_definitions_survive_and_wait_for_those_who_use_the_table() -> None:
    engine = new_engine()
    for number in range(250):
        engine.put("people", {"id": number, "name": f"n{number % 9}"})
    engine.catalogue.drop_index("people", "by_name")
    user = engine.transactions.begin()
    with engine.transactions.statement(user):
        engine.catalogue.table("people").insert(user, (999, "n", None))
    with pytest.raises(LockWaitError):
        engine.catalogue.create_index("people", Index("again", ("name", "height"), False, 0))
    engine.transactions.rollback(user)
    engine.catalogue.create_index("people", Index("again", ("name", "height"), False, 0))
    free = engine.database.store.pages_free
    again = RelationalEngine(engine.database.volume)
    assert again.catalogue.table("people").schema == engine.catalogue.table("people").schema
    again.catalogue.drop_table("people")
    assert again.stores == []
    assert again.database.store.pages_free > free
