"""What all attempts of a job share: the world they are in, and who runs the user's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aio_sim.distributed.file_system import DistributedFileSystem
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.runner import Runner
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace


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
