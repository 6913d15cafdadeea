"""What the lab measures: a collection of distinct keys, whatever keeps them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Protocol

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import Key


class Subject(ABC):
    """A collection of distinct keys that counts its steps in `counters`.

    What keys count by themselves is counted by them; a subject adds the moves.
    """

    def __init__(self, counters: Counters) -> None:
        self.counters = counters

    @property
    @abstractmethod
    def held(self) -> object:
        """What holds the keys, so that its bytes can be counted."""

    @abstractmethod
    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""

    @abstractmethod
    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""

    @abstractmethod
    def delete(self, key: Key) -> None:
        """Take away a key that is there."""

    @abstractmethod
    def scan(self) -> Iterable[object]:
        """Return all keys, in the order in which they are kept."""

    @abstractmethod
    def range(self, low: Key, high: Key) -> Iterable[object]:
        """Return the keys from `low` to `high`, both included, in order."""

    def nearest(self) -> Key | None:
        """Return the key that is found first, None where it is no special one."""
        return None


class Map(Protocol):
    """What all maps of this folder can do."""

    def insert(self, key: Key, value: int, /) -> None: ...
    def lookup(self, key: Key, /) -> int | None: ...
    def delete(self, key: Key, /) -> object: ...
    def scan(self) -> Iterator[tuple[Key, int]]: ...


class OrderedMap(Map, Protocol):
    """What those can do that keep their keys in order."""

    def range(self, low: Key, high: Key, /) -> Iterator[tuple[Key, int]]: ...


class UnorderedSubject(Subject):
    """One of the maps that know no order: a range is picked out of all, and sorted."""

    def __init__(self, counters: Counters, held: Map) -> None:
        super().__init__(counters)
        self._map = held

    @property
    def held(self) -> object:
        """The map itself."""
        return self._map

    def insert(self, key: Key) -> None:
        """Add a key that is not there yet."""
        self._map.insert(key, key.value)

    def lookup(self, key: Key) -> bool:
        """Return whether a key is there."""
        return self._map.lookup(key) is not None

    def delete(self, key: Key) -> None:
        """Take away a key that is there."""
        self._map.delete(key)

    def scan(self) -> Iterable[Key]:
        """Return all keys, in the order in which they are kept."""
        return (key for key, _value in self._map.scan())

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        return picked(self.scan(), low, high)


class OrderedSubject(UnorderedSubject):
    """One of the maps that keep their keys in order."""

    def __init__(self, counters: Counters, held: OrderedMap) -> None:
        super().__init__(counters, held)
        self._ordered = held

    def range(self, low: Key, high: Key) -> Iterable[Key]:
        """Return the keys from `low` to `high`, both included, in order."""
        return (key for key, _value in self._ordered.range(low, high))


def picked(keys: Iterable[Key], low: Key, high: Key) -> list[Key]:
    """Return the keys from `low` to `high`, picked out of all and sorted."""
    return sorted(key for key in keys if not key < low and not high < key)
