"""A crash between any two writes of the devices, torn pages included, against a plain dictionary.

Several transactions are open at once and write rows of a table with a unique index. Power goes at
a drawn write or flush, while working or while recovering; of what was not flushed, drawn sectors
survive. Then every acknowledged transaction is there, and none is half there.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.pages.device import Power
from aio_sim.storage.pages.errors import DamagedPageError, PowerLossError
from aio_sim.storage.relational.engine import RelationalEngine
from aio_sim.storage.relational.errors import DeadlockError, DuplicateKeyError, LockWaitError
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.schema import Column, ColumnType, Index, TableSchema
from aio_sim.storage.relational.settings import Durability
from aio_sim.storage.relational.table import KeyRange, Table
from aio_sim.storage.relational.transaction import Transaction
from aio_sim.storage.relational.values import key_of

from .databases import volume

SCHEMA = TableSchema(
    "t",
    (
        Column("id", ColumnType.INTEGER, nullable=False),
        Column("code", ColumnType.INTEGER),
        Column("data", ColumnType.BLOB),
    ),
    ("id",),
    indexes=(Index("by_code", ("code",), True, 0),),
)
Rows = dict[int, tuple[object, ...]]
SCHEDULES = settings(
    max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@dataclass
class Client:
    """A transaction and what the rows are to be once it commits."""

    transaction: Transaction
    changes: dict[int, tuple[object, ...] | None] = field(default_factory=dict)

    def after(self, rows: Rows) -> Rows:
        merged = {**rows, **self.changes}
        return {key: row for key, row in merged.items() if row is not None}


class Schedule:
    """Clients that write, commit and roll back by chance, and the dictionary of what must be."""

    def __init__(self, seed: int, keys: int = 60, **changes: object) -> None:
        self.keys = keys
        self.random = random.Random(seed)
        self.volume = volume(400, **changes)
        self.engine = RelationalEngine(self.volume)
        self.engine.catalogue.create_table(SCHEMA)
        self.states: list[Rows] = [{}]
        """What the rows were after each commit; the last is now."""
        self.durable = 0
        """How many of the states must survive a crash."""
        self.unsure: Rows | None = None
        """What the rows are if the commit during which the power went has made it."""
        self.now = 0

    def work(self, steps: int) -> None:
        """Let clients do so many things, until the power goes."""
        clients: list[Client] = []
        for _step in range(steps):
            if len(clients) < 3:
                clients.append(Client(self.engine.transactions.begin()))
            client = self.random.choice(clients)
            self.do_one_thing(client)
            clients = [each for each in clients if each.transaction.is_open]
            self.tick()

    def do_one_thing(self, client: Client) -> None:
        chance = self.random.random()
        transactions = self.engine.transactions
        if chance < 0.15:
            self.commit(client)
        elif chance < 0.2:
            transactions.rollback(client.transaction)
        elif chance < 0.23:
            transactions.checkpoint(whole=self.random.random() < 0.5)
        else:
            with suppress(LockWaitError, DeadlockError, DuplicateKeyError):
                with transactions.statement(client.transaction):
                    changes = self.write(client)
                client.changes |= changes

    def write(self, client: Client) -> dict[int, tuple[object, ...] | None]:
        """Insert, update or delete a row, or several in one statement."""
        table = self.engine.catalogue.table("t")
        changes: dict[int, tuple[object, ...] | None] = {}
        for _row in range(self.random.choice([1, 1, 1, 8])):
            key = self.random.randrange(self.keys)
            row = table.get(client.transaction, key_of([key]), LockMode.EXCLUSIVE)
            data = self.random.randbytes(self.random.choice([0, 20, 60]))
            new = (key, self.random.choice([None, self.random.randrange(4 * self.keys)]), data)
            if row is None:
                table.insert(client.transaction, new)
                changes[key] = new
            elif self.random.random() < 0.5:
                table.delete(client.transaction, row)
                changes[key] = None
            else:
                table.update(client.transaction, row, new)
                changes[key] = new
        return changes

    def commit(self, client: Client) -> None:
        self.unsure = client.after(self.states[-1])
        self.engine.transactions.commit(client.transaction)
        self.states.append(self.unsure)
        self.unsure = None
        self.note_durable()

    def tick(self) -> None:
        self.now += SECOND // 5
        self.engine.advance(self.now)
        self.note_durable(self.now % SECOND == 0)

    def note_durable(self, flushed: bool = False) -> None:
        durability = self.volume.settings.durability
        if flushed or durability is Durability.EACH_COMMIT:
            self.durable = len(self.states)

    def crash(self) -> Rows:
        """Turn the power on again, perhaps several times, until recovery is through."""
        chance = self.random.choice([0.0, 0.5, 1.0, self.random.random()])
        while True:
            again = self.random.randrange(40) if self.random.random() < 0.4 else None
            self.volume.restart(lambda: self.random.random() < chance, Power(again))
            try:
                self.engine = RelationalEngine(self.volume)
                self.volume.power.lasts = None
                return self.rows()
            except PowerLossError:
                continue

    def rows(self) -> Rows:
        """Return all rows, and check that the index has the same."""
        table: Table = self.engine.catalogue.table("t")
        transaction = self.engine.transactions.begin()
        rows = list(table.rows(transaction, KeyRange()))
        by_code = list(table.rows(transaction, KeyRange(table.schema.indexes[0])))
        assert sorted(by_code, key=lambda row: key_of(row[:1])) == rows
        codes = [key_of(row[1:2]) for row in by_code]
        assert codes == sorted(codes)
        self.engine.transactions.rollback(transaction)
        return {row[0]: row for row in rows if isinstance(row[0], int)}

    def survive(self, crashes: int, steps: int, power: int | None = None) -> int:
        """Work and crash in turn; return how many commits were lost.

        The power lasts for `power` writes and flushes, a drawn number where None, and goes at the
        latest when the work is done.
        """
        lost = 0
        for _crash in range(crashes):
            lasts = self.random.randrange(2 * steps) if power is None else power
            self.volume.power.lasts = self.volume.power.operations + lasts
            with suppress(PowerLossError):
                self.work(steps)
            found = self.crash()
            states = self.states if self.unsure is None else [*self.states, self.unsure]
            possible = [at for at, rows in enumerate(states) if rows == found]
            assert possible
            assert max(possible) >= self.durable - 1
            lost += max(len(self.states) - 1 - max(possible), 0)
            self.states, self.unsure, self.durable = [found], None, 1
        return lost


SEEDS = st.integers(0, 2**32)


@SCHEDULES
@given(SEEDS)
def test_what_was_acknowledged_survives_and_nothing_is_half_there(seed: int) -> None:
    assert Schedule(seed).survive(crashes=1, steps=12) == 0


@pytest.mark.parametrize("power", range(30))
def test_one_schedule_survives_a_crash_at_each_of_its_writes(power: int) -> None:
    assert Schedule(seed=1).survive(crashes=1, steps=40, power=power) == 0


@settings(SCHEDULES, max_examples=100)
@given(SEEDS)
def test_lazy_commits_lose_at_most_what_was_not_flushed(seed: int) -> None:
    schedule = Schedule(seed, durability=Durability.EACH_SECOND)
    assert schedule.survive(crashes=1, steps=40) <= 5 * 3


@pytest.mark.slow
@settings(SCHEDULES, max_examples=10_000)
@given(SEEDS)
def test_it_survives_ten_thousand_schedules_of_two_crashes(seed: int) -> None:
    keys = (20, 60, 400)[seed % 3]
    assert Schedule(seed, keys).survive(crashes=2, steps=50) == 0


@pytest.mark.slow
@settings(SCHEDULES, max_examples=1_000)
@given(SEEDS)
def test_lazy_commits_survive_a_thousand_schedules(seed: int) -> None:
    Schedule(seed, durability=Durability.EACH_SECOND).survive(crashes=3, steps=80)


def test_some_lazy_commits_are_lost_and_no_durable_ones() -> None:
    lost = {
        durability: sum(
            Schedule(seed, durability=durability).survive(crashes=1, steps=60) for seed in range(40)
        )
        for durability in Durability
    }
    assert lost[Durability.EACH_COMMIT] == 0
    assert lost[Durability.EACH_SECOND] > 0


def test_without_the_doublewrite_area_a_torn_page_is_found_and_cannot_be_mended() -> None:
    found = 0
    for seed in range(20):
        schedule = Schedule(seed, doublewrite=False)
        try:
            schedule.survive(crashes=2, steps=40)
        except DamagedPageError:
            found += 1
    assert found


def test_the_doublewrite_area_mends_torn_pages() -> None:
    repaired = 0
    for seed in range(20):
        schedule = Schedule(seed)
        schedule.survive(crashes=2, steps=40)
        repaired += schedule.engine.database.report.pages_repaired
    assert repaired
