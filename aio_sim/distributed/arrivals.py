"""Brings the tasks of open workloads to the dispatcher, each at its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.resources.allocation import Rejection
from aio_sim.resources.demand import Demand
from aio_sim.scheduling.process import PlacedProcess, Process, VectorProcess


class Arrivals:
    """Turns blocks of tasks into processes, with one timer for all sources.

    At one instant the sources come in their order. Blocks are asked for when they are needed, so
    that a log of any length passes through.
    """

    def __init__(
        self,
        env: Environment,
        sources: Sequence[tuple[int, Iterator[TaskBlock]]],
        number: Callable[[], int],
        deliver: Callable[[Process], None],
    ) -> None:
        self._env = env
        self._number = number
        self._deliver = deliver
        self._timer = Timer(env, self._arrive, ARRIVAL)
        # (next arrival, number of the source, next task, the others): the first of all on top
        self._feeds: list[tuple[int, int, Process, Iterator[Process]]] = []
        for source, blocks in sources:
            tasks = _tasks(source, blocks)
            for first in tasks:
                self._feeds.append((first.arrival, source, first, tasks))
                break
        heapq.heapify(self._feeds)
        if self._feeds:
            self._timer.set(self._feeds[0][0])

    @property
    def over(self) -> bool:
        """Whether all tasks have arrived."""
        return not self._feeds

    def _arrive(self) -> None:
        feeds, env, number, deliver = self._feeds, self._env, self._number, self._deliver
        now = env._now
        while True:
            _, source, process, tasks = feeds[0]
            process.number = number()
            following = next(tasks, None)
            while following is not None and following.arrival == now:
                deliver(process)
                process, following = following, next(tasks, None)
                process.number = number()
            if following is None:
                heapq.heappop(feeds)
            else:
                heapq.heapreplace(feeds, (following.arrival, source, following, tasks))
            if not feeds or feeds[0][0] > now:
                break
            deliver(process)
        if feeds:
            self._timer.set(feeds[0][0])
        env.last_word = True
        deliver(process)
        env.last_word = False


def _tasks(source: int, blocks: Iterator[TaskBlock]) -> Iterator[Process]:
    """Yield the tasks of a source, a block at a time."""
    for block in blocks:
        yield from block_processes(source, block)


def block_processes(source: int, block: TaskBlock) -> Iterator[Process]:
    """Yield the tasks of a block as processes, not yet numbered."""
    rows = _arguments(source, block)
    if block.holders is not None or not isinstance(block.rank, int):
        return _placed(rows, block)
    if isinstance(block.vector, int | float) and not block.vector:
        return starmap(Process, rows)
    vectors = _column(block.vector, len(block))
    return (VectorProcess(*row, vector=share) for row, share in zip(rows, vectors, strict=True))


def _placed(rows: Iterator[tuple[Any, ...]], block: TaskBlock) -> Iterator[Process]:
    """Yield tasks whose input lies somewhere, or that are part of a task graph."""
    count = len(block)
    columns = (_column(block.vector, count), block.holders or [()] * count)
    for row, vector, holders, rank in zip(rows, *columns, _column(block.rank, count), strict=True):
        yield PlacedProcess(*row, vector=vector, holders=holders, rank=rank)


def _arguments(source: int, block: TaskBlock) -> Iterator[tuple[Any, ...]]:
    """Yield what each task of a block is made of as a Process."""
    count = len(block)
    columns = [
        _column(column, count)
        for column in (block.priority, block.weight, block.deadline, block.bursts)
    ]
    demands = _demands(block, count)
    refused = block.refused
    rows = zip(
        block.arrival.tolist(), block.work.tolist(), block.index, *columns, demands, strict=True
    )
    for row, (arrival, work, index, priority, weight, deadline, bursts, demand) in enumerate(rows):
        reason = refused[row] if refused is not None else None
        yield (
            0,
            arrival,
            work,
            priority,
            weight,
            arrival + deadline if deadline >= 0 else None,
            bursts,
            source,
            index,
            demand if reason is None else Rejection(reason),
        )


def _column(column: Any, count: int) -> Sequence[Any]:
    """Return a block's column as a sequence of Python values."""
    if hasattr(column, "tolist"):
        values: list[Any] = column.tolist()
        return values
    if column is None or isinstance(column, int | float | str):
        return [column] * count
    return list(column)


def _demands(block: TaskBlock, count: int) -> Sequence[Demand | None]:
    """Return what each task takes of the resource manager, None for those that take nothing."""
    cores, memory = _column(block.cores, count), _column(block.memory, count)
    if not any(cores) and not any(memory):
        return [None] * count
    tenants = _column(block.tenant, count)
    estimates = _column(block.estimate, count)
    return [
        Demand(core, size, tenant=tenant, span=block.span, estimate=work if ask < 0 else ask)
        if core or size
        else None
        for core, size, tenant, ask, work in zip(
            cores, memory, tenants, estimates, block.work.tolist(), strict=True
        )
    ]
