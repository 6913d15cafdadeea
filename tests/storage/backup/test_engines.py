"""Databases through the repository and back: the rows and documents of each backup's instant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.keys import AesKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.engines import EngineReading, engine_rebuild
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.storage.backup.recovery import recover
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import BackupCompression, Sealing
from aio_sim.storage.backup.writing import BackupWriter, back_up
from aio_sim.storage.document.engine import document_kind
from aio_sim.storage.relational.engine import RelationalEngine, relational_kind
from aio_sim.storage.relational.schema import Column, ColumnType, TableSchema
from tests.storage.document import databases as document
from tests.storage.relational import databases as relational

SEALING = Sealing(BackupCompression.ZLIB, EncryptionKind.AES, AesKey(bytes(32)))
KINDS = {
    "relational": (relational_kind(relational.SMALL), "id"),
    "document": (document_kind(document.SMALL), "_id"),
}

write = st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 99)))
steps = st.lists(st.one_of(write, write, st.sampled_from(BackupKind)), max_size=30)


def opened(kind: str) -> Any:
    """Return an empty database of a kind with a store `t`."""
    made = KINDS[kind][0]
    engine = made.open(made.create(2000))
    if isinstance(engine, RelationalEngine):
        columns = (Column("id", ColumnType.INTEGER), Column("value", ColumnType.INTEGER))
        engine.catalogue.create_table(TableSchema("t", columns, ("id",)))
    return engine


def change(engine: Any, key: str, number: int, value: int | None) -> None:
    """Put a record, or delete it where there is no value."""
    if value is None:
        engine.delete("t", number)
    else:
        engine.put("t", {key: number, "value": value})


@pytest.mark.parametrize("kind", KINDS)
@given(schedule=steps)
def test_each_backup_of_a_database_restores_its_instant(
    kind: str, schedule: list[tuple[int, int | None] | BackupKind]
) -> None:
    made, key = KINDS[kind]
    engine, repository, catalogue = opened(kind), Repository(10**9), Catalogue()
    state: dict[int, int] = {}
    states: dict[int, dict[int, int]] = {}
    for now, step in enumerate([(0, 1), BackupKind.FULL, *schedule]):
        if isinstance(step, BackupKind):
            writer = BackupWriter(repository, catalogue, step, now)
            back_up(EngineReading(engine, writer.since, now), writer, SEALING)
            states[now] = dict(state)
            continue
        number, value = step
        change(engine, key, number, value)
        state.pop(number, None)
        state |= {} if value is None else {number: value}
    for at, expected in states.items():
        found = recover(repository, SEALING, at, engine_rebuild(made.restore))
        records = made.open(found.state).scan("t", 0, 100)
        assert {record[key]: record["value"] for record in records} == expected
