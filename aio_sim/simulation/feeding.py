"""Lets the workloads of a scenario feed its dispatcher, and the run end with their last task."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from aio_sim.distributed.arrivals import Arrivals, block_processes
from aio_sim.distributed.closed_users import ClosedUsers
from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Status, Trace
from aio_sim.resources.manager import ResourceManager
from aio_sim.scenario import Scenario
from aio_sim.scenario.workloads import ClosedWorkload, OpenWorkload, TaskSource
from aio_sim.scheduling.process import Process

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def feed(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    dispatcher: Dispatcher,
    manager: ResourceManager,
) -> list[TaskSource]:
    """Let the workloads feed the dispatcher, and the run end with the last of their tasks."""
    number = count().__next__
    opened: list[TaskSource] = []
    feeds: list[tuple[int, Iterator[TaskBlock]]] = []
    closed: dict[int, ClosedUsers] = {}
    for spec, label in zip(scenario.workload, scenario.labels(), strict=True):
        if isinstance(spec, OpenWorkload):
            task_source = spec.open(streams, label, partial(_fits, manager))
            opened.append(task_source)
            feeds.append((trace.add_source(label, task_source.names), task_source.blocks))
        elif isinstance(spec, ClosedWorkload):
            source = trace.add_source(label, spec.names(label))
            drawn = spec.requests(streams, label)
            requests = [_requests(source, drawn.of(user)) for user in range(spec.users)]
            closed[source] = ClosedUsers(env, requests, number, dispatcher.accept, spec.until)
    arrivals = Arrivals(env, feeds, number, dispatcher.accept)

    def answer(task: Process, status: Status) -> None:
        users = closed.get(task.source)
        if users is not None and status != Status.REJECTED:
            users.answered(task)

    def end_if_over() -> None:
        if arrivals.over and all(users.over for users in closed.values()):
            env.stop()

    dispatcher.on_end = answer if closed else None
    dispatcher.on_empty = end_if_over
    return opened


def _requests(
    source: int, drawn: Iterator[tuple[list[int], TaskBlock]]
) -> Iterator[tuple[int, Process]]:
    """Yield a user's thinking times, each with the request that follows."""
    for thinking, block in drawn:
        yield from zip(thinking, block_processes(source, block), strict=True)


def _fits(manager: ResourceManager, block: TaskBlock) -> npt.NDArray[np.bool_]:
    """Return which tasks of a block some host (or, where they span, all of them) could hold."""
    import numpy as np

    cores = [capacity.cores for capacity in manager.capacities]
    most = sum(cores) if block.span else max(cores)
    fits = (np.asarray(block.cores) <= most) & (
        np.asarray(block.memory) <= max(capacity.memory for capacity in manager.capacities)
    )
    return np.broadcast_to(fits, len(block))
