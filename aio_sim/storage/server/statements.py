"""What clients ask of a storage server: statements, one or several of which are a transaction."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, Protocol, TypeAlias

from aio_sim.storage.engine import Record

NUMBER_BYTES = 8
"""Bytes that a number counts for, wherever what clients wrote is counted."""


class Cancelled(Exception):  # noqa: N818  # says what happened
    """Raised by a program that wants its transaction rolled back; its client is content with it."""


class Verbs(Protocol):
    """What a statement can ask of an engine, as part of a transaction."""

    def get(self, store: str, key: object, lock: bool) -> Record | None:
        """Return the record with a key; with a lock, others must wait to read it so or write it."""

    def put(self, store: str, record: Record) -> None:
        """Keep a record, in the place of the one with its key where there is one."""

    def change(self, store: str, key: object, fields: Record) -> bool:
        """Set some fields of the record with a key; return whether there is one."""

    def add(self, store: str, key: object, amounts: Record) -> bool:
        """Add to some numbers of the record with a key; return whether there is one."""

    def delete(self, store: str, key: object) -> bool:
        """Take a record away; return whether it was there."""

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` records in the order of their keys, from `low` on."""


class Get(NamedTuple):
    """Read one record."""

    store: str
    key: object
    lock: bool = False

    def run(self, verbs: Verbs) -> Record | None:
        """Do it; return the record, None where there is none."""
        return verbs.get(self.store, self.key, self.lock)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return 0


class Scan(NamedTuple):
    """Read up to `limit` records in the order of their keys."""

    store: str
    low: object
    limit: int

    def run(self, verbs: Verbs) -> list[Record]:
        """Do it; return the records."""
        return verbs.scan(self.store, self.low, self.limit)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return 0


class Put(NamedTuple):
    """Write one record whole."""

    store: str
    record: Record

    def run(self, verbs: Verbs) -> None:
        """Do it."""
        verbs.put(self.store, self.record)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return bytes_of(self.record)


class Change(NamedTuple):
    """Write some fields of one record."""

    store: str
    key: object
    fields: Record

    def run(self, verbs: Verbs) -> bool:
        """Do it; return whether there is such a record."""
        return verbs.change(self.store, self.key, self.fields)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return bytes_of(self.fields)


class Add(NamedTuple):
    """Add to some numbers of one record, whatever they are by then."""

    store: str
    key: object
    amounts: Record

    def run(self, verbs: Verbs) -> bool:
        """Do it; return whether there is such a record."""
        return verbs.add(self.store, self.key, self.amounts)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return bytes_of(self.amounts)


class Delete(NamedTuple):
    """Take one record away."""

    store: str
    key: object

    def run(self, verbs: Verbs) -> bool:
        """Do it; return whether there was one."""
        return verbs.delete(self.store, self.key)

    @property
    def payload(self) -> int:
        """Bytes that it brings along."""
        return 0


Statement: TypeAlias = Get | Scan | Put | Change | Add | Delete

Program: TypeAlias = Callable[[], Generator[Statement, Any, None]]
"""Makes a transaction: it yields statements, each is answered; made anew where it begins anew."""


def bytes_of(value: object) -> int:
    """Return the bytes of a value as a client sends it: text and bytes as they are, a number 8."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(bytes_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(bytes_of, value))
    return NUMBER_BYTES


def only(*statements: Statement) -> Program:
    """Return the program of statements that do not look at each other's answers."""

    def program() -> Generator[Statement, Any, None]:
        for statement in statements:  # noqa: UP028  # `yield from` would send the answers to a tuple
            yield statement

    return program
