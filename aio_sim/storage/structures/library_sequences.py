"""Python's own sequences as subjects of the lab: list, tuple, deque, array.

They are written in C, so their moves are derived from their layout: where a key stands is known
from the equality tests of the search, and what follows it is shifted. A block of memory that is
full is lengthened by `realloc` as a whole, by an eighth or a sixteenth, and is not counted: at most
9 moves an item in a list, 17 in an array, however many items there are (CLRS 16.4).

Source: CPython 3.11, Objects/listobject.c, Objects/tupleobject.c, Modules/_collectionsmodule.c,
Modules/arraymodule.c.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from typing import Any

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.subject import Subject, picked


class ListSubject(Subject):
    """A list in order of arrival: a key is found by looking at one after another."""

    def __init__(self, counters: Counters) -> None:
        super().__init__(counters)
        self._keys: Any = self._empty()

    @staticmethod
    def _empty() -> Any:
        return []

    @property
    def held(self) -> object:
        """The sequence itself."""
        return self._keys

    def insert(self, key: Key) -> None:
        """Append a key."""
        self._keys.append(key)
        self.counters.moves += 1

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""
        return bool(key in self._keys)

    def delete(self, key: Key) -> None:
        """Remove a key; all that follow it move up."""
        before = self.counters.equality_tests
        self._keys.remove(key)
        place = self.counters.equality_tests - before - 1
        self.counters.moves += self._shifted(place)

    def scan(self) -> Iterable[object]:
        """Return all keys in order of arrival."""
        yield from self._keys

    def range(self, low: Key, high: Key) -> Iterable[object]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked(self._keys, low, high)

    def _shifted(self, place: int) -> int:
        """Return the items that moved when the one at a place was removed."""
        return len(self._keys) - place


class TupleSubject(ListSubject):
    """A tuple: what changes it makes another one, with all items copied."""

    @staticmethod
    def _empty() -> Any:
        return ()

    def insert(self, key: Key) -> None:
        """Make a tuple with one key more."""
        self._keys = (*self._keys, key)
        self.counters.moves += len(self._keys)

    def delete(self, key: Key) -> None:
        """Make a tuple with one key less."""
        place = self._keys.index(key)
        self._keys = self._keys[:place] + self._keys[place + 1 :]
        self.counters.moves += len(self._keys)


class DequeSubject(ListSubject):
    """A deque: linked blocks of 64, so that appending never moves what is there."""

    @staticmethod
    def _empty() -> Any:
        return deque()

    def _shifted(self, place: int) -> int:
        # It is rotated until the key stands first, by the shorter way, and back again.
        return 1 + 2 * min(place, len(self._keys) - place)


class ArraySubject(ListSubject):
    """An array of 64-bit numbers: eight bytes an item and nothing else."""

    @staticmethod
    def _empty() -> Any:
        return array("Q")

    def insert(self, key: Key) -> None:
        """Append a key's number."""
        self._keys.append(key.value)
        self.counters.moves += 1

    def lookup(self, key: Key) -> bool:
        """Return whether a key's number is there."""
        return bool(_Number(key, self.counters) in self._keys)

    def delete(self, key: Key) -> None:
        """Remove a key's number; all that follow it move up."""
        place = self._keys.index(_Number(key, self.counters))
        del self._keys[place]
        self.counters.moves += self._shifted(place)

    def range(self, low: Key, high: Key) -> Iterable[object]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked((Key(value, self.counters) for value in self._keys), low, high)


class _Number:
    """A key as an array of plain numbers is searched for it."""

    def __init__(self, key: Key, counters: Counters) -> None:
        self._value = key.value
        self._counters = counters

    def __eq__(self, number: object) -> bool:
        self._counters.equality_tests += 1
        return self._value == number
