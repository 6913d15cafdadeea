"""Whoever runs user functions: here, in a process of their own, or on another machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _


class Failure(NamedTuple):
    """What went wrong in a user function: which one, what it said, and over what.

    `place` is the line of the user's file, empty where it is not known; `subject` the record, key
    or part of a file that it was given. One that is `final` is not tried again: it took all the
    real time that a task may take.
    """

    function: str
    error: str
    place: str
    subject: str
    final: bool = False

    def __str__(self) -> str:
        sentence = _("{function} failed on {subject}: {error}")
        told = sentence.format(function=self.function, subject=self.subject, error=self.error)
        return f"{self.place}: {told}" if self.place else told


class TaskFailed(AioSimError):  # noqa: N818  # it says what happened
    """A user function failed outside of a task: as a job was prepared, or between two rounds."""


@dataclass(frozen=True)
class MapWork:
    """What a map task is told. `buffer` is bytes; `skip` lets it leave out records that fail."""

    split: Split
    partitions: int
    encoding: str
    buffer: int
    factor: int
    skip: bool = False


@dataclass(frozen=True)
class ReduceWork:
    """What a reduce task is told. `skip` lets it leave out keys that fail."""

    partition: int
    skip: bool = False


class Result(NamedTuple):
    """What came of a task: a segment a partition of a map, or the one output of a reduce.

    Of one that failed the counts are those up to then. `skipped` are the failures left out, the
    first few of them.
    """

    parts: tuple[bytes, ...]
    counts: Counts
    failure: Failure | None = None
    skipped: tuple[Failure, ...] = ()


class Runner(Protocol):
    """Runs the functions of one job. Whatever they do, it answers or raises an AioSimError."""

    @property
    def prepares(self) -> bool:
        """Whether the job has a first state to be made from a sample."""

    @property
    def repeats(self) -> bool:
        """Whether the job may go on after a round."""

    def map(self, work: MapWork, data: bytes) -> Result:
        """Run map and combine over a split; `data` are its bytes and those of its last line."""

    def reduce(self, work: ReduceWork, segments: Sequence[bytes]) -> Result:
        """Run reduce over the segments of a partition."""

    def prepare(self, sample: Sequence[tuple[Split, bytes]], work: MapWork) -> Any:
        """Return the first state of a job; the sample is split and bytes of some records."""

    def again(self, parts: Sequence[bytes]) -> Any:
        """Return the state of the next round from all output, None where this was the last."""

    def set_state(self, state: Any) -> None:
        """Have all functions see this state."""

    def close(self) -> None:
        """Let go of what it holds."""
