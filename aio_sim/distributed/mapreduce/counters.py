"""The counters of a job: what its tasks counted, and what became of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.distributed.mapreduce.runner import Failure, Result
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _, plural


class JobFailed(AioSimError):  # noqa: N818  # it says what happened
    """A job that came to no end: a task failed too often, or there is no node left."""


class FunctionFailed(JobFailed):
    """A job that came to no end because of its own functions."""


@dataclass
class Tally:
    """How many tasks of a job there were, and what became of their attempts.

    An attempt is one execution of a task. `reexecuted` are those begun because an earlier one
    failed, was lost with its node, or had its output lost; backups are not among them.
    """

    maps: int = 0
    reduces: int = 0
    attempts: int = 0
    failed: int = 0
    lost: int = 0
    reexecuted: int = 0
    backups: int = 0
    backups_won: int = 0
    preempted: int = 0
    local: int = 0
    rack: int = 0
    remote: int = 0
    fetches_failed: int = 0
    nodes_dead: int = 0


@dataclass
class JobCounters:
    """The counters of all rounds of a job. Records and bytes are those of attempts that counted,
    so that they are the same whatever failed."""

    tally: Tally = field(default_factory=Tally)
    counts: Counts = field(default_factory=Counts)
    rounds: int = 0
    skipped: list[Failure] = field(default_factory=list)
    """The first records that each task left out."""

    def completed(self, result: Result) -> None:
        """Count a task that is done."""
        self.counts.add(result.counts)
        self.skipped += result.skipped

    def as_json(self) -> dict[str, int]:
        """Return the counters by dotted names, such as tasks.reexecuted and map.input.records."""
        tasks = {f"tasks.{_dotted(name)}": count for name, count in asdict(self.tally).items()}
        records = {_dotted(name): count for name, count in self.counts.as_json().items()}
        return tasks | records | {"rounds": self.rounds}


class Outcome(NamedTuple):
    """What came of a job: its lines by key, its counters, and the seconds that it took.

    `seconds` are simulated where the engine simulates, else real.
    """

    lines: Sequence[bytes]
    counters: JobCounters
    seconds: float


def tried_in_vain(reason: str, count: int) -> str:
    """Return the sentence that a job ends with when a task has failed so often."""
    sentence = plural(
        "{reason} (the task was tried once)",
        "{reason} (the task was tried {count} times)",
        count,
    )
    return sentence.format(reason=reason, count=count)


def never_ends(rounds: int) -> str:
    """Return the sentence that a job ends with which goes on for ever."""
    return _("the job has not ended after {rounds} rounds").format(rounds=rounds)


def _dotted(name: str) -> str:
    return name.replace("_", ".")
