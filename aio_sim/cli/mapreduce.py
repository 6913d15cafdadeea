"""`aio-sim mapreduce`: run a job for real, on a simulated cluster, all local cores, or Dask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aio_sim.cli.errors import say
from aio_sim.cli.lab_options import Force, Output
from aio_sim.cli.mapreduce_options import (
    BackupKind,
    Backups,
    BlockSize,
    DaskAddress,
    Delay,
    Encoding,
    Engine,
    Failures,
    Inputs,
    JobName,
    MemoryLimit,
    NodeFailure,
    Nodes,
    Parameters,
    Racks,
    Reducers,
    Replication,
    RunSeed,
    Skip,
    StragglerChance,
    TimeLimit,
    Workers,
)
from aio_sim.cli.options import Json
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import Written
    from aio_sim.distributed.mapreduce.counters import Outcome
    from aio_sim.distributed.mapreduce.inputs import InputFile
    from aio_sim.distributed.mapreduce.limits import Limits
    from aio_sim.distributed.mapreduce.settings import Settings
    from aio_sim.distributed.mapreduce.source import JobSource


@dataclass
class Request:
    """What was asked for, as the engines take it."""

    source: JobSource
    files: list[InputFile]
    settings: Settings
    limits: Limits
    engine: Engine
    seed: int
    block_size: int
    nodes: int
    racks: int
    replication: int
    failures: list[NodeFailure]
    stragglers: float
    backups: Backups
    workers: int | None
    address: str | None
    written: list[Written] = field(default_factory=list)
    """What was achieved of the replication, once there is a cluster."""


def mapreduce(
    job: JobName,
    inputs: Inputs,
    nodes: Nodes = 8,
    replication: Replication = 3,
    fail: Failures = None,
    output: Output = None,
    force: Force = False,
    json: Json = False,
    encoding: Encoding = "utf-8",
    engine: Engine = Engine.SIMULATED,
    seed: RunSeed = 0,
    reducers: Reducers = None,
    racks: Racks = 1,
    block_size: BlockSize = None,
    backups: BackupKind = Backups.NEAR_END,
    stragglers: StragglerChance = 0.0,
    locality_delay: Delay = "0s",
    skip_bad_records: Skip = False,
    parameter: Parameters = None,
    workers: Workers = None,
    dask: DaskAddress = None,
    memory: MemoryLimit = "2GiB",
    time_limit: TimeLimit = "60s",
) -> None:
    """Run a MapReduce job over files, on nodes that may fail.

    JOB is a shipped one (wordcount, inverted-index, sort, log-percentiles, pagerank, kmeans) or a
    file that defines map(key, value) and reduce(key, values). The output is one JSON pair a line.
    """
    from aio_sim.cli.lab_files import write
    from aio_sim.cli.mapreduce_options import block_size_of, failures_of, parameters_of
    from aio_sim.distributed.mapreduce.cluster import ClusterSpec
    from aio_sim.distributed.mapreduce.inputs import input_files
    from aio_sim.distributed.mapreduce.source import find_job

    files = input_files(inputs)
    slots = nodes * ClusterSpec.cores
    request = Request(
        find_job(job, parameters_of(parameter or ())),
        files,
        _settings(
            reducers or nodes, encoding, locality_delay, skip_bad_records, min(replication, nodes)
        ),
        _limits(memory, time_limit),
        engine,
        seed,
        block_size_of(block_size, sum(file.size for file in files), slots),
        nodes,
        racks,
        replication,
        failures_of(fail or ()),
        stragglers,
        backups,
        workers,
        dask,
    )
    outcomes: list[Outcome] = []
    target = output or (None if json else "-")
    # The file is begun first, so that what stands in the way is known before all is computed.
    write(_lines(request, outcomes), target, force)
    _tell(request, outcomes[0], target, json)


def _settings(reducers: int, encoding: str, delay: str, skip: bool, replicas: int) -> Settings:
    from aio_sim.distributed.mapreduce.records import check_encoding
    from aio_sim.distributed.mapreduce.settings import Settings
    from aio_sim.kernel.units import parse_duration

    return Settings(
        reducers=reducers,
        encoding=check_encoding(encoding),
        locality_delay=parse_duration(delay),
        skip_bad_records=skip,
        replicas=replicas,
    )


def _limits(memory: str, time: str) -> Limits:
    from aio_sim.distributed.mapreduce.limits import Limits
    from aio_sim.kernel.environment import SECOND
    from aio_sim.kernel.errors import InputError
    from aio_sim.kernel.units import parse_duration, parse_size

    limits = Limits(parse_size(memory), parse_duration(time) / SECOND)
    if limits.memory <= 0 or limits.time <= 0:
        raise InputError(_("--memory and --time-limit must be above 0"))
    return limits


def _lines(request: Request, outcomes: list[Outcome]) -> Iterator[bytes]:
    """Run the job, and yield the lines of its output."""
    from aio_sim.cli.mapreduce_engines import run_job

    outcome = run_job(request)
    outcomes.append(outcome)
    yield from outcome.lines


def _tell(request: Request, outcome: Outcome, target: str | None, json: bool) -> None:
    for written in request.written:
        if written.shortfall:
            say(_("warning: {shortfall}").format(shortfall=_shortfall(request, written)))
    for failure in outcome.counters.skipped:
        say(_("skipped: {failure}").format(failure=failure))
    if json:
        from json import dumps

        print(dumps(_report(request, outcome, target), ensure_ascii=False, indent=2))
    elif target == "-":
        say(_summary(request, outcome))
    else:
        print(_summary(request, outcome))


def _shortfall(request: Request, written: Written) -> str:
    sentence = _("replication {wanted} was asked for, {achieved} was achieved on {nodes} nodes")
    return sentence.format(wanted=written.wanted, achieved=written.achieved, nodes=request.nodes)


def _report(request: Request, outcome: Outcome, target: str | None) -> dict[str, Any]:
    achieved = min((written.achieved for written in request.written), default=None)
    return {
        "schema": "aio-sim/mapreduce/v1",
        "job": request.source.name,
        "engine": request.engine.value,
        "seed": request.seed,
        "inputs": [file.name for file in request.files],
        "nodes": request.nodes,
        "replication": {"wanted": request.replication, "achieved": achieved},
        "seconds": outcome.seconds,
        "pairs": len(outcome.lines),
        "counters": outcome.counters.as_json(),
        "skipped": [str(failure) for failure in outcome.counters.skipped],
        "output": target,
    }


def _summary(request: Request, outcome: Outcome) -> str:
    tally = outcome.counters.tally
    kinds = {
        Engine.SIMULATED: _("simulated seconds on {nodes} nodes").format(nodes=request.nodes),
        Engine.LOCAL: _("real seconds on local cores"),
        Engine.DASK: _("real seconds on a Dask cluster"),
    }
    first = _("{job}: {pairs} pairs in {seconds:.3f} {kind}").format(
        job=request.source.name,
        pairs=len(outcome.lines),
        seconds=outcome.seconds,
        kind=kinds[request.engine],
    )
    tasks = _("{maps} maps, {reduces} reduces; {again} re-executed, {backups} backups").format(
        maps=tally.maps, reduces=tally.reduces, again=tally.reexecuted, backups=tally.backups
    )
    return f"{first}\n{tasks}"
