"""A map's output: collected in a bounded buffer, sorted, combined, spilled and merged."""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.distributed.mapreduce.job import Function, Job
from aio_sim.distributed.mapreduce.merging import map_merge
from aio_sim.distributed.mapreduce.ordering import Order, order
from aio_sim.distributed.mapreduce.pairs import Pair, pairs_of_reduce, short
from aio_sim.kernel.messages import _

COMBINE_SPILLS: Final = 3
"""Spills from which on the combiner runs in the last merge, too (MapTask of Hadoop 3.3, whose
mapreduce.map.combine.minspills is 3)."""

_PROTOCOL: Final = 5
_by_order = itemgetter(0)

Entry = tuple[Order, bytes]
"""A record that waits: what it is sorted by, and itself as it will be written."""

Written = tuple[int, Entry]
"""A record and its partition."""


class CombineFailed(Exception):  # noqa: N818  # it says what happened
    """The combine function failed on a key, `key`; the cause is what it raised."""

    def __init__(self, key: Any) -> None:
        super().__init__(key)
        self.key = key


class Collector:
    """Takes a map's pairs and makes a segment of each partition, sorted by key.

    `buffer` is bytes: when records take as much they are sorted, combined and spilled. `factor` is
    how many spills are merged at once; that makes merges only dearer, and is counted. A record is
    written as it comes, so that a function may go on using what it has given.
    """

    def __init__(self, job: Job, partitions: int, buffer: int, factor: int, counts: Counts) -> None:
        self._job = job
        self._partitions = partitions
        self._buffer = buffer
        self._factor = factor
        self.counts = counts
        self._held = 0
        self._entries: list[list[Entry]] = [[] for _partition in range(partitions)]
        self._runs: list[list[list[Entry]]] = []
        self._sizes: list[int] = []

    def written(self, key: Any, value: Any) -> Written:
        """Return a pair as `put` takes it.

        Raises TypeError or ValueError for a key that cannot be sorted, a partition that there is
        not, and what cannot be written.
        """
        return self._partition(key), (order(key), _written(key, value))

    def put(self, written: Written) -> None:
        """Collect one pair; CombineFailed where that fills the buffer and combine fails."""
        partition, entry = written
        self._entries[partition].append(entry)
        self.counts.map_output_records += 1
        self.counts.map_output_bytes += len(entry[1])
        self._held += len(entry[1])
        if self._held >= self._buffer:
            self._spill()

    def finish(self) -> tuple[bytes, ...]:
        """Return the segment of each partition; CombineFailed where combine fails."""
        if self._held or not self._runs:
            self._spill()
        again = len(self._runs) >= COMBINE_SPILLS
        merged = [self._merged(number, again) for number in range(self._partitions)]
        segments = tuple(b"".join(entry[1] for entry in entries) for entries in merged)
        traffic = map_merge(self._sizes, sum(map(len, segments)), self._factor)
        counts = self.counts
        counts.merge_passes += traffic.passes
        counts.disk_read_bytes += traffic.read
        counts.disk_written_bytes += traffic.written
        if traffic.passes:
            counts.spilled_records += sum(map(len, merged))
        return segments

    def _partition(self, key: Any) -> int:
        number = self._job.partition(key, self._partitions)
        if type(number) is int and 0 <= number < self._partitions:
            return number
        sentence = _("partition answered {answer!r}; expected a whole number from 0 to {most}")
        raise ValueError(sentence.format(answer=number, most=self._partitions - 1))

    def _spill(self) -> None:
        """Sort and combine what the buffer holds, and write it as a run."""
        counts = self.counts
        run = [self._sorted(entries) for entries in self._entries]
        size = sum(len(entry[1]) for entries in run for entry in entries)
        counts.spills += 1
        counts.spilled_records += sum(map(len, run))
        counts.disk_written_bytes += size
        self._sizes.append(size)
        self._runs.append(run)
        self._entries = [[] for _partition in range(self._partitions)]
        self._held = 0

    def _sorted(self, entries: list[Entry]) -> list[Entry]:
        entries.sort(key=_by_order)  # stable: equal keys stay in the order in which they came
        self.counts.comparisons += comparisons(len(entries), len(entries))
        return self._combined(entries)

    def _merged(self, partition: int, combine: bool) -> list[Entry]:
        runs = [run[partition] for run in self._runs]
        if len(runs) == 1:
            return runs[0]
        merged = list(heapq.merge(*runs, key=_by_order))
        self.counts.comparisons += comparisons(len(merged), len(runs))
        return self._combined(merged) if combine else merged

    def _combined(self, entries: list[Entry]) -> list[Entry]:
        combine = self._job.combine
        if combine is None or not entries:
            return entries
        counts = self.counts
        result: list[Entry] = []
        for place, group in groupby(entries, key=_by_order):
            pairs = [pickle.loads(blob) for _place, blob in group]
            counts.combine_input_records += len(pairs)
            result += self._shortened(combine, place, pairs)
        counts.combine_output_records += len(result)
        return result

    def _shortened(self, combine: Function, place: Order, pairs: list[Pair]) -> list[Entry]:
        key = pairs[0][0]
        try:
            answer = pairs_of_reduce(key, combine(key, [value for _key, value in pairs]))
            return [(place, _written(*_same_key(place, pair))) for pair in answer]
        except (Exception, SystemExit) as error:
            raise CombineFailed(key) from error


def comparisons(items: int, ways: int) -> int:
    """Return the comparisons that so many items from so many sorted runs take: n log2 w."""
    return items * (ways - 1).bit_length() if ways > 1 else 0


def groups(segments: Iterable[bytes]) -> Iterator[tuple[Any, list[Any]]]:
    """Yield each key of sorted segments with all its values, by key.

    Values come in the order of the segments, those of one as they were collected.
    """
    merged = heapq.merge(*map(_read, segments), key=_by_order)
    for _place, group in groupby(merged, key=_by_order):
        pairs = [pair for _order, pair in group]
        yield pairs[0][0], [value for _key, value in pairs]


def _read(segment: bytes) -> Iterator[tuple[Order, Pair]]:
    stream = BytesIO(segment)
    while stream.tell() < len(segment):
        pair = pickle.load(stream)
        yield order(pair[0]), pair


def _written(key: Any, value: Any) -> bytes:
    try:
        return pickle.dumps((key, value), _PROTOCOL)
    except Exception as error:
        sentence = _("the pair of key {key} cannot be sent to a reduce task: {error}")
        raise TypeError(sentence.format(key=short(repr(key)), error=error)) from error


def _same_key(place: Order, pair: Pair) -> Pair:
    if order(pair[0]) != place:
        sentence = _("combine answered with another key, {key}; it may only shorten values")
        raise ValueError(sentence.format(key=short(repr(pair[0]))))
    return pair
