"""Data structures as a storage server uses them: a key-value store, each statement by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from aio_sim.storage.cost import Cost
from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition
from aio_sim.storage.server.shelf import Shelf, StructureSettings
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.key_value import KeyValueStructure


class StructureStore:
    """What there is of a key-value store: its stores, each in a structure of its own.

    `writes` numbers all that was written; `counters` count what all structures did.
    """

    def __init__(self, kind: KeyValueStructure, settings: StructureSettings) -> None:
        self.kind = kind
        self.settings = settings
        self.counters = Counters()
        self.shelves: dict[str, Shelf] = {}
        self.writes = 0

    def define(self, definition: Definition) -> None:
        """Make an empty store."""
        name = definition.name
        self.shelves[name] = Shelf(name, definition.key, self.kind, self.settings, self.counters)

    @property
    def durable(self) -> int:
        """The number of the last write up to which a crash takes nothing."""
        first = [
            shelf.durable_before
            for shelf in self.shelves.values()
            if shelf.durable_before is not None
        ]
        return min(first) - 1 if first else self.writes

    def numbered(self) -> int:
        """Return the number of the next write."""
        self.writes += 1
        return self.writes


class StructureSession:
    """Statements of one client, each of them whole; nothing waits for others."""

    autocommit = True
    may_go_on = True

    def __init__(self, store: StructureStore) -> None:
        self._store = store
        self.writes = False

    def begin(self) -> None:
        """Begin; there is nothing to do."""
        self.writes = False

    def get(self, store: str, key: object, lock: bool) -> Record | None:
        """Return the record with a key, None where there is none; nothing is locked."""
        return self._store.shelves[store].get(key)

    def put(self, store: str, record: Record) -> None:
        """Keep a record whole; raises AioSimError where there is no room for it."""
        self._store.shelves[store].put(record, self._store.numbered())
        self.writes = True

    def change(self, store: str, key: object, fields: Record) -> bool:
        """Read a record, and keep it with some fields changed; return whether it is there."""
        return self._update(store, key, lambda _old: fields)

    def add(self, store: str, key: object, amounts: Mapping[str, object]) -> bool:
        """Read a record, and keep it with numbers added; return whether it is there."""
        return self._update(store, key, lambda old: _sums(old, amounts))

    def delete(self, store: str, key: object) -> bool:
        """Take a record away; return whether it was there."""
        there = self._store.shelves[store].delete(key, self._store.numbered())
        self.writes = self.writes or there
        return there

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` records from `low` on, in the order of their keys."""
        return self._store.shelves[store].scan(low, count)

    def commit(self) -> int:
        """Return the number of the last write, 0 where nothing was written."""
        written, self.writes = self.writes, False
        return self._store.writes if written else 0

    def roll_back(self) -> None:
        """Leave things as they are: what was written is written."""
        self.writes = False

    def _update(self, store: str, key: object, changes: Callable[[Record], Record]) -> bool:
        old = self._store.shelves[store].get(key)
        if old is None:
            return False
        self.put(store, {**old, **changes(old)})
        return True


class OpenStructure:
    """An open key-value store; it keeps no log."""

    victims = 0
    log_read = 0
    wants_cleaning = False

    def __init__(self, store: StructureStore, recovered_to: int) -> None:
        self._store = store
        self._opened = replace(store.counters)
        self.page_size = store.settings.page_size
        self.recovered_to = recovered_to

    @property
    def cost(self) -> Cost:
        """All that was done since it was opened: pages, and all other steps."""
        now, then = self._store.counters, self._opened
        written = now.page_writes - then.page_writes
        return Cost(
            pages_read=now.page_reads - then.page_reads,
            pages_written=written,
            page_writes=written - now.sequential_writes + then.sequential_writes,
            sequential_reads=now.sequential_reads - then.sequential_reads,
            steps=now.steps - now.pages - then.steps + then.pages,
        )

    @property
    def durable(self) -> int:
        """The number of the last write up to which a crash takes nothing."""
        return self._store.durable

    def session(self) -> StructureSession:
        """Return a session."""
        return StructureSession(self._store)

    def advance(self, now: int) -> None:
        """Do nothing: nothing is done by the clock."""

    def flush(self) -> None:
        """Do nothing: there is no log."""

    def clean(self, pages: int) -> None:
        """Do nothing: no page waits to be written."""

    def define(self, definition: Definition) -> None:
        """Make an empty store."""
        self._store.define(definition)

    def load(self, store: str, records: Iterable[Record]) -> None:
        """Put records into a store, one after the other."""
        shelf = self._store.shelves[store]
        for record in records:
            shelf.put(record, 0)

    def records(self, store: str) -> Iterator[Record]:
        """Yield all records of a store, in the order of their keys."""
        return self._store.shelves[store].records()

    def close(self) -> None:
        """Stop; what is in memory stays there."""


class StructureInstallation:
    """A key-value store, whether it is open or not."""

    def __init__(self, kind: KeyValueStructure, settings: StructureSettings) -> None:
        self.store = StructureStore(kind, settings)
        self._recovered_to = 0
        self._opened = Counters()

    def open(self) -> OpenStructure:
        """Open it; after a crash, with what was in pages."""
        self._opened = replace(self.store.counters)
        return OpenStructure(self.store, self._recovered_to)

    def lose_power(self, survives: Callable[[], bool]) -> None:
        """Let the power go, and come back; pages are written as a whole."""
        self._recovered_to = self.store.durable
        for shelf in self.store.shelves.values():
            shelf.lose_power()

    @property
    def counted(self) -> Mapping[str, int]:
        """What was counted since it was opened last, by what it is."""
        now, then = self.store.counters, self._opened
        kinds = ("comparisons", "equality_tests", "hashes", "moves")
        return {kind: getattr(now, kind) - getattr(then, kind) for kind in kinds}

    @property
    def records(self) -> int:
        """Records of all stores."""
        return sum(map(len, self.store.shelves.values()))

    @property
    def bytes_held(self) -> int:
        """Bytes of all structures, those of keys and records left out."""
        return sum(shelf.bytes_held for shelf in self.store.shelves.values())

    @property
    def shape(self) -> Mapping[str, float]:
        """What its largest store is like: numbers by the names of metrics."""
        largest = max(self.store.shelves.values(), key=len, default=None)
        if largest is None or largest.structure is None:
            return {}
        return self.store.kind.shape(largest.structure)

    def check(self) -> None:
        """Audit its answers; raises AuditError."""
        for shelf in self.store.shelves.values():
            shelf.check()


def _sums(record: Record, amounts: Mapping[str, object]) -> Record:
    values: Mapping[str, float] = record  # type: ignore[assignment]  # what is added to is a number
    added: Mapping[str, float] = amounts  # type: ignore[assignment]
    return {name: values[name] + added[name] for name in added}
