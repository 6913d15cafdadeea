"""A cluster for a job of its own: nodes in racks, a file system on them, and a host for masters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Final

from aio_sim.distributed.file_system import Copies, DataNode, DistributedFileSystem, Written
from aio_sim.distributed.file_system import Settings as FileSettings
from aio_sim.distributed.mapreduce.backups import BACKUPS, BackupPolicy
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.counters import Outcome
from aio_sim.distributed.mapreduce.engine import MapReduce, splits_of
from aio_sim.distributed.mapreduce.inputs import InputFile
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import Runner
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.stragglers import Stragglers
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.hardware.device import Disk
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import WAKE_UP, Environment, Timer
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies import ProcessorSharing

HOME: Final = "master"
"""The host of the masters, and of whoever asked for the job."""

_CORE: Final = "core"


@dataclass(frozen=True)
class ClusterSpec:
    """Nodes node-0, node-1, ... that are alike. Sizes are bytes, times nanoseconds.

    Cores, memory and the gigabit are those of Dean & Ghemawat 2004, 5.1; what its disks do is not
    said there, and is an assumption.
    """

    nodes: int = 8
    racks: int = 1
    cores: int = 2
    memory: int = 4 * 2**30
    bandwidth: int = 10**9
    """Bits a second of the link of each node."""
    oversubscription: int = 4
    """The links of a rack's nodes over that of the rack (assumption)."""
    disk_rate: int = 100 * 10**6
    """Bytes a second, read or written (assumption: a hard disk)."""
    disk_latency: int = 8 * 10**6
    """What a disk takes to find a place (assumption: 8 ms)."""
    disk_size: int = 160 * 10**9
    block_size: int = 128 * 2**20
    replication: int = 3

    def __post_init__(self) -> None:
        for name in ("nodes", "racks", "cores", "block_size", "replication"):
            if getattr(self, name) < 1:
                sentence = _("{name} must be 1 or more, got {value}")
                raise InputError(sentence.format(name=name, value=getattr(self, name)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the nodes."""
        return tuple(f"node-{number}" for number in range(self.nodes))

    def rack(self, number: int) -> str:
        """Return the rack of a node; nodes are dealt out in turn."""
        return f"rack-{number % self.racks}"


class Cluster:
    """A simulated cluster with nothing else to do. One seed fixes all that happens on it."""

    def __init__(
        self,
        spec: ClusterSpec,
        seed: int = 0,
        *,
        costs: Costs | None = None,
        backups: BackupPolicy | None = None,
        stragglers: Stragglers | None = None,
        slow: Sequence[tuple[str, Fraction]] = (),
        trace: Trace | None = None,
    ) -> None:
        self.spec = spec
        self.env = env = Environment()
        self._trace = trace or Trace()
        streams = RandomStreams(seed)
        network = Network(env, _topology(spec), trace)
        disks = [_disk(env, spec) for _name in spec.names]
        self.files = DistributedFileSystem(
            env, network, self._data_nodes(disks), streams.stream("dfs"), _file_settings(spec)
        )
        capacities = [Capacity(name, spec.cores, spec.memory) for name in spec.names]
        self.manager = ResourceManager(env, capacities, streams=streams)
        self.workers = self._workers(disks, dict(slow))
        slowdown = (stragglers or Stragglers()).drawing(streams.stream("mapreduce.stragglers"))
        self.mapreduce = MapReduce(
            env,
            network,
            self.files,
            self.manager,
            self.workers,
            HOME,
            costs=costs,
            backups=backups or BACKUPS["near-end"](),
            slowdown=slowdown,
            trace=trace,
        )

    def install(self, files: Sequence[InputFile], scale: int = 1) -> list[Written]:
        """Have input files in the file system, as if they had been written before."""
        return [
            self.files.install(_path(number, file), file.path, redundancy=self._copies, scale=scale)
            for number, file in enumerate(files)
        ]

    def splits(self, files: Sequence[InputFile], scale: int = 1) -> list[Split]:
        """Return the splits of installed files."""
        named = enumerate(files)
        return [
            split
            for number, file in named
            for split in splits_of(self.files, _path(number, file), file.name, scale)
        ]

    def fail_at(self, name: str, time: int) -> None:
        """Let a node go down at an instant; UnknownName where there is none of that name."""
        if name not in self.spec.names:
            raise UnknownName(_("node"), name, self.spec.names)
        Timer(self.env, partial(self.mapreduce.fail, name), WAKE_UP).set(time)

    def run(self, runner: Runner, splits: Sequence[Split], settings: Settings) -> Outcome:
        """Run a job to its end; raises JobFailed or TaskFailed."""
        outcome: Any = self.env.run(self.mapreduce.run(runner, splits, settings))
        self.manager.check_returned()
        assert isinstance(outcome, Outcome)
        return outcome

    @property
    def _copies(self) -> Copies:
        return Copies(self.spec.replication)

    def _data_nodes(self, disks: Sequence[Disk]) -> list[DataNode]:
        spec = self.spec
        return [
            DataNode(name, spec.rack(number), spec.disk_size, disk)
            for number, (name, disk) in enumerate(zip(spec.names, disks, strict=True))
        ]

    def _workers(self, disks: Sequence[Disk], slow: dict[str, Fraction]) -> list[Worker]:
        spec, workers = self.spec, []
        for number, (name, disk) in enumerate(zip(spec.names, disks, strict=True)):
            speed = slow.get(name, Fraction(1))
            cpu = Cpu(self.env, self._trace, name, spec.cores, ProcessorSharing(), speed=speed)
            workers.append(Worker(name, number, cpu, spec.cores, spec.rack(number), disk))
        return workers


def _path(number: int, file: InputFile) -> str:
    return f"/input/{number}/{file.path.name}"


def _disk(env: Environment, spec: ClusterSpec) -> Disk:
    return Disk(env, spec.disk_size, spec.disk_rate, spec.disk_rate, spec.disk_latency)


def _file_settings(spec: ClusterSpec) -> FileSettings:
    return FileSettings(redundancy=Copies(spec.replication), block_size=spec.block_size)


def _topology(spec: ClusterSpec) -> Topology:
    """Return a tree: nodes below the switches of their racks, those and the master below one."""
    numbers = range(spec.racks)
    uplink = max(spec.bandwidth * spec.nodes // spec.racks // spec.oversubscription, 1)
    if spec.racks == 1:
        uplink = spec.bandwidth * spec.nodes
    links = [
        Link(f"{name}-up", (name, spec.rack(number)), spec.bandwidth)
        for number, name in enumerate(spec.names)
    ]
    links += [Link(f"rack-{number}-up", (f"rack-{number}", _CORE), uplink) for number in numbers]
    links.append(Link(f"{HOME}-up", (HOME, _CORE), spec.bandwidth))
    switches = (Switch(_CORE), *(Switch(f"rack-{number}") for number in numbers))
    return Topology((*spec.names, HOME), switches, tuple(links))
