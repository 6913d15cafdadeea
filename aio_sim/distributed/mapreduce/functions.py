"""Runs the functions of a job, here and now, and tells exactly where one failed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from json import JSONEncoder, dumps, loads
from pathlib import Path
from typing import Any, Final

from aio_sim.distributed.mapreduce.collector import Collector, CombineFailed, groups
from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.distributed.mapreduce.job import Job
from aio_sim.distributed.mapreduce.ordering import order
from aio_sim.distributed.mapreduce.output import pairs_of
from aio_sim.distributed.mapreduce.pairs import pairs_of_map, pairs_of_reduce, short
from aio_sim.distributed.mapreduce.records import Record, Split, records
from aio_sim.distributed.mapreduce.runner import (
    Failure,
    MapWork,
    ReduceWork,
    Result,
    TaskFailed,
)
from aio_sim.kernel.messages import _

TOLD: Final = 5
"""Failures of skipped records that a task tells; the others are counted."""


MOST_SAID: Final = 500
"""Characters of what was raised that are told: it may have all the data in it."""


class OutOfTime(BaseException):
    """A user function that ran for longer than it may; nothing it catches itself."""


_RAISED: Final = (Exception, SystemExit, OutOfTime)
"""What a user function may end with; a keyboard interrupt is the user's own."""

_encode: Final = JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Functions:
    """The functions of a job, run in this process."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def prepares(self) -> bool:
        return self._job.prepare is not None

    @property
    def repeats(self) -> bool:
        return self._job.again is not None

    def map(self, work: MapWork, data: bytes) -> Result:
        counts = Counts()
        collector = Collector(self._job, work.partitions, work.buffer, work.factor, counts)
        skipped = _Skipped(counts)
        failure = self._map_all(work, data, collector, skipped)
        if failure is not None:
            return Result((), counts, failure)
        try:
            segments = collector.finish()
        except CombineFailed as error:
            return Result((), counts, self._combine_failure(error))
        except OutOfTime as error:
            subject = _("the output of {file}").format(file=work.split.file)
            return Result((), counts, _failure(self._job, "combine", error, subject))
        return Result(segments, counts, None, tuple(skipped.told))

    def _map_all(
        self, work: MapWork, data: bytes, collector: Collector, skipped: _Skipped
    ) -> Failure | None:
        """Map all records; return what the task fails with, None where it does not."""
        for record in records(data, work.split.start, work.split.end):
            collector.counts.map_input_records += 1
            collector.counts.map_input_bytes += record.size
            try:
                self._map_record(work, record, collector)
            except CombineFailed as error:
                return self._combine_failure(error)
            except _RAISED as error:
                failure = _failure(self._job, "map", error, _subject(work, record))
                if not work.skip or failure.final:
                    return failure
                skipped.note(failure)
        return None

    def _combine_failure(self, error: CombineFailed) -> Failure:
        assert error.__cause__ is not None
        subject = _key(error.key)
        return _failure(self._job, "combine", error.__cause__, subject)

    def reduce(self, work: ReduceWork, segments: Sequence[bytes]) -> Result:
        counts = Counts(shuffled_bytes=sum(map(len, segments)))
        skipped = _Skipped(counts)
        lines: list[bytes] = []
        for key, values in groups(segments):
            counts.reduce_input_groups += 1
            counts.reduce_input_records += len(values)
            try:
                lines += list(self._reduced(key, values))
            except _RAISED as error:
                failure = _failure(self._job, "reduce", error, _key(key))
                if not work.skip or failure.final:
                    return Result((), counts, failure)
                skipped.note(failure)
        output = b"".join(lines)
        counts.reduce_output_records += len(lines)
        counts.output_bytes += len(output)
        return Result((output,), counts, None, tuple(skipped.told))

    def prepare(self, sample: Sequence[tuple[Split, bytes]], work: MapWork) -> Any:
        prepare = self._job.prepare
        if prepare is None:
            return self._job.state
        pairs = [
            ((split.file, record.offset), record.line.decode(work.encoding, "replace"))
            for split, data in sample
            for record in records(data, split.start, split.end)
        ]
        return self._outside("prepare", lambda: prepare(pairs, work.partitions))

    def again(self, parts: Sequence[bytes]) -> Any:
        again = self._job.again
        if again is None:
            return None
        pairs = [pair for part in parts for pair in pairs_of(part)]
        return self._outside("again", lambda: again(pairs, self._job.state))

    def set_state(self, state: Any) -> None:
        self._job.use_state(state)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _map_record(self, work: MapWork, record: Record, collector: Collector) -> None:
        """Collect all that a record gives, or, where it fails before that, nothing of it."""
        key = work.split.file, record.offset
        answer = pairs_of_map(self._job.map(key, record.line.decode(work.encoding, "replace")))
        pairs = (collector.written(each_key, value) for each_key, value in answer)
        # A record that is to be left out if it fails must not have left anything behind.
        for written in list(pairs) if work.skip else pairs:
            collector.put(written)

    def _reduced(self, key: Any, values: list[Any]) -> Iterator[bytes]:
        for each_key, value in pairs_of_reduce(key, self._job.reduce(key, values)):
            order(each_key)  # raises where the output cannot be sorted by it
            try:
                yield _encode([each_key, value]).encode() + b"\n"
            except (TypeError, ValueError, RecursionError) as error:
                sentence = _("the output of key {key} cannot be written as JSON: {error}")
                told = sentence.format(key=short(repr(each_key)), error=error)
                raise TypeError(told) from error

    def _outside(self, function: str, call: Callable[[], Any]) -> Any:
        """Call what runs once a round; its answer must be JSON, for it goes to all nodes."""
        try:
            state = loads(dumps(call(), allow_nan=False))
        except _RAISED as error:
            raise TaskFailed(str(_failure(self._job, function, error, _("the job")))) from error
        return state


class _Skipped:
    """The failures that a task leaves out."""

    def __init__(self, counts: Counts) -> None:
        self.told: list[Failure] = []
        self._counts = counts

    def note(self, failure: Failure) -> None:
        self._counts.skipped_records += 1
        if len(self.told) < TOLD:
            self.told.append(failure)


def _key(key: Any) -> str:
    return _("key {key}").format(key=short(repr(key)))


def _subject(work: MapWork, record: Record) -> str:
    text = record.line[:60].decode(work.encoding, "replace")
    dots = "..." if len(record.line) > 60 else ""
    sentence = _("the record at byte {offset} of {file}, {text!r}{dots}")
    return sentence.format(offset=record.offset, file=work.split.file, text=text, dots=dots)


def _failure(job: Job, function: str, error: BaseException, subject: str) -> Failure:
    """Return what was raised, at the user's own last line."""
    file = getattr(job.module, "__file__", None)
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == file]
    place = f"{Path(str(file)).name}:{frames[-1].lineno}" if frames else ""
    told = short(f"{type(error).__name__}: {error}".removesuffix(": "), MOST_SAID)
    return Failure(function, told, place, subject, isinstance(error, OutOfTime))
