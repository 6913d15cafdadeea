"""A skip list: a sorted linked list with express lanes, whose heights are tossed for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, Generic, TypeVar

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import OrderedKey

V = TypeVar("V")

HIGHEST: Final = 32
"""Lanes at most: enough for 2**32 items with a fair coin."""


class _Node(Generic[OrderedKey, V]):
    __slots__ = ("following", "key", "value")

    def __init__(self, key: OrderedKey, value: V, height: int) -> None:
        self.key = key
        self.value = value
        self.following: list[_Node[OrderedKey, V] | None] = [None] * height


class SkipList(Generic[OrderedKey, V]):
    """An ordered map; an item stands in one lane more for each heads that `coin` shows in a row.

    With a fair coin an item is found after 2 log2 n comparisons on average, whatever the keys; with
    one that never shows heads it is a plain linked list. The coin is a fixed fair one where None.

    Source: Pugh, Skip Lists: A Probabilistic Alternative to Balanced Trees, CACM 33(6), 1990.
    """

    def __init__(
        self, counters: Counters | None = None, coin: Callable[[], bool] | None = None
    ) -> None:
        self._counters = counters or Counters()
        self._coin = coin or fair_coin(0)
        nowhere: Any = None  # the head has no key, and is never asked for it
        self._head: _Node[OrderedKey, V] = _Node(nowhere, nowhere, 1)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def lanes(self) -> int:
        """Lanes in use, the list of all items included."""
        return len(self._head.following)

    def insert(self, key: OrderedKey, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        before = self._before(key)
        node = self._same(before[0].following[0], key)
        if node is not None:
            node.value = value
            return
        node = _Node(key, value, self._toss())
        for lane in range(len(node.following)):
            if lane == len(before):  # a lane that nobody was in before
                self._head.following.append(None)
                before.append(self._head)
            node.following[lane] = before[lane].following[lane]
            before[lane].following[lane] = node
        self._counters.moves += len(node.following)
        self._size += 1

    def lookup(self, key: OrderedKey) -> V | None:
        """Return the value of a key, None where there is none."""
        node = self._same(self._before(key)[0].following[0], key)
        return None if node is None else node.value

    def delete(self, key: OrderedKey) -> bool:
        """Take an item away; return whether it was there."""
        before = self._before(key)
        node = self._same(before[0].following[0], key)
        if node is None:
            return False
        for lane, following in enumerate(node.following):
            before[lane].following[lane] = following
        self._counters.moves += len(node.following)
        self._size -= 1
        while self.lanes > 1 and self._head.following[-1] is None:
            self._head.following.pop()
        return True

    def scan(self) -> Iterator[tuple[OrderedKey, V]]:
        """Yield all items in the order of their keys."""
        node = self._head.following[0]
        while node is not None:
            yield node.key, node.value
            node = node.following[0]

    def range(self, low: OrderedKey, high: OrderedKey) -> Iterator[tuple[OrderedKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        node = self._before(low)[0].following[0]
        while node is not None and not high < node.key:
            yield node.key, node.value
            node = node.following[0]

    def _before(self, key: OrderedKey) -> list[_Node[OrderedKey, V]]:
        """Return, for each lane from the lowest, the last node before where `key` belongs."""
        node = self._head
        path = []
        for lane in reversed(range(self.lanes)):
            while (following := node.following[lane]) is not None and following.key < key:
                node = following
            path.append(node)
        return path[::-1]

    @staticmethod
    def _same(node: _Node[OrderedKey, V] | None, key: OrderedKey) -> _Node[OrderedKey, V] | None:
        """Return a node that is not before `key` if it is not after it either."""
        return None if node is None or key < node.key else node

    def _toss(self) -> int:
        height = 1
        while height < HIGHEST and self._coin():
            height += 1
        return height


def fair_coin(seed: int) -> Callable[[], bool]:
    """Return a coin whose tosses are fixed by a seed."""
    generator = Random(seed)
    return lambda: generator.random() < 0.5
