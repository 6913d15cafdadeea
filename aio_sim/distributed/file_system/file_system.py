"""A distributed file system: files as blocks on many nodes, which may fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.distributed.file_system.audit import audit
from aio_sim.distributed.file_system.balancer import Balancer
from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.file_system.files import Files
from aio_sim.distributed.file_system.heartbeats import Heartbeats
from aio_sim.distributed.file_system.namespace import (
    Directory,
    Entry,
    File,
    Namespace,
    files_of,
    path_of,
)
from aio_sim.distributed.file_system.reader import Reader
from aio_sim.distributed.file_system.redundancy import Redundancy
from aio_sim.distributed.file_system.safe_mode import SafeMode
from aio_sim.distributed.file_system.scanner import Scanner
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.file_system.views import BlockView, Status, Written
from aio_sim.distributed.file_system.writer import Writer
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace

if TYPE_CHECKING:
    import numpy as np


class DistributedFileSystem:
    """A name node and its data nodes; the bytes are real, the time is that of disks and network.

    Every data node is a host of the network, and so is every client; `racks` says where clients
    are that are not data nodes. Verbs that take time return events, which fail with FileSystemError
    or BlocksLost; what only concerns names and is done at once raises them. The name node takes no
    time, and neither does the arithmetic of parity (assumption).
    """

    def __init__(
        self,
        env: Environment,
        network: Network,
        nodes: Iterable[DataNode],
        random: np.random.Generator,
        settings: Settings | None = None,
        racks: Mapping[str, str] | None = None,
    ) -> None:
        self._env = env
        self.settings = settings = settings or Settings()
        self.counts = counts = Counts()
        self.cluster = cluster = Cluster(nodes, racks or {})
        self.namespace = Namespace()
        carrier = Carrier(env, network, settings.packet_size)
        self.manager = manager = BlockManager(env, cluster, carrier, settings, random, counts)
        writer = Writer(env, cluster, manager, carrier, settings)
        reader = Reader(env, cluster, carrier, manager.corrupt, random, counts)
        self._files = Files(cluster, self.namespace, manager, writer, reader, settings, counts)
        self._heartbeats = Heartbeats(env, cluster.names, settings, random, manager.node_dead)
        self._safe_mode = SafeMode(env, cluster, manager, self._heartbeats, settings)
        self._scanner = Scanner(env, settings, manager.corrupt)
        self._balancer = Balancer(env, cluster, manager, carrier, settings, counts)

    # Files

    def put(
        self,
        path: str,
        content: bytes | Path,
        client: str,
        redundancy: Redundancy | None = None,
        scale: int = 1,
    ) -> Event:
        """Write bytes, or a file, from a host; the event fires with a Written.

        Each byte stands for `scale` bytes in all that is counted and timed: so a large file is
        simulated from a sample. Raises FileSystemError where the path is taken, a quota does not
        allow it, or the name node is in safe mode.
        """
        self._safe_mode.demand_off()
        data, file = self._files.create(path, content, redundancy, scale)
        return self._env.process(self._files.write(file, data, client, scale))

    def install(
        self,
        path: str,
        content: bytes | Path,
        client: str | None = None,
        redundancy: Redundancy | None = None,
        scale: int = 1,
    ) -> Written:
        """Have a file there as if it had been written before; takes no time. Raises as `put`."""
        self._safe_mode.demand_off()
        data, file = self._files.create(path, content, redundancy, scale)
        return self._files.install(file, data, client, scale)

    def get(self, path: str, client: str) -> Event:
        """Read a file to a host; the event fires with its bytes.

        Fails with BlocksLost, which names all blocks of which too few whole pieces are left.
        Raises FileSystemError where there is no such file, or it is being written.
        """
        blocks = list(self._files.readable(path).blocks)
        return self._env.process(self._files.read(path, blocks, client))

    def read(self, path: str, index: int, client: str, most: int | None = None) -> Event:
        """Read one block of a file to a host, or only its first `most` bytes (1 or more).

        The event fires with the bytes. Fails as `get`.
        """
        block = self._files.one_block(path, index)
        return self._env.process(self._files.read(path, [block], client, most))

    def blocks(self, path: str) -> list[BlockView]:
        """Return where the blocks of a file are, in their order."""
        return self._files.blocks(path)

    def block_count(self, path: str) -> int:
        """Return how many blocks a file has; raises as `get`."""
        return len(self._files.readable(path).blocks)

    def scale(self, path: str) -> int:
        """Return how many bytes each real byte of a file stands for; raises as `get`."""
        blocks = self._files.readable(path).blocks
        return blocks[0].scale if blocks else 1

    def holders(self, path: str) -> tuple[str, ...]:
        """Return the nodes that hold some of a file, those that hold the most first."""
        counts: dict[str, int] = {}
        for block in self.blocks(path):
            for node in block.nodes:
                counts[node] = counts.get(node, 0) + block.size
        return tuple(sorted(counts, key=lambda node: (-counts[node], node)))

    def delete(self, path: str, recursive: bool = False) -> None:
        """Delete a file, or a directory with all in it where `recursive` is said.

        A write that is under way fails.
        """
        self._safe_mode.demand_off()
        for file in self.namespace.remove(path, recursive):
            file.deleted = True
            for block in file.blocks:
                self.manager.delete(block)
        self.manager.repairer.nodes_changed()  # there is room now

    # Names

    def rename(self, path: str, to: str) -> None:
        """Move a file or directory; see Namespace.rename."""
        self._safe_mode.demand_off()
        self.namespace.rename(path, to)

    def make_directory(self, path: str) -> None:
        """Make a directory and those above it."""
        self._safe_mode.demand_off()
        self.namespace.make_directory(path)

    def set_quota(self, path: str, names: int | None = None, space: int | None = None) -> None:
        """Limit the names in a directory, and the raw bytes of its files; see Namespace."""
        self._safe_mode.demand_off()
        self.namespace.set_quota(path, names, space)

    def entries(self, path: str = "/") -> list[Status]:
        """Return what is in a directory, or the one file, in the order of names."""
        entry = self.namespace.find(path)
        children = [entry] if isinstance(entry, File) else entry.children.values()
        return [_status(child) for child in sorted(children, key=lambda child: child.name)]

    def status(self, path: str) -> Status:
        """Return what is at a path."""
        return _status(self.namespace.find(path))

    # Nodes

    def fail(self, name: str, disk_lost: bool = False) -> None:
        """Let a node go down, for good with all on its disk where that is lost.

        The name node hears of it when the node's heartbeats have been missing for long enough.
        """
        node = self.cluster.node(name)
        if node.up or disk_lost:
            node.fail(disk_lost)
        if self.cluster.alive[name] and not self._heartbeats.awaited(name):
            self._heartbeats.silent(name)

    def revive(self, name: str) -> None:
        """Let a node come back; it reports what is on its disk. Nothing happens if it is up."""
        node = self.cluster.node(name)
        if node.up:
            return
        node.up = True
        self._heartbeats.heard(name)
        self._safe_mode.reported(name)
        self._scanner.returned(node)

    def rot(self, name: str, block: int, byte: int, bit: int = 0) -> None:
        """Flip one bit of the piece of a block on the disk of a node; nobody is told.

        Raises InputError where the node has no such block, or the piece no such byte.
        """
        node = self.cluster.node(name)
        piece = node.pieces.get(block)
        if piece is None or not 0 <= byte < len(piece.data) or not 0 <= bit < 8:
            sentence = _("{node} holds no bit {bit} of byte {byte} of block {block}")
            raise InputError(sentence.format(node=name, bit=bit, byte=byte, block=block))
        piece.flip(byte, bit)
        self._scanner.rotted(node, piece)

    def scan(self, name: str) -> Event:
        """Have a node read all it holds; the event fires with the numbers of rotten blocks."""
        return self._env.process(self._scanner.scan(self.cluster.node(name)))

    def decommission(self, name: str) -> Event:
        """Copy all that a node holds elsewhere; the event fires, with its name, when it may go."""
        self.cluster.node(name)
        return self.manager.decommission(name)

    def balance(self, threshold: Fraction = Fraction(1, 10)) -> Event:
        """Move pieces until no node is fuller or emptier than the mean by more than a threshold.

        The event fires with the bytes that were moved. A tenth is the default of HDFS's Balancer.
        """
        return self._env.process(self._balancer.run(threshold))

    def restart(self) -> Event:
        """Start the name node again; the event fires when it leaves safe mode."""
        return self._safe_mode.enter()

    @property
    def whole(self) -> bool:
        """Whether every block has all its pieces, and every node that is down is known to be."""
        silent = (
            self.cluster.alive[name] for name, node in self.cluster.nodes.items() if not node.up
        )
        return not self.manager.map.under and not any(silent)

    @property
    def safe(self) -> bool:
        """Whether the name node is in safe mode."""
        return self._safe_mode.on

    # Books

    def check(self) -> None:
        """Raise AuditError where the books do not fit each other, or what is on the disks."""
        audit(self.cluster, self.manager, self.namespace, self.settings)

    def paths(self) -> list[str]:
        """Return the paths of all files that have been written, in the order of directories."""
        return [path_of(file) for file in files_of(self.namespace.root) if file.complete]

    def lost(self) -> dict[str, list[int]]:
        """Return the blocks that cannot be read, by the files that they belong to."""
        gone = self.manager.map.lost
        files = files_of(self.namespace.root) if gone else ()
        found = {
            path_of(file): [block.number for block in file.blocks if block in gone]
            for file in files
        }
        return {path: blocks for path, blocks in found.items() if blocks}

    def report(self, trace: Trace) -> None:
        """Hand the totals to the trace; nothing where there never was a block."""
        for name, value in self.totals().items():
            trace.add_total(name, value)

    def totals(self) -> dict[str, int]:
        """Return the totals by the names of their metrics; none where there never was a block."""
        block_map = self.manager.map
        if not block_map.blocks and not self.counts.bytes_written:
            return {}
        totals = {
            "dfs.files": sum(1 for _file in files_of(self.namespace.root)),
            "dfs.blocks": len(block_map.blocks),
            "dfs.replicas": block_map.replicas,
            "dfs.bytes.stored": self.namespace.root.space,
            "dfs.under_replicated": len(block_map.under),
            "dfs.lost": len(block_map.lost),
        }
        return totals | self.counts.totals()


def _status(entry: Entry) -> Status:
    directory = isinstance(entry, Directory)
    files = list(files_of(entry))
    return Status(
        path_of(entry),
        directory,
        sum(file.size for file in files),
        entry.space,
        entry.names,
        all(file.complete for file in files),
    )
