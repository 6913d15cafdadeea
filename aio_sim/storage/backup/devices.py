"""The devices that a backup goes through: disks and cores of two hosts, and the network between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from simpy import Interrupt

from aio_sim.hardware.host import Host
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.scheduling.completion import ProcessLost, completion_of
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.storage.backup.errors import BackupError
from aio_sim.storage.backup.pipeline import Story

BROKEN: Final = (BackupError, TransferFailed, ProcessLost, Interrupt)
"""What ends a job before its time, and is part of the simulated world."""


REQUEST: Final = 4 << 20
"""Bytes asked of a disk at once: 4 MiB. An assumption."""


class BackupDevices:
    """Moves bytes between `source`, which has the data, and `target`, which keeps its backups.

    Each byte stands for `scale` bytes of the simulated world, and `request` is how many of those
    are asked of a disk at once; between two requests others get their turn. `rate_limit` is bits/s,
    of what a backup reads and of what it sends; `priority` is that of its work on cores; `number`
    gives it its numbers as processes.
    """

    def __init__(
        self,
        env: Environment,
        network: Network | None,
        source: Host,
        target: Host,
        number: Callable[[], int],
        *,
        scale: int = 1,
        request: int = REQUEST,
        rate_limit: int | None = None,
        priority: int = 0,
    ) -> None:
        self._env = env
        self._network = network
        self.source = source
        self.target = target
        self._number = number
        self.scale = scale
        self._request = request
        self._rate_limit = rate_limit
        self._priority = priority

    def read(self, host: Host, size: int, *, paced: bool = False) -> Story:
        """Read bytes from the disk of a host, `paced` no faster than the limit of the rate."""
        begun, done = self._env.now, 0
        for part in self._requests(host, size):
            yield host.disk.read(part)  # type: ignore[union-attr]  # for else there are none
            done += part
            if paced and self._rate_limit:
                early = begun + done * 8 * SECOND // self._rate_limit - self._env.now
                if early > 0:
                    yield self._env.timeout(early)

    def write(self, host: Host, size: int) -> Story:
        """Write bytes to the disk of a host."""
        for part in self._requests(host, size):
            yield host.disk.write(part)  # type: ignore[union-attr]  # for else there are none

    def _requests(self, host: Host, size: int) -> Iterator[int]:
        left = size * self.scale if host.disk is not None else 0
        while left > 0:
            yield min(left, self._request)
            left -= self._request

    def compute(self, host: Host, work: int, size: int) -> Story:
        """Compute on a core of a host, `work` ns for `size` bytes; raises ProcessLost.

        It is done request by request: after each one the core is asked for again.
        """
        pieces = max(-(-size * self.scale // self._request), 1)
        for piece in range(pieces if work else 0):
            share = work * self.scale * (piece + 1) // pieces - work * self.scale * piece // pieces
            yield from self._burst(host, max(share, 1))

    def _burst(self, host: Host, work: int) -> Story:
        process = Process(
            self._number(), self._env.now, work, priority=self._priority, source=SYSTEM
        )
        try:
            yield completion_of(process, self._env, host.accept)
        except Interrupt:
            host.withdraw(process)
            raise

    def send(self, size: int) -> Story:
        """Send bytes from source to target; raises TransferFailed."""
        yield from self._transfer(self.source, self.target, size, self._rate_limit)

    def send_back(self, size: int) -> Story:
        """Send bytes from target to source, with no limit; raises TransferFailed."""
        yield from self._transfer(self.target, self.source, size, None)

    def _transfer(self, source: Host, target: Host, size: int, limit: int | None) -> Story:
        if self._network is None or source is target or not size:
            return
        flow = self._network.transfer(
            source.name, target.name, size * self.scale, rate_limit=limit, name="backup"
        )
        try:
            yield flow.done
        except Interrupt:
            flow.cancel()
            raise
