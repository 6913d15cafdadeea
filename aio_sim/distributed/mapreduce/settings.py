"""How a job is run: the settings of MapReduce, those of Hadoop where nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import MapWork
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

SAMPLE_SPLITS: Final = 10
SAMPLE_RECORDS: Final = 100_000
"""A sample is so many records at most, the first of so many splits, evenly spaced: TeraInputFormat
of Hadoop 3.3 (mapreduce.terasort.partitions.sample, mapreduce.terasort.num.partitions)."""


@dataclass(frozen=True)
class Settings:
    """Sizes are bytes, times nanoseconds. Names of Hadoop are those of mapred-default.xml, 3.3."""

    reducers: int = 1
    """mapreduce.job.reduces."""
    encoding: str = "utf-8"
    """Of the input; what cannot be decoded is replaced."""
    sort_buffer: int = 80 * 2**20
    """What makes a map spill: mapreduce.map.sort.spill.percent (0.80) of
    mapreduce.task.io.sort.mb (100)."""
    merge_factor: int = 10
    """mapreduce.task.io.sort.factor."""
    shuffle_buffer: int = 473 * 2**20
    """What a reduce task holds before it spills: mapreduce.reduce.shuffle.input.buffer.percent
    (0.70) times ...merge.percent (0.66) of a heap of 1 GiB (mapreduce.reduce.memory.mb)."""
    parallel_copies: int = 5
    """mapreduce.reduce.shuffle.parallelcopies."""
    slow_start: Fraction = Fraction(5, 100)
    """mapreduce.job.reduce.slowstart.completedmaps: the part of the maps that reduces wait for."""
    attempts: int = 4
    """mapreduce.map.maxattempts, mapreduce.reduce.maxattempts."""
    skip_bad_records: bool = False
    """Whether a task may leave out records that fail."""
    skip_after: int = 2
    """mapreduce.task.skip.start.attempts: failures of a task after which it may."""
    back_off: int = SECOND
    """What a task waits after its first failure, twice as long after each other (assumption)."""
    fetch_attempts: int = 3
    """Tries to fetch a map's output before it is made again: MAX_FETCH_FAILURES_NOTIFICATIONS of
    JobImpl in Hadoop 3.3."""
    node_timeout: int = 10 * SECOND
    """How long a node is silent before it is taken for dead (assumption; Hadoop waits 600 s:
    yarn.nm.liveness-monitor.expiry-interval-ms)."""
    locality: bool = True
    """Whether a slot is offered the maps near its data first; else all go in the order of the
    input."""
    locality_delay: int = 0
    """How long a job passes slots on for one near its data, and as long again for one on the same
    rack: delay scheduling (Zaharia et al., EuroSys 2010). 0 takes what there is."""
    slot_memory: int = 2**30
    """mapreduce.map.memory.mb: what a slot takes of its host's memory."""
    replicas: int = 1
    """Copies of the output, where the file system allows so many."""
    rounds: int = 1000
    """Rounds after which a job that never ends is ended (assumption)."""
    scale: int = 1
    """What each byte and record stands for in all that is timed: so a sample stands for more."""

    def __post_init__(self) -> None:
        least = {"merge_factor": 2, "locality_delay": 0}
        names = ("reducers", "sort_buffer", "merge_factor", "shuffle_buffer", "parallel_copies")
        others = ("attempts", "locality_delay", "scale", "rounds", "replicas", "fetch_attempts")
        for name in (*names, *others):
            if getattr(self, name) < least.get(name, 1):
                sentence = _("{name} must be {least} or more, got {value}")
                told = {"name": name, "least": least.get(name, 1), "value": getattr(self, name)}
                raise InputError(sentence.format(**told))


def map_work(split: Split, settings: Settings, skip: bool = False) -> MapWork:
    """Return what a map task is told; its buffer is real bytes, of which each stands for more."""
    return MapWork(
        split,
        settings.reducers,
        settings.encoding,
        max(settings.sort_buffer // settings.scale, 1),
        settings.merge_factor,
        skip,
    )
