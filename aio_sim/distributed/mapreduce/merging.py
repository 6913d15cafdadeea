"""What merging sorted runs costs where no more than so many can be merged at once."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Merge(NamedTuple):
    """The merges before the last one: how many, and the bytes that they read and write again."""

    passes: int
    moved: int


def early_merges(sizes: Sequence[int], factor: int) -> Merge:
    """Return the merges that leave at most `factor` runs (2 or more) for the last one.

    Each takes the smallest runs there are. The first takes so few that all others, the last
    included, take `factor`: (n - 1) mod (factor - 1) + 1 of n. Source: Merger.getPassFactor of
    Hadoop 3.3; it is Huffman's tree of arity `factor`, which moves the fewest bytes (Knuth, The Art
    of Computer Programming, vol. 3, 5.4.9).
    """
    runs = list(sizes)
    heapify(runs)
    passes = moved = 0
    width = (len(runs) - 1) % (factor - 1) + 1 if len(runs) > factor else 0
    if width == 1:
        width = factor
    while len(runs) > factor:
        size = sum(heappop(runs) for _run in range(width))
        heappush(runs, size)
        passes, moved, width = passes + 1, moved + size, factor
    return Merge(passes, moved)


class DiskTraffic(NamedTuple):
    """Merges in all, the last included, and bytes read and written for them."""

    passes: int
    read: int
    written: int


def map_merge(runs: Sequence[int], output: int, factor: int) -> DiskTraffic:
    """Return what a map's spills of these bytes cost once they are on disk; one is the output."""
    if len(runs) <= 1:
        return DiskTraffic(0, 0, 0)
    early = early_merges(runs, factor)
    return DiskTraffic(early.passes + 1, early.moved + sum(runs), early.moved + output)


def reduce_merge(segments: Sequence[int], buffer: int, factor: int) -> DiskTraffic:
    """Return what segments that come one after the other into a buffer of bytes cost.

    While all fit, nothing. Else a full buffer is merged into a run on disk, and the last merge
    reads the runs as the reduce function takes the records.
    """
    if sum(segments) <= buffer:
        return DiskTraffic(0, 0, 0)
    runs = [0]
    for size in segments:
        if runs[-1] and runs[-1] + size > buffer:
            runs.append(0)
        runs[-1] += size
    early = early_merges(runs, factor)
    total = sum(runs)
    return DiskTraffic(early.passes + 1, early.moved + total, early.moved + total)
