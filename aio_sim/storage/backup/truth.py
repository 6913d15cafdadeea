"""What a database held at each instant, known from what its clients wrote: plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from aio_sim.storage.document.updates import updated
from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase

Key: TypeAlias = tuple[object, ...]
Fields: TypeAlias = dict[str, Any]
State: TypeAlias = dict[str, dict[Key, Fields]]
"""The records of each store by key; a field that holds nothing is not there."""


class Write(NamedTuple):
    """A record is put (`fields` are all), changed, added to, or deleted, by `verb`."""

    verb: Callable[[Fields | None, Record], Fields | None]
    store: str
    key: Key
    fields: Record


@dataclass(frozen=True)
class Commit:
    """What one transaction wrote; `place` is the place in the log behind it."""

    place: int
    writes: tuple[Write, ...]


class Truth:
    """The records that a database began with, and all that was committed since, in order."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, ...]] = {}
        self._first: State = {}
        self._commits: list[Commit] = []

    def loaded(self, definition: Definition, records: Iterable[Record]) -> Iterator[Record]:
        """Yield what a store holds at first, and take it in."""
        self._keys[definition.name] = definition.key
        held = self._first[definition.name] = {}
        for record in records:
            held[self.key_of(definition.name, record)] = _held(record)
            yield record

    def key_of(self, store: str, record: Record) -> Key:
        """Return the key of a record."""
        return tuple(record[name] for name in self._keys[store])

    def committed(self, place: int, writes: Iterable[Write]) -> None:
        """Note a transaction that was committed."""
        self._commits.append(Commit(place, tuple(writes)))

    def cut(self, place: int) -> None:
        """Forget what was committed behind a place in the log: it is not there any more."""
        self._commits = [commit for commit in self._commits if commit.place <= place]

    def between(self, place: int, last: int) -> int:
        """Return how many transactions were committed behind a place, up to another one."""
        return sum(place < commit.place <= last for commit in self._commits)

    def state(self, place: int) -> State:
        """Return what the database held at a place in the log."""
        state = {store: dict(records) for store, records in self._first.items()}
        for commit in self._commits:
            if commit.place <= place:
                _apply(state, commit.writes)
        return state

    def is_held_by(self, database: OpenDatabase, place: int) -> bool:
        """Return whether a database holds just what there was at a place in the log."""
        expected = self.state(place)
        return all(expected[store] == dict(self._records(database, store)) for store in self._keys)

    def _records(self, database: OpenDatabase, store: str) -> Iterator[tuple[Key, Fields]]:
        for record in database.records(store):
            yield self.key_of(store, record), _held(record)


def put(_old: Fields | None, fields: Record) -> Fields:
    """Return a record in the place of the old one."""
    return _held(fields)


def change(old: Fields | None, fields: Record) -> Fields:
    """Return a record with some fields set."""
    if any("." in path for path in fields):
        return dict(updated(old or {}, {"$set": fields}))
    return _held({**(old or {}), **fields})


def add(old: Fields | None, amounts: Record) -> Fields:
    """Return a record with something added to some fields."""
    return dict(updated(old or {}, {"$inc": amounts}))


def delete(_old: Fields | None, _fields: Record) -> None:
    """Return no record."""


def _apply(state: State, writes: Iterable[Write]) -> None:
    for verb, store, key, fields in writes:
        new = verb(state[store].get(key), fields)
        if new is None:
            state[store].pop(key, None)
        else:
            state[store][key] = new


def _held(record: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in record.items() if value is not None}
