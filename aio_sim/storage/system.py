"""A storage system: databases by name, each with an engine, from creation to the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.engine import Snapshot, StorageEngine

Files = TypeVar("Files")


@dataclass(frozen=True)
class EngineKind(Generic[Files]):
    """How databases of one engine are made: files of a size, an engine on them, files restored."""

    create: Callable[[int], Files]
    """Makes the files of an empty database with room for so many blocks."""
    open: Callable[[Files], StorageEngine]
    """Opens the database in some files; recovers it where it was not closed."""
    restore: Callable[[list[Snapshot]], Files]
    """Makes files of a full snapshot and those that build on it."""


@dataclass
class _Database(Generic[Files]):
    kind: EngineKind[Files]
    files: Files
    engine: StorageEngine | None = None

    def opened(self) -> StorageEngine:
        """Return the engine, opened where it is not."""
        if self.engine is None:
            self.engine = self.kind.open(self.files)
        return self.engine


@dataclass(frozen=True)
class Listed:
    """A line of the list of databases."""

    name: str
    kind: str
    is_open: bool


class StorageSystem:
    """Creates, opens, resizes, lists, backs up, restores, closes and drops databases by name."""

    def __init__(self, kinds: Mapping[str, EngineKind[object]]) -> None:
        self._kinds = kinds
        self._databases: dict[str, tuple[str, _Database[object]]] = {}

    def create(self, name: str, kind: str, blocks: int) -> StorageEngine:
        """Make a database with room for `blocks` blocks and open it.

        Raises InputError where there is one of that name, UnknownName for a kind there is not.
        """
        made = self._kind(kind)
        self._require_new(name)
        self._databases[name] = kind, _Database(made, made.create(blocks))
        return self.open(name)

    def open(self, name: str) -> StorageEngine:
        """Return the engine of a database, the same one until it is closed."""
        return self._database(name).opened()

    def close(self, name: str) -> None:
        """Close a database that is open; it stays where it is."""
        database = self._database(name)
        if database.engine is not None:
            database.engine.close()
            database.engine = None

    def resize(self, name: str, blocks: int) -> None:
        """Give a database room for another number of blocks."""
        self.open(name).resize(blocks)

    def listing(self) -> list[Listed]:
        """Return all databases, sorted by name."""
        return [
            Listed(name, kind, database.engine is not None)
            for name, (kind, database) in sorted(self._databases.items())
        ]

    def back_up(self, name: str, since: int = 0) -> Snapshot:
        """Return a snapshot of a database; see `StorageEngine.back_up`."""
        return self.open(name).back_up(since)

    def restore(self, name: str, snapshots: list[Snapshot]) -> StorageEngine:
        """Make a database of a full snapshot and those that build on it, and open it.

        Raises InputError where there is one of that name, or the snapshots do not fit together.
        """
        self._require_new(name)
        if not snapshots:
            raise InputError(_("there is no snapshot to restore"))
        kind = snapshots[0].kind
        made = self._kind(kind)
        self._databases[name] = kind, _Database(made, made.restore(snapshots))
        return self.open(name)

    def drop(self, name: str) -> None:
        """Take a database away with all that it holds."""
        self.close(name)
        del self._databases[name]

    def _kind(self, kind: str) -> EngineKind[object]:
        if kind not in self._kinds:
            raise UnknownName(_("storage engine"), kind, self._kinds)
        return self._kinds[kind]

    def _require_new(self, name: str) -> None:
        if name in self._databases:
            raise InputError(_("there is a database {name} already").format(name=name))

    def _database(self, name: str) -> _Database[object]:
        if name not in self._databases:
            raise UnknownName(_("database"), name, self._databases)
        return self._databases[name][1]
