"""The engines of `aio-sim mapreduce`."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from aio_sim.cli.errors import say
from aio_sim.cli.mapreduce_options import Engine
from aio_sim.distributed.mapreduce.counters import Outcome
from aio_sim.distributed.mapreduce.inputs import file_splits
from aio_sim.distributed.mapreduce.runner import Runner
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.cli.mapreduce import Request
    from aio_sim.distributed.mapreduce.cluster import Cluster


def run_job(request: Request) -> Outcome:
    """Run a job by the engine that was asked for. Raises JobFailed, TaskFailed or InputError."""
    if request.engine is Engine.SIMULATED:
        return _simulated(request)
    from aio_sim.distributed.mapreduce.crew import local_crew, run_rounds

    if request.failures:
        say(_("note: --fail concerns the engine simulated alone"))
    splits = file_splits(request.files, request.block_size)
    source, settings, limits = request.source, request.settings, request.limits
    if request.engine is Engine.DASK:
        from aio_sim.distributed.mapreduce.dask_runner import dask_crew

        with dask_crew(source, request.address, settings, limits) as crew:
            return run_rounds(crew, splits, settings)
    with local_crew(source, request.workers or os.cpu_count() or 1, settings, limits) as crew:
        return run_rounds(crew, splits, settings)


def _simulated(request: Request) -> Outcome:
    cluster = _cluster(request)
    for failure in request.failures:
        cluster.fail_at(failure.node, failure.time)
    request.written += cluster.install(request.files)
    runner = _runner(request)
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            outcome = cluster.run(runner, cluster.splits(request.files), request.settings)
    finally:
        runner.close()
    for failure in request.failures:
        if failure.time / SECOND > outcome.seconds:
            sentence = _("note: the job had ended after {seconds:.3f} s, before {node} failed")
            say(sentence.format(seconds=outcome.seconds, node=failure.node))
    return outcome


def _cluster(request: Request) -> Cluster:
    from aio_sim.distributed.mapreduce.backups import BACKUPS
    from aio_sim.distributed.mapreduce.cluster import Cluster, ClusterSpec
    from aio_sim.distributed.mapreduce.stragglers import Stragglers

    spec = ClusterSpec(
        nodes=request.nodes,
        racks=min(request.racks, request.nodes),
        block_size=request.block_size,
        replication=request.replication,
    )
    backups = BACKUPS[request.backups.value]()
    return Cluster(spec, request.seed, backups=backups, stragglers=Stragglers(request.stragglers))


def _runner(request: Request) -> Runner:
    """Return what runs the job: a shipped one here, a user's own in a process of its own."""
    if request.source.file is None:
        from aio_sim.distributed.mapreduce.functions import Functions

        return Functions(request.source.load())
    from aio_sim.distributed.mapreduce.sandbox import Sandbox

    return Sandbox(request.source, request.limits)
