"""A trie: a tree in which a key is the way to its item, digit by digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import DIGITS, RADIX, Digital

DigitalKey = TypeVar("DigitalKey", bound=Digital)
V = TypeVar("V")


class _Node(Generic[DigitalKey, V]):
    __slots__ = ("children", "item")

    def __init__(self) -> None:
        self.children: list[_Node[DigitalKey, V] | None] = [None] * RADIX
        self.item: tuple[DigitalKey, V] | None = None

    @property
    def empty(self) -> bool:
        return self.item is None and not any(self.children)


class Trie(Generic[DigitalKey, V]):
    """An ordered map of keys of DIGITS digits, each of which picks one of RADIX children.

    What an operation costs depends on the length of a key and not on the number of items.

    Source: Fredkin, Trie memory, CACM 3(9), 1960; Sedgewick & Wayne, Algorithms, 4th ed., 5.2.
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self._counters = counters or Counters()
        self._root: _Node[DigitalKey, V] = _Node()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def insert(self, key: DigitalKey, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        node = self._root
        for depth in range(DIGITS):
            digit = key.digit(depth)
            child = node.children[digit]
            if child is None:
                child = node.children[digit] = _Node()
            node = child
        self._size += node.item is None
        node.item = (key, value)
        self._counters.moves += 1

    def lookup(self, key: DigitalKey) -> V | None:
        """Return the value of a key, None where there is none."""
        item = self._path(key)[-1].item
        return None if item is None else item[1]

    def delete(self, key: DigitalKey) -> bool:
        """Take an item away, and the nodes that lead only to it; return whether it was there."""
        path = self._path(key)
        if path[-1].item is None:
            return False
        path[-1].item = None
        self._size -= 1
        self._counters.moves += 1
        for parent, child in zip(path[-2::-1], path[:0:-1], strict=True):
            if not child.empty:
                break
            parent.children[parent.children.index(child)] = None
        return True

    def scan(self) -> Iterator[tuple[DigitalKey, V]]:
        """Yield all items in the order of their keys."""
        return self._walk(self._root, 0, None, None)

    def range(self, low: DigitalKey, high: DigitalKey) -> Iterator[tuple[DigitalKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        return self._walk(self._root, 0, low, high)

    def _path(self, key: DigitalKey) -> list[_Node[DigitalKey, V]]:
        """Return the nodes on the way to a key, as far as there are any."""
        path = [self._root]
        for depth in range(DIGITS):
            child = path[-1].children[key.digit(depth)]
            if child is None:
                break
            path.append(child)
        return path

    def _walk(
        self,
        node: _Node[DigitalKey, V],
        depth: int,
        low: DigitalKey | None,
        high: DigitalKey | None,
    ) -> Iterator[tuple[DigitalKey, V]]:
        """Yield the items below a node; a bound is None where no item below it can be beyond it."""
        if node.item is not None:
            yield node.item
        if depth == DIGITS:
            return
        first = 0 if low is None else low.digit(depth)
        last = RADIX - 1 if high is None else high.digit(depth)
        for digit in range(first, last + 1):
            self._counters.digits += 1
            child = node.children[digit]
            if child is not None:
                below, above = low if digit == first else None, high if digit == last else None
                yield from self._walk(child, depth + 1, below, above)
