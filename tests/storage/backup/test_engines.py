"""Databases through the repository and back: the rows and documents of each backup's instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.keys import AesKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.storage.backup.catalogue import Catalogue
from aio_sim.storage.backup.engines import EngineReading, engine_rebuild
from aio_sim.storage.backup.log_archive import LogArchive
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.storage.backup.recovery import Recovered, recover
from aio_sim.storage.backup.repository import Repository
from aio_sim.storage.backup.sealing import BackupCompression, Sealing
from aio_sim.storage.backup.writing import BackupWriter, archive, back_up
from aio_sim.storage.document.engine import document_kind
from aio_sim.storage.document.engine import roll_forward as roll_document_forward
from aio_sim.storage.engine import Snapshot
from aio_sim.storage.pages.redo_log import RedoLog
from aio_sim.storage.relational.engine import RelationalEngine, relational_kind
from aio_sim.storage.relational.engine import roll_forward as roll_relational_forward
from aio_sim.storage.relational.schema import Column, ColumnType, TableSchema
from tests.storage.document import databases as document
from tests.storage.relational import databases as relational

SEALING = Sealing(BackupCompression.ZLIB, EncryptionKind.AES, AesKey(bytes(32)))


@dataclass(frozen=True)
class Kind:
    """How a kind of database is made, opened, rolled forward, and read: its log, and its key."""

    made: Any
    roll_forward: Callable[..., Any]
    log: Callable[[Any], RedoLog]
    key: str

    def restored(self, chain: Sequence[Snapshot], log: bytes) -> Any:
        """Return the files that a chain of snapshots and the log behind it give."""
        return self.roll_forward(chain, log)[0]


KINDS = {
    "relational": Kind(
        relational_kind(relational.SMALL),
        partial(roll_relational_forward, relational.SMALL),
        lambda engine: engine.database.store.log,
        "id",
    ),
    "document": Kind(
        document_kind(document.SMALL),
        partial(roll_document_forward, document.SMALL),
        lambda engine: engine.store.journal,
        "_id",
    ),
}

write = st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 99)))
steps = st.lists(st.one_of(write, write, st.sampled_from(BackupKind)), max_size=30)


def opened(kind: str) -> Any:
    """Return an empty database of a kind with a store `t`."""
    made = KINDS[kind].made
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
    made, key = KINDS[kind].made, KINDS[kind].key
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
        found = recover(repository, SEALING, at, engine_rebuild(KINDS[kind].restored))
        records = made.open(found.state).scan("t", 0, 100)
        assert {record[key]: record["value"] for record in records} == expected


archived = st.just("archive")
crash = st.just("crash")
lives = st.lists(
    st.one_of(write, write, write, st.sampled_from(BackupKind), archived, crash), max_size=40
)


class Life:
    """A database whose log is archived, and a plain list of all that it held, by time."""

    def __init__(self, kind: str) -> None:
        self.kind = KINDS[kind]
        self.now = 0
        self.volume = self.kind.made.create(2000)
        self.engine = self.kind.made.open(self.volume)
        if isinstance(self.engine, RelationalEngine):
            columns = (Column("id", ColumnType.INTEGER), Column("value", ColumnType.INTEGER))
            self.engine.catalogue.create_table(TableSchema("t", columns, ("id",)))
        self.archive = LogArchive(lambda: self.now)
        self.archive.follow(self.kind.log(self.engine))
        self.repository, self.catalogue = Repository(10**9), Catalogue()
        self._archived = 0
        self.states: list[dict[int, int]] = [{}]

    def live(self, step: Any) -> None:
        """Do a step a nanosecond after the last one."""
        self.now += 1
        state = dict(self.states[-1])
        if isinstance(step, BackupKind):
            self._back_up(step)
        elif step == "archive":
            self._archive()
        elif step == "crash":
            self.open_after_power_loss(self.volume)
        else:
            number, value = step
            change(self.engine, self.kind.key, number, value)
            self.kind.log(self.engine).flush()
            state.pop(number, None)
            state |= {} if value is None else {number: value}
        self.states.append(state)

    def open_after_power_loss(self, volume: Any) -> None:
        """Lose the power, and open what is there then."""
        self.volume = volume
        volume.power.is_on = False
        volume.restart(lambda: False)
        self.engine = self.kind.made.open(volume)
        self.archive.follow(self.kind.log(self.engine))

    def recover(self, target: int) -> Recovered[Any]:
        """Restore what was at a time."""
        rebuild = engine_rebuild(self.kind.restored)
        return recover(self.repository, SEALING, target, rebuild)

    def records(self, engine: Any) -> dict[int, int]:
        """Return what a database holds."""
        key = self.kind.key
        return {record[key]: record["value"] for record in engine.scan("t", 0, 100)}

    def _back_up(self, kind: BackupKind) -> None:
        writer = BackupWriter(self.repository, self.catalogue, kind, self.now)
        back_up(EngineReading(self.engine, writer.since, self.now), writer, SEALING)

    def _archive(self) -> None:
        piece = self.archive.behind(self._archived, self.now)
        archive(piece, self.repository, self.catalogue, SEALING.seal(piece.data))
        self._archived = piece.end.position
        self.archive.forget(self._archived)


@pytest.mark.parametrize("kind", KINDS)
@given(schedule=lives, data=st.data())
def test_a_database_is_restored_to_any_instant_that_its_archived_log_reaches(
    kind: str, schedule: list[Any], data: st.DataObject
) -> None:
    life = Life(kind)
    for step in [(0, 1), BackupKind.FULL, *schedule, "archive"]:
        life.live(step)
    target = data.draw(st.integers(2, life.now))
    found = life.recover(target)
    assert life.records(life.kind.made.open(found.state)) == life.states[target]


@pytest.mark.parametrize("kind", KINDS)
@given(schedule=lives, after=lives, data=st.data())
def test_it_goes_on_from_there_and_is_restored_again(
    kind: str, schedule: list[Any], after: list[Any], data: st.DataObject
) -> None:
    life = Life(kind)
    for step in [(0, 1), BackupKind.FULL, *schedule, "archive"]:
        life.live(step)
    found = life.recover(life.now)
    life.archive.cut(found.plan.reaches.position)
    life.open_after_power_loss(found.state)
    for step in [*after, "archive"]:
        life.live(step)
    target = data.draw(st.integers(2, life.now))
    restored = life.kind.made.open(life.recover(target).state)
    assert life.records(restored) == life.states[target]


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_that_is_longer_than_that_of_the_database_is_replayed_too(kind: str) -> None:
    life = Life(kind)
    for step in [(0, 1), BackupKind.FULL, *((n % 90, n) for n in range(1500)), "archive"]:
        life.live(step)
    assert len(life.archive.behind(0, 0).data) == 0
    assert life.catalogue.logs[2].end.position > life.kind.log(life.engine).capacity
    for target in (700, life.now):
        found = life.recover(target)
        assert life.records(life.kind.made.open(found.state)) == life.states[target]


def test_who_is_open_during_a_backup_is_undone_in_a_copy_of_a_copy_too() -> None:
    life = Life("relational")
    change(life.engine, "id", 0, 1)
    for _generation in range(3):
        open_transaction = life.engine.transactions.begin()
        table = life.engine.catalogue.table("t")
        table.insert(open_transaction, (7, 7))
        life.live(BackupKind.FULL)
        copy = life.recover(life.now).state
        life.archive.cut(life.catalogue.backups[max(life.catalogue.backups)].mark.position)
        life.open_after_power_loss(copy)
        assert life.records(life.engine) == {0: 1}
