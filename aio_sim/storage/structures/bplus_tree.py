"""A B+ tree: all items in leaves that follow each other, above them nodes that show the way."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.structures.bplus_node import Inner, Leaf, Node
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import OrderedKey

V = TypeVar("V")

PAGE_ITEMS: Final = 4
"""Items of a page in the lab. An assumption: pages of 16 KiB hold hundreds, and the tree would not
get a second level at the sizes that are measured."""

FEWEST_PAGE_ITEMS: Final = 3


class BPlusTree(Generic[OrderedKey, V]):
    """An ordered map in pages of at most `page_items` keys, each but the root at least half full.

    Raises InputError for pages of fewer than FEWEST_PAGE_ITEMS items.

    Source: Bayer & McCreight, Organization and Maintenance of Large Ordered Indexes, Acta
    Informatica 1, 1972; Comer, The Ubiquitous B-Tree, ACM Computing Surveys 11(2), 1979.
    """

    def __init__(self, counters: Counters | None = None, page_items: int = PAGE_ITEMS) -> None:
        if page_items < FEWEST_PAGE_ITEMS:
            raise InputError(
                _("a page must have room for {fewest} items or more, not {items}").format(
                    fewest=FEWEST_PAGE_ITEMS, items=page_items
                )
            )
        self._counters = counters or Counters()
        self._most = page_items
        self._root: Node[OrderedKey, V] = Leaf()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def root(self) -> Node[OrderedKey, V]:
        """The page from which all others are found."""
        return self._root

    @property
    def height(self) -> int:
        """Pages on the way from the root to a leaf, both included."""
        height, node = 1, self._root
        while isinstance(node, Inner):
            height, node = height + 1, node.children[0]
        return height

    @property
    def pages(self) -> int:
        """Pages of the whole tree, which are counted one by one."""
        total, level = 0, [self._root]
        while level:
            total += len(level)
            level = [child for node in level if isinstance(node, Inner) for child in node.children]
        return total

    def insert(self, key: OrderedKey, value: V) -> None:
        """Add an item, or give the item with that key another value."""
        if split := self._insert(self._root, key, value):
            separator, right = split
            self._root = Inner([separator], [self._root, right])
            self._counters.page_writes += 1

    def lookup(self, key: OrderedKey) -> V | None:
        """Return the value of a key, None where there is none."""
        leaf = self._leaf(key)
        place = bisect_left(leaf.keys, key)
        return leaf.values[place] if self._holds(leaf, place, key) else None

    def delete(self, key: OrderedKey) -> bool:
        """Take an item away; return whether it was there."""
        before = self._size
        self._delete(self._root, key)
        if isinstance(self._root, Inner) and len(self._root.children) == 1:
            self._root = self._root.children[0]
        return self._size < before

    def scan(self) -> Iterator[tuple[OrderedKey, V]]:
        """Yield all items in the order of their keys."""
        node = self._read(self._root)
        while isinstance(node, Inner):
            node = self._read(node.children[0])
        return self._items_from(node, 0)

    def range(self, low: OrderedKey, high: OrderedKey) -> Iterator[tuple[OrderedKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""
        leaf = self._leaf(low)
        for key, value in self._items_from(leaf, bisect_left(leaf.keys, low)):
            if high < key:
                return
            yield key, value

    def _items_from(self, leaf: Leaf[OrderedKey, V], place: int) -> Iterator[tuple[OrderedKey, V]]:
        yield from zip(leaf.keys[place:], leaf.values[place:], strict=True)
        while leaf.following is not None:
            leaf = leaf.following
            self._counters.page_reads += 1
            yield from zip(leaf.keys, leaf.values, strict=True)

    def _leaf(self, key: OrderedKey) -> Leaf[OrderedKey, V]:
        """Return the leaf that a key belongs to."""
        node = self._read(self._root)
        while isinstance(node, Inner):
            node = self._read(node.children[bisect_right(node.keys, key)])
        return node

    def _read(self, node: Node[OrderedKey, V]) -> Node[OrderedKey, V]:
        self._counters.page_reads += 1
        return node

    @staticmethod
    def _holds(leaf: Leaf[OrderedKey, V], place: int, key: OrderedKey) -> bool:
        """Whether the key at a place, which is not before `key`, is not after it either."""
        return place < len(leaf.keys) and not key < leaf.keys[place]

    def _insert(
        self, node: Node[OrderedKey, V], key: OrderedKey, value: V
    ) -> tuple[OrderedKey, Node[OrderedKey, V]] | None:
        """Put an item below a node; return a separator and a new node where it had to split."""
        self._counters.page_reads += 1
        if isinstance(node, Leaf):
            self._put(node, key, value)
        else:
            place = bisect_right(node.keys, key)
            split = self._insert(node.children[place], key, value)
            if split is None:
                return None
            node.keys.insert(place, split[0])
            node.children.insert(place + 1, split[1])
            self._changed(len(node.keys) - place)
        return self._split(node) if len(node.keys) > self._most else None

    def _put(self, leaf: Leaf[OrderedKey, V], key: OrderedKey, value: V) -> None:
        place = bisect_left(leaf.keys, key)
        if self._holds(leaf, place, key):
            leaf.values[place] = value
            self._changed(1)
            return
        leaf.keys.insert(place, key)
        leaf.values.insert(place, value)
        self._size += 1
        self._changed(len(leaf.keys) - place)

    def _split(self, node: Node[OrderedKey, V]) -> tuple[OrderedKey, Node[OrderedKey, V]]:
        separator, right = node.split()
        self._changed(len(right.keys))
        return separator, right

    def _delete(self, node: Node[OrderedKey, V], key: OrderedKey) -> None:
        self._counters.page_reads += 1
        if isinstance(node, Inner):
            place = bisect_right(node.keys, key)
            self._delete(node.children[place], key)
            if len(node.children[place].keys) < self._most // 2:
                self._mend(node, place)
            return
        place = bisect_left(node.keys, key)
        if self._holds(node, place, key):
            self._changed(len(node.keys) - place)
            del node.keys[place], node.values[place]
            self._size -= 1

    def _mend(self, parent: Inner[OrderedKey, V], place: int) -> None:
        """Fill a child that is not half full from a neighbour, or merge the two."""
        least = self._most // 2
        left_place = place - 1 if place else 0
        left: Any = parent.children[left_place]  # neighbours are of one kind
        right: Any = parent.children[left_place + 1]
        separator = parent.keys[left_place]
        self._counters.page_reads += 1
        if place and len(left.keys) > least:
            parent.keys[left_place] = left.lend_last(separator, right)
            self._changed(1, pages=3)
        elif not place and len(right.keys) > least:
            parent.keys[left_place] = left.take_first(separator, right)
            self._changed(1, pages=3)
        else:
            left.merge(separator, right)
            del parent.keys[left_place], parent.children[left_place + 1]
            self._changed(len(right.keys), pages=2)

    def _changed(self, moves: int, pages: int = 1) -> None:
        self._counters.moves += moves
        self._counters.page_writes += pages
