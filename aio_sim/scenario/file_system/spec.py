"""What a scenario says of its distributed file system."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, MachineNames, Name, Number, Share, Size, Spec
from aio_sim.scenario.file_system.files import (
    MOST_REAL_BYTES,
    FilePath,
    FileSpec,
    RedundantSpec,
)
from aio_sim.scenario.file_system.steps import FileSystemStep
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import Throughput
from aio_sim.scenario.protection import KindName
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import Settings

PositiveDuration = Annotated[Duration, Field(gt=0)]

MOST_FILES: Final = 1_000_000


class HeartbeatSpec(Spec):
    """How the name node learns that a node is gone: `2 recheck + 10 interval` after its last beat.

    The names and defaults are those of HDFS.
    """

    interval: PositiveDuration = 3 * SECOND
    """How often a node reports (seconds); dfs.heartbeat.interval, 3s where absent."""
    recheck: PositiveDuration = 300 * SECOND
    """dfs.namenode.heartbeat.recheck-interval (seconds); 5min where absent."""


class RepairSpec(Spec):
    """How lost pieces are made again."""

    streams: Annotated[Count, Field(le=1000)] = 2
    """Repairs that a node is the source of at once."""
    urgent_streams: Annotated[Count, Field(le=1000)] = 4
    """The same, of blocks that one more loss would lose."""
    timeout: PositiveDuration = 300 * SECOND
    """After how long a repair that failed is tried again (seconds); 5min where absent."""
    attempts: Annotated[Count, Field(le=1000)] = 3
    """After so many failures it waits for a change among the nodes."""
    bandwidth: Throughput | None = None
    """The most that one repair sends, such as 1Gbps; what the network gives where absent."""


class SafeModeSpec(Spec):
    """What the name node waits for after its start."""

    threshold: Share = 0.999
    """The part of the blocks that must have been reported, 0 to 1."""
    extension: Duration = 30 * SECOND
    """How long it waits beyond that (seconds); 30s where absent."""


class DirectoryQuotaSpec(Spec):
    """What a directory may hold."""

    names: Count | None = None
    """Files and directories, itself included; no limit where absent."""
    space: Size | None = None
    """Raw bytes, copies and parity included; no limit where absent."""


class FileSystemSpec(RedundantSpec):
    """A distributed file system, HDFS in kind: a name node, and blocks on data nodes.

    Three copies of each block, where neither `replication` nor `reed_solomon` is given.
    """

    data_nodes: MachineNames | None = None
    """The hosts that hold data, or patterns; all that have a network card where absent."""
    name_node: Name | None = None
    """The host of the name node, which is down while that is; on none that fails where absent."""
    capacity: Annotated[Size, Field(gt=0)] | None = None
    """How much of its disk each data node gives; all of it where absent."""
    block_size: Annotated[Size, Field(gt=0)] = 128 * 2**20
    """How large a block is; of stripes, what a piece has of it. 128MiB where absent."""
    packet_size: Annotated[Size, Field(gt=0)] = 16 * 2**20
    """In what parts a block goes through a pipeline; 16MiB where absent."""
    heartbeat: HeartbeatSpec = Field(default_factory=HeartbeatSpec)
    """How the death of a node is noticed."""
    repair: RepairSpec = Field(default_factory=RepairSpec)
    """How lost pieces are made again."""
    scan_period: PositiveDuration = 504 * 3600 * SECOND
    """How often each block on a disk is read to see whether it has rotted (seconds); three weeks
    where absent."""
    safe_mode: SafeModeSpec = Field(default_factory=SafeModeSpec)
    """What the name node waits for after a restart."""
    balance_bandwidth: Throughput = 8 * 100 * 2**20
    """The most that one move of `balance` sends; 100 MiB a second where absent."""
    disks_lost: bool = False
    """Whether what is on the disk of a host that fails is gone."""
    quotas: dict[FilePath, DirectoryQuotaSpec] = Field(default_factory=dict)
    """What directories may hold, by path."""
    encryption: KindName | None = None
    """How files are protected on their way; as the links say where absent."""
    files: tuple[FileSpec, ...] = ()
    """The files: those that are there, and those that are written."""
    steps: tuple[FileSystemStep, ...] = ()
    """What is done to files and nodes."""

    @model_validator(mode="after")
    def _files_fit(self) -> Self:
        findings = Findings("file_system")
        count = sum(file.count for file in self.files)
        if count > MOST_FILES:
            sentence = _("{found:,} files in all, and at most {most:,} can be simulated")
            findings.say(sentence.format(found=count, most=MOST_FILES), "files")
        real = sum(file.count * file.real_bytes for file in self.files)
        if real > MOST_REAL_BYTES:
            sentence = _("{real} real bytes in all, and at most {most} are; give files a `scale`")
            told = sentence.format(real=format_size(real), most=format_size(MOST_REAL_BYTES))
            findings.say(told, "files")
        if count <= MOST_FILES:
            self._check_paths(findings)
        findings.raise_any()
        return self

    def _check_paths(self, findings: Findings) -> None:
        taken: set[str] = set()
        for at, file in enumerate(self.files):
            if twice := taken.intersection(file.paths):
                sentence = _("there is already a file {path}").format(path=min(twice))
                findings.say(sentence, "files", at, "path", value=file.path)
            taken.update(file.paths)

    def settings(self) -> Settings:
        """Return the constants that the file system is made with."""
        from aio_sim.distributed.file_system import Copies, Settings

        return Settings(
            redundancy=self.redundancy() or Copies(),
            block_size=self.block_size,
            packet_size=self.packet_size,
            heartbeat=self.heartbeat.interval,
            recheck=self.heartbeat.recheck,
            streams=self.repair.streams,
            urgent_streams=max(self.repair.urgent_streams, self.repair.streams),
            repair_timeout=self.repair.timeout,
            repair_attempts=self.repair.attempts,
            repair_rate=self.repair.bandwidth,
            scan_period=self.scan_period,
            safe_threshold=_exact(self.safe_mode.threshold),
            safe_extension=self.safe_mode.extension,
            balance_rate=self.balance_bandwidth,
        )


def _exact(number: Number) -> Fraction:
    return Fraction(repr(number))
