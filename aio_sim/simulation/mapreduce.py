"""Wires the MapReduce of a scenario: its jobs run on the hosts, whose answers are real."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from simpy.events import Event

from aio_sim.distributed.file_system import DistributedFileSystem
from aio_sim.distributed.mapreduce.backups import BACKUPS
from aio_sim.distributed.mapreduce.counters import FunctionFailed, Outcome
from aio_sim.distributed.mapreduce.engine import MapReduce, splits_of
from aio_sim.distributed.mapreduce.functions import Functions
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import Runner, TaskFailed
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.kernel.messages import _
from aio_sim.scenario.mapreduce import JobSpec, MapReduceSpec
from aio_sim.scenario.mapreduce_references import master_of, task_nodes
from aio_sim.scenario.wiring import Wiring
from aio_sim.simulation.part import Part, Totals

if TYPE_CHECKING:
    from aio_sim.simulation.ground import Ground

MOST_NAMED: Final = 100
"""Up to so many jobs, each is told of by its name too."""
MOST_SKIPPED: Final = 5
"""So many records that a job left out are told, the others counted."""

_SCALED: Final = ("records", "bytes", "groups", "comparisons")
"""How counters end that grow with the input."""

Story = Generator[Event, Any, None]


@dataclass
class JobRun:
    """One job of a run: what it reads, and what came of it."""

    spec: JobSpec
    runner: Runner
    paths: list[str]
    """Where its inputs are in the file system."""
    scale: int = 1
    outcome: Outcome | None = None
    failure: str = ""
    """Why it came to no end, "" where it did or still runs."""
    raised: bool = False
    """Whether it was its own functions that failed."""


@dataclass(frozen=True)
class MapReduceRun:
    """The jobs of a run, and what runs them."""

    ground: Ground
    spec: MapReduceSpec
    files: DistributedFileSystem
    engine: MapReduce
    workers: tuple[str, ...]
    jobs: dict[str, JobRun] = field(default_factory=dict)
    """By name."""

    def add(self, name: str, spec: JobSpec) -> None:
        """Have the input of a job in the file system, and let it begin at its time."""
        paths = []
        for number, each in enumerate(spec.inputs):
            path = each.file or f"/mapreduce/{name}/{number}/{each.called}"
            if each.file is None:
                self.files.install(path, each.content(spec.scale), scale=spec.scale)
            paths.append(path)
        self.jobs[name] = job = JobRun(spec, _runner(spec), paths)
        self.ground.ending.story(self._story(name, job))

    def _story(self, name: str, job: JobRun) -> Story:
        spec, ground = job.spec, self.ground
        if spec.at:
            yield ground.env.timeout(spec.at)
        random = ground.streams.stream(f"mapreduce.{name}.stragglers")
        try:
            job.scale = self._scale(job)
            job.outcome = yield self.engine.run(
                job.runner,
                self._splits(job),
                self._settings(job),
                name=name,
                backups=BACKUPS[spec.backups](),
                slowdown=spec.stragglers.build().drawing(random),
            )
        except AioSimError as error:  # of the job, or of the files that it reads
            job.failure = str(error)
            job.raised = isinstance(error, FunctionFailed | TaskFailed)
        finally:
            job.runner.close()

    def _scale(self, job: JobRun) -> int:
        scales = {self.files.scale(path) for path in job.paths}
        if len(scales) > 1:
            raise InputError(_("the bytes of its inputs do not stand for equally many"))
        return scales.pop()

    def _splits(self, job: JobRun) -> list[Split]:
        named = zip(job.paths, job.spec.inputs, strict=True)
        return [
            split
            for path, each in named
            for split in splits_of(self.files, path, each.called, job.scale)
        ]

    def _settings(self, job: JobRun) -> Settings:
        spec = job.spec
        return Settings(
            reducers=spec.reducers or len(self.workers),
            encoding=spec.encoding,
            attempts=spec.attempts,
            skip_bad_records=spec.skip_bad_records,
            node_timeout=self.spec.node_timeout,
            locality=spec.locality,
            locality_delay=spec.locality_delay,
            slot_memory=self.spec.slot_memory,
            replicas=spec.replication,
            scale=job.scale,
        )

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            failed=lambda name: self.engine.fail(name) if name in self.workers else None,
            repaired=lambda name: self.engine.repair(name) if name in self.workers else None,
            check=self.engine.check,
            close=self._close,
            totals=self._totals,
            meta=self._meta,
        )

    def _close(self) -> None:
        self.engine.close()
        for job in self.jobs.values():
            job.runner.close()

    def _totals(self) -> Totals:
        done = {name: job.outcome for name, job in self.jobs.items() if job.outcome is not None}
        times = [outcome.seconds for outcome in done.values()]
        totals: dict[str, int | float] = {
            "mapreduce.jobs": len(self.jobs),
            "mapreduce.completed": len(done),
            "mapreduce.failed": sum(1 for job in self.jobs.values() if job.failure),
        }
        if not done:
            return totals
        totals |= {"mapreduce.time.mean": sum(times) / len(times), "mapreduce.time.max": max(times)}
        for name, outcome in done.items():
            for counter, count in _counters(outcome, self.jobs[name].scale).items():
                totals[counter] = totals.get(counter, 0) + count
            if len(self.jobs) <= MOST_NAMED:
                totals[f"mapreduce.{name}.time"] = outcome.seconds
        return totals

    def _meta(self) -> Mapping[str, Any]:
        return {"mapreduce": {name: _told(job) for name, job in self.jobs.items()}}


def mapreduce_part(ground: Ground, spec: MapReduceSpec, files: DistributedFileSystem) -> Part:
    """Make the jobs of a scenario, which then run on its file system."""
    assert ground.transport is not None  # for a file system is on hosts that have a network
    wiring = Wiring(ground.scenario.hosts, ground.scenario.network)
    names = task_nodes(spec, files.cluster.names, wiring)
    master = master_of(spec, ground.scenario.failures, wiring)
    assert master is not None
    engine = MapReduce(
        ground.env,
        ground.transport,
        files,
        ground.manager,
        _workers(ground, spec, names, wiring),
        master,
        number=ground.number,
        trace=ground.trace,
    )
    run = MapReduceRun(ground, spec, files, engine, tuple(names))
    for name, job in spec.named.items():
        run.add(name, job)
    return run.part


def _workers(ground: Ground, spec: MapReduceSpec, names: list[str], wiring: Wiring) -> list[Worker]:
    numbers = {host.name: number for number, host in enumerate(ground.hosts)}
    hosts = {host.name: host for host in ground.hosts}
    return [
        Worker(
            name,
            numbers[name],
            hosts[name].cpu,
            spec.slots or hosts[name].cores,
            wiring.rack_of.get(name, ""),
            hosts[name].disk,
        )
        for name in names
    ]


def _runner(spec: JobSpec) -> Runner:
    """Return what runs the functions: a shipped job's here, a user's in a process of their own."""
    if spec.source.file is None:
        return Functions(spec.source.load())
    from aio_sim.distributed.mapreduce.sandbox import Sandbox

    return Sandbox(spec.source)


def _counters(outcome: Outcome, scale: int) -> dict[str, int]:
    """Return the counters of a job by metric name, records and bytes as what they stand for."""
    return {
        f"mapreduce.{name}": count * (scale if name.endswith(_SCALED) else 1)
        for name, count in outcome.counters.as_json().items()
    }


def _told(job: JobRun) -> dict[str, Any]:
    """Return what became of a job: its output by its checksum, its counters as of real bytes."""
    told: dict[str, Any] = {"job": job.spec.job}
    if job.outcome is None:
        told |= {"failure": job.failure or _("it had not ended")}
        return told | ({"raised": True} if job.raised else {})
    output = b"".join(job.outcome.lines)
    told |= {
        "time": job.outcome.seconds,
        "pairs": len(job.outcome.lines),
        "sha256": sha256(output).hexdigest(),
        "counters": job.outcome.counters.as_json(),
    }
    if skipped := job.outcome.counters.skipped:
        told["skipped"] = [str(failure) for failure in skipped[:MOST_SKIPPED]]
    return told
