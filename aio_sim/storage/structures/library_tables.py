"""Python's own hash tables as subjects of the lab: dict, set, OrderedDict.

They are written in C, so their moves are derived from their layout: an entry is put into one place,
and all entries move when the table is rebuilt, which is seen by its size.

Source: CPython 3.11, Objects/dictobject.c, Objects/setobject.c, Objects/odictobject.c.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from sys import getsizeof

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.subject import Subject, picked


class DictSubject(Subject):
    """A dict: open addressing, with an array of entries in order of arrival."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(counters)
        self._table: dict[Key, int] = self._empty()

    @staticmethod
    def _empty() -> dict[Key, int]:
        return {}

    @property
    def held(self) -> object:
        """The dict itself."""
        return self._table

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""
        before = dict.__sizeof__(self._table)
        self._table[key] = key.value
        rebuilt = dict.__sizeof__(self._table) != before
        self.counters.moves += len(self._table) if rebuilt else 1

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""
        return key in self._table

    def delete(self, key: Key) -> None:
        """Take away a key that is there."""
        del self._table[key]
        self.counters.moves += 1

    def scan(self) -> Iterable[Key]:
        """Return all keys in order of arrival."""
        return iter(self._table)

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked(self._table, low, high)


class OrderedDictSubject(DictSubject):
    """An OrderedDict: a dict, and a doubly linked list of its entries.

    Its iterator looks up the key it stands at for each step, which colliding hashes make dear.
    """

    @staticmethod
    def _empty() -> dict[Key, int]:
        return OrderedDict()

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet, at the end of the list."""
        super().insert(key)
        self.counters.moves += 1

    def delete(self, key: Key) -> None:
        """Take away a key that is there, from the list, too."""
        super().delete(key)
        self.counters.moves += 1


class SetSubject(Subject):
    """A set: open addressing with short runs of linear probing."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(counters)
        self._keys: set[Key] = set()

    @property
    def held(self) -> object:
        """The set itself."""
        return self._keys

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""
        before = getsizeof(self._keys)
        self._keys.add(key)
        rebuilt = getsizeof(self._keys) != before
        self.counters.moves += len(self._keys) if rebuilt else 1

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""
        return key in self._keys

    def delete(self, key: Key) -> None:
        """Take away a key that is there."""
        self._keys.remove(key)
        self.counters.moves += 1

    def scan(self) -> Iterable[Key]:
        """Return all keys, slot by slot."""
        return iter(self._keys)

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked(self._keys, low, high)
