"""The two kinds of nodes of a B+ tree, and how they split, lend and merge."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar, Union

from aio_sim.storage.structures.keys import OrderedKey

V = TypeVar("V")


class Leaf(Generic[OrderedKey, V]):
    """Items in the order of their keys, and the leaf that follows."""

    __slots__ = ("following", "keys", "values")

    def __init__(self) -> None:
        self.keys: list[OrderedKey] = []
        self.values: list[V] = []
        self.following: Leaf[OrderedKey, V] | None = None

    def split(self) -> tuple[OrderedKey, Leaf[OrderedKey, V]]:
        """Keep the lower half; return the smallest key of the upper half, and a leaf with it."""
        half = len(self.keys) // 2
        right: Leaf[OrderedKey, V] = Leaf()
        right.keys, right.values = self.keys[half:], self.values[half:]
        del self.keys[half:], self.values[half:]
        right.following, self.following = self.following, right
        return right.keys[0], right

    def lend_last(self, _separator: OrderedKey, right: Leaf[OrderedKey, V]) -> OrderedKey:
        """Give the last item to the neighbour on the right; return what separates them now."""
        right.keys.insert(0, self.keys.pop())
        right.values.insert(0, self.values.pop())
        return right.keys[0]

    def take_first(self, _separator: OrderedKey, right: Leaf[OrderedKey, V]) -> OrderedKey:
        """Take the first item of the neighbour on the right; return what separates them now."""
        self.keys.append(right.keys.pop(0))
        self.values.append(right.values.pop(0))
        return right.keys[0]

    def merge(self, _separator: OrderedKey, right: Leaf[OrderedKey, V]) -> None:
        """Take all of the neighbour on the right."""
        self.keys += right.keys
        self.values += right.values
        self.following = right.following


class Inner(Generic[OrderedKey, V]):
    """Children, and between each two of them the smallest key that may be below the right one."""

    __slots__ = ("children", "keys")

    def __init__(self, keys: list[OrderedKey], children: list[Node[OrderedKey, V]]) -> None:
        self.keys = keys
        self.children = children

    def split(self) -> tuple[OrderedKey, Inner[OrderedKey, V]]:
        """Keep the lower half; return the key in the middle, and a node with the upper half."""
        half = len(self.keys) // 2
        separator = self.keys[half]
        right = Inner(self.keys[half + 1 :], self.children[half + 1 :])
        del self.keys[half:], self.children[half + 1 :]
        return separator, right

    def lend_last(self, separator: OrderedKey, right: Inner[OrderedKey, V]) -> OrderedKey:
        """Give the last child to the neighbour on the right; return what separates them now."""
        right.keys.insert(0, separator)
        right.children.insert(0, self.children.pop())
        return self.keys.pop()

    def take_first(self, separator: OrderedKey, right: Inner[OrderedKey, V]) -> OrderedKey:
        """Take the first child of the neighbour on the right; return what separates them now."""
        self.keys.append(separator)
        self.children.append(right.children.pop(0))
        return right.keys.pop(0)

    def merge(self, separator: OrderedKey, right: Inner[OrderedKey, V]) -> None:
        """Take all of the neighbour on the right."""
        self.keys += [separator, *right.keys]
        self.children += right.children


Node: TypeAlias = Union[Leaf[OrderedKey, V], Inner[OrderedKey, V]]  # noqa: UP007  # generic alias
