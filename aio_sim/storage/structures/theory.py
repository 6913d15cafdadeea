"""What structures cost in closed form: probes of hash tables, heights of B+ trees, LSM writes."""

from __future__ import annotations

from math import ceil, log


def chained_probes(load_factor: float) -> float:
    """Return the keys that a search with chaining looks at on average, where its key is there.

    1 + a / 2. Source: Knuth, The Art of Computer Programming 3, 2nd ed., 6.4.
    """
    return 1 + load_factor / 2


def linear_probes(load_factor: float) -> float:
    """Return the keys that a search with linear probing looks at, where its key is there.

    (1 + 1 / (1 - a)) / 2. Source: Knuth, The Art of Computer Programming 3, 2nd ed., 6.4.
    """
    return (1 + 1 / (1 - load_factor)) / 2


def bplus_heights(items: int, page_items: int) -> tuple[int, int]:
    """Return the least and the largest height of a B+ tree: with full pages, with half-full ones.

    Source: Comer, The Ubiquitous B-Tree, ACM Computing Surveys 11(2), 1979.
    """
    half = page_items // 2
    leaves = max(ceil(items / page_items), 1)
    least = 1 + ceil(round(log(leaves, page_items + 1), 9))
    # The root may have two children only; all others have half of theirs.
    most = 1 if items <= page_items else 2 + int(log(max(items / half / 2, 1), half + 1) + 1e-9)
    return least, max(most, least)


def lsm_items_written(items: int, memory_items: int, growth: int) -> int:
    """Return how many items a leveled LSM tree has written after so many insertions of new keys.

    Each time that memory is full, its batch adds one to a counter in base `growth`, each of whose
    digits is a level: a digit that becomes d rewrites d batches of its size, one that is full
    passes on. Memory is found full by the insertion after.

    Source: Dayan, Athanassoulis & Idreos, Monkey, SIGMOD 2017, (T - 1) / 2 a level on the average.
    """
    batches = (items - 1) // memory_items
    written, size = 0, 1
    while batches >= size:
        cycles, left = divmod(batches // size, growth)
        digits = cycles * growth * (growth - 1) // 2 + left * (left + 1) // 2
        written += digits * size * memory_items
        size *= growth
    return written
