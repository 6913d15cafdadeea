"""The constants of a distributed file system; those of HDFS where nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from aio_sim.distributed.file_system.redundancy import Copies, Redundancy
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True)
class Settings:
    """Sizes are bytes, times nanoseconds, rates bits a second.

    Names of HDFS are those of hdfs-default.xml and DFSConfigKeys, Hadoop 3.3.
    """

    redundancy: Redundancy = field(default_factory=Copies)
    """dfs.replication: 3."""
    block_size: int = 128 * 2**20
    """dfs.blocksize. A striped block has so many bytes a node of data."""
    packet_size: int = 16 * 2**20
    """What overlaps in a pipeline. dfs.client-write-packet-size is 64 KiB; assumption: trains of
    256 of them, which lengthen a pipeline of three by at most two trains a block."""
    heartbeat: int = 3 * SECOND
    """dfs.heartbeat.interval."""
    recheck: int = 300 * SECOND
    """dfs.namenode.heartbeat.recheck-interval."""
    streams: int = 2
    """dfs.namenode.replication.max-streams: repairs that a node is the source of at once."""
    urgent_streams: int = 4
    """dfs.namenode.replication.max-streams-hard-limit: the same, with the most urgent ones."""
    repair_timeout: int = 300 * SECOND
    """dfs.namenode.reconstruction.pending.timeout-sec: a repair that failed is tried again."""
    repair_attempts: int = 3
    """After so many failures it waits for a change among the nodes (assumption)."""
    repair_rate: int | None = None
    """The most that one repair takes of the network; HDFS sets no limit."""
    write_retries: int = 3
    """dfs.client.block.write.retries."""
    scan_period: int = 504 * 3600 * SECOND
    """dfs.datanode.scan.period.hours: every replica is read so often, to find what has rotted."""
    safe_threshold: Fraction = Fraction(999, 1000)
    """dfs.namenode.safemode.threshold-pct: the part of the blocks that must have been reported."""
    safe_extension: int = 30 * SECOND
    """dfs.namenode.safemode.extension."""
    balance_rate: int = 8 * 100 * 2**20
    """dfs.datanode.balance.bandwidthPerSec: 100 MiB/s a move."""

    def __post_init__(self) -> None:
        for name in ("block_size", "packet_size", "heartbeat", "streams", "scan_period"):
            if getattr(self, name) < 1:
                sentence = _("{name} must be 1 or more, got {value}")
                raise InputError(sentence.format(name=name, value=getattr(self, name)))

    @property
    def expiry(self) -> int:
        """Nanoseconds after its last heartbeat when a node is dead: 10.5 minutes by default.

        2 recheck + 10 heartbeat: DatanodeManager.heartbeatExpireInterval of HDFS.
        """
        return 2 * self.recheck + 10 * self.heartbeat
