"""What all attempts of a job share: the world they are in, and who runs the user's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aio_sim.distributed.file_system import DistributedFileSystem
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.runner import Runner
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace

if TYPE_CHECKING:
    from aio_sim.distributed.mapreduce.attempt import Attempt

SPAN: Final = "mapreduce "
"""How the names of spans of jobs and their attempts begin."""


@dataclass(frozen=True)
class Site:
    """The file system, the network, the runner; `slowdown` draws how slow an attempt is (1: not).

    `job` is what to call the job, `folder` where in the file system it writes, `home` the host of
    its master; `number` gives the processes of attempts their numbers, by their names.
    """

    job: str

    env: Environment
    files: DistributedFileSystem
    network: Network
    runner: Runner
    settings: Settings
    costs: Costs
    slowdown: Callable[[], float]
    folder: str
    home: str
    number: Callable[[str], int]
    trace: Trace | None = None

    def note(self, attempt: Attempt, outcome: str) -> None:
        """Write the span of an attempt that has ended: its job, task, kind and outcome."""
        kind = "backup" if attempt.backup else "again" if attempt.again else "first"
        words = SPAN.strip(), self.job, str(attempt.task), kind, outcome
        self._span(" ".join(words), attempt.worker.name, attempt.started)

    def note_job(self, began: int, outcome: str) -> None:
        """Write the span of the whole job."""
        self._span(f"{SPAN}{self.job} {outcome}", SPAN.strip(), began)

    def _span(self, name: str, track: str, began: int) -> None:
        if self.trace is not None:
            Record(self.trace, track).span(name, began, self.env.now)
