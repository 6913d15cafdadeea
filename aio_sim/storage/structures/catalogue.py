"""The structures that the lab knows, with the growth of their costs as textbooks have it.

Source: Cormen, Leiserson, Rivest & Stein, Introduction to Algorithms, 4th ed. (CLRS): chapters 6
(heaps), 10 (lists), 11 (hash tables), 12 and 13 (search trees), 16 (amortised costs), 18 (B-trees);
Knuth 6.2.3 for AVL trees, Pugh 1990 for skip lists, Sedgewick & Wayne 5.2 for tries, O'Neil et al.
1996 and Monkey 2017 for LSM trees; the Python wiki's TimeComplexity for the library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.structures.avl_tree import AvlTree
from aio_sim.storage.structures.bplus_tree import BPlusTree
from aio_sim.storage.structures.chained_hash_table import ChainedHashTable
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.growth import Growth
from aio_sim.storage.structures.inputs import USUAL, Arrival, Case, Deletion, Input
from aio_sim.storage.structures.keys import Key
from aio_sim.storage.structures.library_ordered import BisectSubject, HeapSubject
from aio_sim.storage.structures.library_sequences import (
    ArraySubject,
    DequeSubject,
    ListSubject,
    TupleSubject,
)
from aio_sim.storage.structures.library_tables import DictSubject, OrderedDictSubject, SetSubject
from aio_sim.storage.structures.lsm_tree import LsmTree
from aio_sim.storage.structures.measurement import Operation
from aio_sim.storage.structures.open_hash_table import OpenHashTable
from aio_sim.storage.structures.skip_list import SkipList
from aio_sim.storage.structures.subject import OrderedSubject, Subject, UnorderedSubject
from aio_sim.storage.structures.trie import Trie

Maker = Callable[[Counters], Subject]
Expected = dict[Operation, dict[Case, Growth]]

_ASCENDING: Final = Input(Arrival.ASCENDING, Deletion.LATEST)
_DESCENDING: Final = Input(Arrival.DESCENDING, Deletion.LATEST)
_COLLIDING: Final = Input(deletion=Deletion.LATEST, colliding=True)
_UNLUCKY: Final = Input(Arrival.ASCENDING, Deletion.LATEST, fair=False)


@dataclass(frozen=True)
class Structure:
    """A structure by name: how it is made, what it finds easy and hard, what is expected of it.

    `paged` tells that it is kept in pages on disk. `make_unlucky` is for an input whose coins are
    not fair. The best and the average case are means over `draws` draws of keys: more than one
    where costs vary much from draw to draw.
    """

    name: str
    make: Maker
    expected: Expected
    best: Input = USUAL
    worst: Input = USUAL
    paged: bool = False
    make_unlucky: Maker | None = None
    draws: int = 1

    def input(self, case: Case) -> Input:
        """Return the input of a case."""
        return {Case.BEST: self.best, Case.AVERAGE: USUAL, Case.WORST: self.worst}[case]

    def maker(self, case: Case) -> Maker:
        """Return what makes an empty one for a case."""
        unlucky = None if self.input(case).fair else self.make_unlucky
        return unlucky or self.make


def _expected(**rows: str) -> Expected:
    """Return what is expected, from `operation="best/average/worst"`; one class says it of all."""
    table = {}
    for operation, row in rows.items():
        classes = [Growth(text) for text in row.split("/")]
        table[Operation(operation)] = dict(zip(Case, classes * (3 // len(classes)), strict=True))
    return table


_HASHED: Final = _expected(
    insert="1/1/n", lookup="1/1/n", delete="1/1/n", scan="n", range="n", build="n/n/n^2"
)
_ORDERED: Final = _expected(
    insert="log n",
    lookup="log n",
    delete="log n",
    scan="n",
    range="log n",
    build="n log n",
)
_SEQUENCE: Final = _expected(insert="1", lookup="1/n/n", delete="n", scan="n", range="n", build="n")


class _AvlSubject(OrderedSubject):
    """An AVL tree, whose root is found first."""

    def __init__(self, counters: Counters) -> None:
        self._tree: AvlTree[Key, int] = AvlTree(counters)
        super().__init__(counters, self._tree)

    def nearest(self) -> Key | None:
        """Return the key of the root."""
        return self._tree.root_key


def _chaining(counters: Counters) -> Subject:
    return UnorderedSubject(counters, ChainedHashTable(counters))


def _open_addressing(counters: Counters) -> Subject:
    return UnorderedSubject(counters, OpenHashTable(counters))


def _bplus_tree(counters: Counters) -> Subject:
    return OrderedSubject(counters, BPlusTree(counters))


def _lsm_tree(counters: Counters) -> Subject:
    return OrderedSubject(counters, LsmTree(counters))


def _skip_list(counters: Counters) -> Subject:
    return OrderedSubject(counters, SkipList(counters))


def _linked_list(counters: Counters) -> Subject:
    return OrderedSubject(counters, SkipList(counters, coin=lambda: False))


def _trie(counters: Counters) -> Subject:
    return OrderedSubject(counters, Trie(counters))


_LIBRARY: Final = (
    Structure("list", ListSubject, _SEQUENCE),
    Structure("tuple", TupleSubject, _SEQUENCE | _expected(insert="n", build="n^2")),
    Structure("dict", DictSubject, _HASHED, worst=_COLLIDING),
    Structure("set", SetSubject, _HASHED, worst=_COLLIDING),
    Structure(
        "deque",
        DequeSubject,
        _SEQUENCE | _expected(delete="1/n/n"),
        best=Input(deletion=Deletion.EARLIEST),
        worst=Input(deletion=Deletion.LATEST),
        draws=2,
    ),
    Structure(
        "heapq",
        HeapSubject,
        _SEQUENCE | _expected(insert="1/1/log n", delete="log n/n/n", build="n/n/n log n"),
        best=Input(Arrival.ASCENDING, Deletion.EARLIEST),
        worst=Input(Arrival.DESCENDING, Deletion.EARLIEST),
        draws=4,
    ),
    Structure(
        "bisect",
        BisectSubject,
        _ORDERED | _expected(insert="log n/n/n", delete="log n/n/n", build="n log n/n^2/n^2"),
        best=_ASCENDING,
        worst=_DESCENDING,
    ),
    Structure(
        "OrderedDict",
        OrderedDictSubject,
        _HASHED | _expected(scan="n/n/n^2", range="n/n/n^2"),
        worst=_COLLIDING,
    ),
    Structure("array", ArraySubject, _SEQUENCE),
)
_OURS: Final = (
    Structure("hash_chaining", _chaining, _HASHED, worst=_COLLIDING),
    Structure("hash_open_addressing", _open_addressing, _HASHED, worst=_COLLIDING, draws=4),
    Structure("bplus_tree", _bplus_tree, _ORDERED, best=_ASCENDING, worst=_DESCENDING, paged=True),
    Structure(
        "lsm_tree",
        _lsm_tree,
        _ORDERED | _expected(lookup="1/log n/log n"),
        best=_ASCENDING,
        worst=_DESCENDING,
        paged=True,
    ),
    Structure(
        "skip_list",
        _skip_list,
        _ORDERED
        | _expected(
            insert="log n/log n/n",
            lookup="log n/log n/n",
            delete="log n/log n/n",
            range="log n/log n/n",
            build="n log n/n log n/n^2",
        ),
        best=_ASCENDING,
        worst=_UNLUCKY,
        draws=4,
        make_unlucky=_linked_list,
    ),
    Structure(
        "trie", _trie, _expected(insert="1", lookup="1", delete="1", scan="n", range="1", build="n")
    ),
    Structure(
        "avl_tree",
        _AvlSubject,
        _ORDERED | _expected(lookup="1/log n/log n"),
        best=_ASCENDING,
        worst=_DESCENDING,
    ),
)

CATALOGUE: Final[Mapping[str, Structure]] = {each.name: each for each in (*_LIBRARY, *_OURS)}
"""All structures by name: Python's own first, then those of this folder."""

LIBRARY: Final = frozenset(each.name for each in _LIBRARY)
"""Those of Python's own, whose moves are derived from their layout."""


def named(name: str) -> Structure:
    """Return the structure of a name; UnknownName where there is none."""
    if name not in CATALOGUE:
        raise UnknownName("structure", name, CATALOGUE)
    return CATALOGUE[name]
