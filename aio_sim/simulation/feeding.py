"""Lets the workloads of a scenario feed its dispatcher, and the run end with their last task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from aio_sim.distributed.arrivals import Arrivals, block_processes
from aio_sim.distributed.closed_users import ClosedUsers
from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Status, Trace
from aio_sim.scenario import Scenario
from aio_sim.scenario.workloads import ClosedWorkload, OpenWorkload, TaskSource
from aio_sim.scheduling.process import Process
from aio_sim.simulation.ending import Ending


def feed(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    books: TaskBooks,
    dispatchers: Sequence[Dispatcher],
    ending: Ending,
) -> list[TaskSource]:
    """Let the workloads feed a dispatcher each, and the run go on to the last of their tasks."""
    number = count().__next__
    opened: list[TaskSource] = []
    feeds: list[tuple[int, Iterator[TaskBlock]]] = []
    closed: dict[int, ClosedUsers] = {}
    labelled = zip(scenario.workload, scenario.labels(), dispatchers, strict=True)
    for spec, label, dispatcher in labelled:
        if isinstance(spec, OpenWorkload):
            task_source = spec.open(streams, label, dispatcher.fits)
            opened.append(task_source)
            feeds.append((trace.add_source(label, task_source.names), task_source.blocks))
        elif isinstance(spec, ClosedWorkload):
            source = trace.add_source(label, spec.names(label))
            drawn = spec.requests(streams, label)
            requests = [_requests(source, drawn.of(user)) for user in range(spec.users)]
            closed[source] = ClosedUsers(env, requests, number, dispatcher.accept, spec.until)
    arrivals = Arrivals(env, feeds, number, _delivery(dispatchers))

    def answer(task: Process, status: Status) -> None:
        users = closed.get(task.source)
        if users is None or status == Status.REJECTED:
            return
        if status == Status.FAILED:
            users.lost(task)
        else:
            users.answered(task)

    def over() -> bool:
        return not books.inside and arrivals.over and all(users.over for users in closed.values())

    books.on_end = answer if closed else None
    books.on_empty = ending.check
    ending.when(over)
    return opened


def _delivery(dispatchers: Sequence[Dispatcher]) -> Callable[[Process], None]:
    """Return what takes a task to the dispatcher of its source."""
    accepts = [dispatcher.accept for dispatcher in dispatchers]
    if len(set(dispatchers)) == 1:
        return accepts[0]
    return lambda task: accepts[task.source](task)


def _requests(
    source: int, drawn: Iterator[tuple[list[int], TaskBlock]]
) -> Iterator[tuple[int, Process]]:
    """Yield a user's thinking times, each with the request that follows."""
    for thinking, block in drawn:
        yield from zip(thinking, block_processes(source, block), strict=True)
