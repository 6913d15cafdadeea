"""MapReduce on a simulated cluster: real answers, simulated time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from itertools import count
from json import dumps
from typing import Any

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system import DistributedFileSystem
from aio_sim.distributed.mapreduce.attempt import DONE, FAILED, UNDER_WAY
from aio_sim.distributed.mapreduce.backups import BackupPolicy, NearTheEnd
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.counters import JobCounters, JobFailed, Outcome, never_ends
from aio_sim.distributed.mapreduce.inputs import beginning, sampled
from aio_sim.distributed.mapreduce.map_attempt import read_blocks
from aio_sim.distributed.mapreduce.master import Master
from aio_sim.distributed.mapreduce.output import in_order
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.reduce_attempt import discard
from aio_sim.distributed.mapreduce.runner import Runner
from aio_sim.distributed.mapreduce.settings import Settings, map_work
from aio_sim.distributed.mapreduce.site import Site
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace
from aio_sim.resources.manager import ResourceManager


class MapReduce:
    """Runs jobs on workers: hosts of a resource manager and, most of them, data nodes.

    `home` is the host of the network where masters run; it does not fail. `slowdown` draws by how
    much the CPU time of an attempt is longer: 1 where it is not. `number` gives a process of that
    name its number; they are counted where it is not given.
    """

    def __init__(
        self,
        env: Environment,
        network: Network,
        files: DistributedFileSystem,
        manager: ResourceManager,
        workers: Sequence[Worker],
        home: str,
        *,
        costs: Costs | None = None,
        backups: BackupPolicy | None = None,
        slowdown: Callable[[], float] = lambda: 1.0,
        number: Callable[[str], int] | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._env = env
        self._network = network
        self._files = files
        self._manager = manager
        self._workers = {worker.name: worker for worker in workers}
        self._home = home
        self._costs = costs or Costs()
        self._backups = backups or NearTheEnd()
        self._slowdown = slowdown
        self._trace = trace
        self._masters: dict[Master, None] = {}
        self._under_way: dict[str, tuple[Site, int]] = {}
        """The jobs that run, by their folders, and when they began."""
        counted, self._jobs = count(), count()
        self._number = number or (lambda _name: next(counted))

    def run(
        self,
        runner: Runner,
        splits: Sequence[Split],
        settings: Settings,
        *,
        name: str = "job",
        backups: BackupPolicy | None = None,
        slowdown: Callable[[], float] | None = None,
    ) -> Event:
        """Run a job over splits of the file system; the event fires with an Outcome.

        `backups` and `slowdown` are those of all jobs where they are not given. It fails with
        JobFailed, TaskFailed, or BlocksLost where not even a sample of the input can be read.
        """
        site = Site(
            name,
            self._env,
            self._files,
            self._network,
            runner,
            settings,
            self._costs,
            slowdown or self._slowdown,
            f"/_mapreduce/job-{next(self._jobs)}",
            self._home,
            self._number,
            self._trace,
        )
        return self._env.process(self._story(site, list(splits), backups or self._backups))

    def fail(self, name: str) -> None:
        """Let a node go down, with what runs there and what is on its disk.

        Raises UnknownName where there is no such node.
        """
        worker = self._worker(name)
        if not worker.up:
            return
        if name in self._files.cluster.nodes:
            self._files.fail(name)
        worker.fail()
        for master in self._masters:
            master.silent(worker)

    def repair(self, name: str) -> None:
        """Let a node take tasks again; it has forgotten all that it did, and is as a new one.

        Raises UnknownName where there is no such node.
        """
        before = self._worker(name)
        if before.up:
            return
        self._workers[name] = worker = before.again()
        for master in self._masters:
            master.joined(before, worker)

    def check(self) -> None:
        """Audit the books of the jobs that run; AuditError where they do not add up."""
        for master in self._masters:
            master.check()

    def close(self) -> None:
        """End all jobs where they are, and give back what was lent to them."""
        for master in list(self._masters):
            master.close()
        for site, began in self._under_way.values():
            site.note_job(began, UNDER_WAY)
        self._under_way.clear()  # what is left of their stories ends with the environment

    def _worker(self, name: str) -> Worker:
        try:
            return self._workers[name]
        except KeyError:
            raise UnknownName(_("node"), name, self._workers) from None

    def _story(
        self, site: Site, splits: list[Split], backups: BackupPolicy
    ) -> Generator[Event, Any, Outcome]:
        began, counters = self._env.now, JobCounters()
        self._under_way[site.folder] = site, began
        outcome = FAILED
        try:
            parts = yield from self._rounds(site, splits, backups, counters)
            outcome = DONE
        finally:
            if self._under_way.pop(site.folder, None) is not None:
                site.note_job(began, outcome)
                discard(self._files, site.folder)
        seconds = (self._env.now - began) / SECOND
        return Outcome(in_order(parts), counters, seconds)

    def _rounds(
        self, site: Site, splits: list[Split], backups: BackupPolicy, counters: JobCounters
    ) -> Generator[Event, Any, list[bytes]]:
        """Run rounds until the job wants no more; return the output of the last."""
        runner = site.runner
        if runner.prepares:
            yield from self._publish(runner, (yield from self._first_state(site, splits)))
        while True:
            counters.rounds += 1
            here = replace(site, folder=f"{site.folder}/round-{counters.rounds}")
            parts = yield from self._round(here, splits, backups, counters)
            state = runner.again(parts) if runner.repeats else None
            if state is None:
                return parts
            if counters.rounds >= site.settings.rounds:
                raise JobFailed(never_ends(site.settings.rounds))
            discard(self._files, here.folder)
            yield from self._publish(runner, state)

    def _round(
        self, site: Site, splits: list[Split], backups: BackupPolicy, counters: JobCounters
    ) -> Generator[Event, Any, list[bytes]]:
        workers = list(self._workers.values())
        master = Master(site, self._manager, workers, splits, backups, counters)
        self._masters[master] = None
        try:
            return (yield from master.run())
        finally:
            del self._masters[master]

    def _first_state(self, site: Site, splits: list[Split]) -> Generator[Event, Any, Any]:
        """Return the state that the job makes of a sample, which the master reads."""
        chosen, sample = sampled(splits), []
        for split in chosen:
            data = yield from read_blocks(self._files, split, self._home)
            sample.append(beginning(split, data, len(chosen)))
        return site.runner.prepare(sample, map_work(Split("", "", 0, 0), site.settings))

    def _publish(self, runner: Runner, state: Any) -> Generator[Event, Any, None]:
        """Send a state to all nodes, as Hadoop's distributed cache does, and have it seen."""
        state_text = dumps(state).encode()
        names = [worker.name for worker in self._workers.values() if worker.up]
        yield AllOf(self._env, [self._env.process(self._send(name, state_text)) for name in names])
        runner.set_state(state)

    def _send(self, name: str, state: bytes) -> Generator[Event, Any, None]:
        """Send a state to a node, if it is there; tasks on one that comes later bring it along."""
        try:
            yield self._network.transfer(
                self._home, name, len(state), name="job state", content=state
            ).done
        except TransferFailed:
            return


def splits_of(files: DistributedFileSystem, path: str, name: str, scale: int = 1) -> list[Split]:
    """Return a split a block of a file, called `name` in keys, with the nodes that hold it.

    `scale` is what each real byte of the file stands for, as it was put there.
    """
    splits = []
    for index, view in enumerate(files.blocks(path)):
        start, size = view.offset // scale, view.size // scale
        splits.append(Split(name, path, start, start + size, (index,), view.nodes))
    return splits
