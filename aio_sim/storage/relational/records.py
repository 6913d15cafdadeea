"""What stands in the log: changes of pages, and what transactions did.

Several records make a group, which is in the log whole or not at all (see `redo_log`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple, TypeAlias

from aio_sim.storage.pages.page import Page, from_body

_KIND_AND_NUMBER = Struct("<BI")
_LENGTH = Struct("<I")
_NUMBER = Struct("<Q")
_ABSENT = 0xFFFFFFFF
"""The length that stands for no value at all."""

_PUT, _REMOVE, _CUT, _IMAGE, _UNDO, _UNDONE, _COMMIT, _END, _ACTIVE = range(1, 10)


class Put(NamedTuple):
    """An entry of a page is set."""

    page: int
    key: bytes
    value: bytes

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_PUT, self.page) + _packed(self.key) + _packed(self.value)

    def apply(self, page: Page) -> None:
        """Do to a page what the record says."""
        page.put(self.key, self.value)


class Remove(NamedTuple):
    """An entry of a page goes."""

    page: int
    key: bytes

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_REMOVE, self.page) + _packed(self.key)

    def apply(self, page: Page) -> None:
        """Do to a page what the record says."""
        page.remove(self.key)


class Cut(NamedTuple):
    """All entries of a page from a key on go; another page follows it."""

    page: int
    key: bytes
    following: int

    def encode(self) -> bytes:
        """Return the record's bytes."""
        head = _KIND_AND_NUMBER.pack(_CUT, self.page)
        return head + _packed(self.key) + _LENGTH.pack(self.following)

    def apply(self, page: Page) -> None:
        """Do to a page what the record says."""
        page.cut(self.key, self.following)


class Image(NamedTuple):
    """A page is written anew, whatever it was."""

    page: int
    body: bytes

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_IMAGE, self.page) + _packed(self.body)

    def apply(self, page: Page) -> None:
        """Do to a page what the record says."""
        new = from_body(self.page, self.body)
        page.level, page.following = new.level, new.following
        page.fill(new.keys, new.values)


class Undo(NamedTuple):
    """A transaction changed a key of a tree; `before` is what to put back, None for nothing."""

    transaction: int
    tree: int
    key: bytes
    before: bytes | None

    def encode(self) -> bytes:
        """Return the record's bytes."""
        head = _KIND_AND_NUMBER.pack(_UNDO, self.tree) + _NUMBER.pack(self.transaction)
        return head + _packed(self.key) + _packed(self.before)

    @property
    def size(self) -> int:
        """Bytes of the record."""
        return _KIND_AND_NUMBER.size + 16 + len(self.key) + len(self.before or b"")


class Undone(NamedTuple):
    """The newest change of a transaction that was not yet undone is undone now."""

    transaction: int

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_UNDONE, 0) + _NUMBER.pack(self.transaction)


class Commit(NamedTuple):
    """A transaction is there to stay."""

    transaction: int

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_COMMIT, 0) + _NUMBER.pack(self.transaction)


class End(NamedTuple):
    """A transaction is rolled back to its beginning."""

    transaction: int

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_END, 0) + _NUMBER.pack(self.transaction)


class Active(NamedTuple):
    """All transactions that are open, by the undo of theirs that follows in the same group."""

    next_transaction: int

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _KIND_AND_NUMBER.pack(_ACTIVE, 0) + _NUMBER.pack(self.next_transaction)


PageRecord: TypeAlias = Put | Remove | Cut | Image
TransactionRecord: TypeAlias = Undo | Undone | Commit | End | Active
Record: TypeAlias = PageRecord | TransactionRecord

_OF_A_TRANSACTION: dict[int, Callable[[int], TransactionRecord]] = {
    _UNDONE: Undone,
    _COMMIT: Commit,
    _END: End,
    _ACTIVE: Active,
}


def decode_group(payload: bytes) -> Iterator[Record]:
    """Yield the records of a group."""
    cursor = _Cursor(payload)
    while cursor.place < len(payload):
        kind, number = cursor.unpack(_KIND_AND_NUMBER)
        if kind in _OF_A_TRANSACTION:
            (transaction,) = cursor.unpack(_NUMBER)
            yield _OF_A_TRANSACTION[kind](transaction)
        elif kind == _UNDO:
            (transaction,) = cursor.unpack(_NUMBER)
            yield Undo(transaction, number, cursor.present(), cursor.value())
        else:
            yield _page_record(kind, number, cursor)


class _Cursor:
    """A place in the bytes of a group."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self.place = 0

    def unpack(self, layout: Struct) -> tuple[int, ...]:
        found = layout.unpack_from(self._payload, self.place)
        self.place += layout.size
        return found

    def value(self) -> bytes | None:
        (length,) = self.unpack(_LENGTH)
        if length == _ABSENT:
            return None
        self.place += length
        return self._payload[self.place - length : self.place]

    def present(self) -> bytes:
        return self.value() or b""


def _page_record(kind: int, number: int, cursor: _Cursor) -> PageRecord:
    key = cursor.present()
    if kind == _PUT:
        return Put(number, key, cursor.present())
    if kind == _REMOVE:
        return Remove(number, key)
    if kind == _CUT:
        return Cut(number, key, cursor.unpack(_LENGTH)[0])
    return Image(number, key)


def _packed(value: bytes | None) -> bytes:
    return _LENGTH.pack(_ABSENT) if value is None else _LENGTH.pack(len(value)) + value
