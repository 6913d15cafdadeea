"""Tasks: the parts of a job, each of which may take several attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import Result

if TYPE_CHECKING:
    from aio_sim.distributed.mapreduce.attempt import Attempt
    from aio_sim.distributed.mapreduce.worker import Worker


class Task:
    """A map task, which has a split, or a reduce task, which has none."""

    __slots__ = (
        "attempts",
        "counted",
        "failures",
        "index",
        "result",
        "split",
        "ticket",
        "tried",
        "waiting",
        "worker",
    )

    def __init__(self, index: int, split: Split | None = None) -> None:
        self.index = index
        self.split = split
        self.attempts: dict[Attempt, None] = {}
        """Those under way, as far as the master knows."""
        self.tried = 0
        """Attempts begun, backups not counted."""
        self.failures = 0
        self.waiting = False
        self.ticket = 0
        """Its place in the queue of maps; an older one is void."""
        self.result: Result | None = None
        self.worker: Worker | None = None
        """Where its result is, and on whose disk, of a map."""
        self.counted: Result | None = None
        """The latest result, be it lost since: what it counts is counted once."""

    @property
    def done(self) -> bool:
        """Whether it has a result that is still there, as far as the master knows."""
        return self.result is not None

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{'reduce' if self.split is None else 'map'}-{self.index}"
