"""An AVL tree: a binary search tree whose two sides, at every node, differ by one in height."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import OrderedKey

V = TypeVar("V")


class _Node(Generic[OrderedKey, V]):
    __slots__ = ("height", "key", "left", "right", "value")

    def __init__(self, key: OrderedKey, value: V) -> None:
        self.key = key
        self.value = value
        self.left: _Node[OrderedKey, V] | None = None
        self.right: _Node[OrderedKey, V] | None = None
        self.height = 1


class AvlTree(Generic[OrderedKey, V]):
    """An ordered map of height below 1.4405 log2(n + 2).

    Source: Adelson-Velsky & Landis, An algorithm for the organization of information, 1962; Knuth,
    The Art of Computer Programming 3, 2nd ed., 6.2.3.
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self._counters = counters or Counters()
        self._root: _Node[OrderedKey, V] | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def height(self) -> int:
        """Nodes on the longest way down."""
        return _height(self._root)

    @property
    def root_key(self) -> OrderedKey | None:
        """The key that is found first, None in an empty tree."""
        return None if self._root is None else self._root.key

    def insert(self, key: OrderedKey, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        self._root = self._insert(self._root, key, value)

    def lookup(self, key: OrderedKey) -> V | None:
        """Return the value of a key, None where there is none."""
        node = self._root
        while node is not None:
            if key < node.key:
                node = node.left
            elif node.key < key:
                node = node.right
            else:
                return node.value
        return None

    def delete(self, key: OrderedKey) -> bool:
        """Take an item away; return whether it was there."""
        before = self._size
        self._root = self._delete(self._root, key)
        return self._size < before

    def scan(self) -> Iterator[tuple[OrderedKey, V]]:
        """Yield all items in the order of their keys."""
        above: list[_Node[OrderedKey, V]] = []
        node = self._root
        while above or node is not None:
            while node is not None:
                above.append(node)
                node = node.left
            node = above.pop()
            yield node.key, node.value
            node = node.right

    def range(self, low: OrderedKey, high: OrderedKey) -> Iterator[tuple[OrderedKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        return self._between(self._root, low, high)

    def _between(
        self, node: _Node[OrderedKey, V] | None, low: OrderedKey, high: OrderedKey
    ) -> Iterator[tuple[OrderedKey, V]]:
        if node is None:
            return
        after_low, before_high = not node.key < low, not high < node.key
        if after_low:
            yield from self._between(node.left, low, high)
        if after_low and before_high:
            yield node.key, node.value
        if before_high:
            yield from self._between(node.right, low, high)

    def _insert(
        self, node: _Node[OrderedKey, V] | None, key: OrderedKey, value: V
    ) -> _Node[OrderedKey, V]:
        if node is None:
            self._size += 1
            self._counters.moves += 1
            return _Node(key, value)
        if key < node.key:
            node.left = self._insert(node.left, key, value)
        elif node.key < key:
            node.right = self._insert(node.right, key, value)
        else:
            node.value = value
        return self._balanced(node)

    def _delete(
        self, node: _Node[OrderedKey, V] | None, key: OrderedKey
    ) -> _Node[OrderedKey, V] | None:
        if node is None:
            return None
        if key < node.key:
            node.left = self._delete(node.left, key)
        elif node.key < key:
            node.right = self._delete(node.right, key)
        else:
            self._size -= 1
            return self._without(node)
        return self._balanced(node)

    def _without(self, node: _Node[OrderedKey, V]) -> _Node[OrderedKey, V] | None:
        """Return the subtree without its root: the smallest key on the right takes its place."""
        self._counters.moves += 1
        if node.left is None or node.right is None:
            return node.left or node.right
        smallest, right = self._without_smallest(node.right)
        smallest.left, smallest.right = node.left, right
        return self._balanced(smallest)

    def _without_smallest(
        self, node: _Node[OrderedKey, V]
    ) -> tuple[_Node[OrderedKey, V], _Node[OrderedKey, V] | None]:
        if node.left is None:
            return node, node.right
        smallest, node.left = self._without_smallest(node.left)
        return smallest, self._balanced(node)

    def _balanced(self, node: _Node[OrderedKey, V]) -> _Node[OrderedKey, V]:
        """Return the subtree with its two sides within one of each other, by two rotations."""
        lean = _height(node.left) - _height(node.right)
        if lean > 1 and node.left is not None:
            if _height(node.left.left) < _height(node.left.right):
                node.left = self._rotated_left(node.left)
            return self._rotated_right(node)
        if lean < -1 and node.right is not None:
            if _height(node.right.right) < _height(node.right.left):
                node.right = self._rotated_right(node.right)
            return self._rotated_left(node)
        _measure(node)
        return node

    def _rotated_left(self, node: _Node[OrderedKey, V]) -> _Node[OrderedKey, V]:
        top = node.right
        assert top is not None  # what leans to the right has something there
        node.right, top.left = top.left, node
        return self._turned(node, top)

    def _rotated_right(self, node: _Node[OrderedKey, V]) -> _Node[OrderedKey, V]:
        top = node.left
        assert top is not None  # what leans to the left has something there
        node.left, top.right = top.right, node
        return self._turned(node, top)

    def _turned(
        self, below: _Node[OrderedKey, V], top: _Node[OrderedKey, V]
    ) -> _Node[OrderedKey, V]:
        _measure(below)
        _measure(top)
        self._counters.moves += 2
        return top


def _height(node: _Node[OrderedKey, V] | None) -> int:
    return 0 if node is None else node.height


def _measure(node: _Node[OrderedKey, V]) -> None:
    node.height = 1 + max(_height(node.left), _height(node.right))
