"""Safe mode: after its start the name node waits until enough blocks have been reported."""

from __future__ import annotations

from functools import partial

from simpy.events import Event

from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.errors import FileSystemError
from aio_sim.distributed.file_system.heartbeats import Heartbeats
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.kernel.environment import COMPLETION, Environment, Timer
from aio_sim.kernel.messages import _


class SafeMode:
    """Starts the name node again: it knows the files, but not where their blocks are.

    Nodes report with their next heartbeat. Until enough blocks were reported, and a while longer,
    nothing is written and nothing repaired (HdfsDesign.md, Safemode).
    """

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        manager: BlockManager,
        heartbeats: Heartbeats,
        settings: Settings,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._manager = manager
        self._heartbeats = heartbeats
        self._settings = settings
        self._end = Timer(env, self._leave, COMPLETION)
        self._left: Event | None = None

    @property
    def on(self) -> bool:
        """Whether nothing may be written."""
        return self._left is not None

    def demand_off(self) -> None:
        """Raise FileSystemError in safe mode."""
        if self.on:
            blocks = self._manager.map.blocks
            sentence = _("the name node is in safe mode: {known} of {count} blocks were reported")
            known = len(blocks) - len(self._manager.map.lost)
            raise FileSystemError(sentence.format(known=known, count=len(blocks)))

    def enter(self) -> Event:
        """Forget all locations and wait for reports; the event fires when safe mode is left."""
        left = self._left
        if left is None:
            left = self._left = self._env.event()
        self._end.cancel()
        self._manager.pause()
        for name, node in self._cluster.nodes.items():
            self._heartbeats.heard(name)
            if node.up:
                report = partial(self._report, name)
                Timer(self._env, report, COMPLETION).set(self._heartbeats.next(name))
        self._consider()
        return left

    def reported(self, name: str) -> None:
        """Take in the report of a node."""
        self._manager.node_reported(name)
        self._consider()

    def _report(self, name: str) -> None:
        if not self._cluster.nodes[name].up:
            return
        if not self._cluster.alive[name]:
            self._manager.node_reported(name)
        self._consider()

    def _consider(self) -> None:
        """Set the end once enough blocks are known."""
        if not self.on or self._end.due >= 0:
            return
        block_map = self._manager.map
        known = len(block_map.blocks) - len(block_map.lost)
        if known >= self._settings.safe_threshold * len(block_map.blocks):
            wait = self._settings.safe_extension if block_map.blocks else 0
            self._end.set(self._env.now + wait)

    def _leave(self) -> None:
        left, self._left = self._left, None
        assert left is not None
        self._manager.resume()
        left.succeed()
