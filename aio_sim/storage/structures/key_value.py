"""The structures that keep records by key, by the names that the lab has for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.structures.avl_tree import AvlTree
from aio_sim.storage.structures.bplus_tree import BPlusTree
from aio_sim.storage.structures.chained_hash_table import ChainedHashTable
from aio_sim.storage.structures.counted_key import CountedKey
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.library_maps import BisectMap, DictMap, ListMap
from aio_sim.storage.structures.lsm_tree import LsmTree
from aio_sim.storage.structures.open_hash_table import OpenHashTable
from aio_sim.storage.structures.skip_list import SkipList

V = TypeVar("V")

POINTERS: Final = 16
"""Bytes that an item takes in a page beside its record. An assumption: its offset and length."""


class KeyedMap(Protocol[V]):
    """What keeps values by key."""

    def insert(self, key: CountedKey, value: V, /) -> None:
        """Add an item, or give the item with that key another value."""

    def lookup(self, key: CountedKey, /) -> V | None:
        """Return the value of a key, None where there is none."""

    def delete(self, key: CountedKey, /) -> object:
        """Take an item away."""

    def scan(self) -> Iterable[tuple[CountedKey, V]]:
        """Return all items, in the order in which they are kept."""


class OrderedKeyedMap(KeyedMap[V], Protocol[V]):
    """One that keeps its keys in order."""

    def range(self, low: CountedKey, high: CountedKey, /) -> Iterator[tuple[CountedKey, V]]:
        """Yield the items from `low` to `high`, both included, in order."""


class Sizes(NamedTuple):
    """How many items there are in a page, and in the memory of an LSM tree, and how it grows."""

    page_items: int
    memory_items: int
    growth: int


@dataclass(frozen=True)
class KeyValueStructure:
    """How a structure is made, where it is kept, and what its shape is to be known by.

    `shape` takes one and returns numbers by the names of metrics; `pages` those of a paged one.
    """

    name: str
    make: Callable[[Counters, Sizes], KeyedMap[Any]]
    shape: Callable[[Any], Mapping[str, float]] = lambda _structure: {}
    ordered: bool = False
    paged: bool = False


def _load_factor(table: Any) -> Mapping[str, float]:
    return {"load_factor": table.load_factor}


def _height(tree: Any) -> Mapping[str, float]:
    return {"height": tree.height}


def _pages(tree: Any) -> Mapping[str, float]:
    return {"height": tree.height, "pages": tree.pages}


def _lanes(skips: Any) -> Mapping[str, float]:
    return {"lanes": skips.lanes}


def _levels(tree: Any) -> Mapping[str, float]:
    return {"levels": sum(map(bool, tree.levels)), "pages": tree.pages}


def _lsm_tree(counters: Counters, sizes: Sizes) -> KeyedMap[Any]:
    return LsmTree(
        counters,
        memory_items=sizes.memory_items,
        growth=sizes.growth,
        page_items=sizes.page_items,
    )


_ALL: Final = (
    KeyValueStructure("dict", lambda counters, _sizes: DictMap(counters)),
    KeyValueStructure("hash_chaining", lambda c, _sizes: ChainedHashTable(c), _load_factor),
    KeyValueStructure("hash_open_addressing", lambda c, _sizes: OpenHashTable(c), _load_factor),
    KeyValueStructure("list", lambda counters, _sizes: ListMap(counters)),
    KeyValueStructure("bisect", lambda counters, _sizes: BisectMap(counters), ordered=True),
    KeyValueStructure("avl_tree", lambda c, _sizes: AvlTree(c), _height, ordered=True),
    KeyValueStructure("skip_list", lambda c, _sizes: SkipList(c), _lanes, ordered=True),
    KeyValueStructure(
        "bplus_tree", lambda c, sizes: BPlusTree(c, sizes.page_items), _pages, True, True
    ),
    KeyValueStructure("lsm_tree", _lsm_tree, _levels, ordered=True, paged=True),
)

KEY_VALUE: Final[Mapping[str, KeyValueStructure]] = {each.name: each for each in _ALL}
"""By name: those in memory first, then those in pages on disk."""


def key_value(name: str) -> KeyValueStructure:
    """Return the structure of a name; UnknownName where there is none that keeps records by key."""
    if name not in KEY_VALUE:
        raise UnknownName("key-value structure", name, KEY_VALUE)
    return KEY_VALUE[name]
