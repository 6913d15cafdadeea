"""HEFT: a plan for a task graph on unlike processors, by the heterogeneous earliest finish time."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from typing import NamedTuple

from aio_sim.distributed.task_graph import TaskGraph


class Slot(NamedTuple):
    """When a task is to run, and where."""

    start: int
    finish: int
    task: int
    processor: int


class Plan:
    """A slot for each task."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = sorted(slots, key=lambda slot: slot.task)
        """By task."""

    @property
    def makespan(self) -> int:
        """When the last task is to finish."""
        return max((slot.finish for slot in self.slots), default=0)


def heft(
    graph: TaskGraph,
    times: Sequence[Sequence[int]],
    places: Sequence[int],
    transfer: Callable[[int], int],
) -> Plan:
    """Return a plan: the task of the highest upward rank first, each where it finishes earliest.

    `times[task][processor]` is how long a task takes, `places[processor]` the machine that a
    processor is in, within which data need no time, and `transfer` tells how long so many bytes are
    under way between two. A task may go into a gap. O(tasks x processors x (edges + slots) a task).

    Source: Topcuoglu, Hariri & Wu, Performance-Effective and Low-Complexity Task Scheduling for
    Heterogeneous Computing, IEEE TPDS 13(3), 2002, figure 2.
    """
    means = [sum(row) / len(row) for row in times]
    ranks = graph.upward_ranks(means, transfer)
    place_in_order = {task: at for at, task in enumerate(graph.order)}
    planned: dict[int, Slot] = {}
    taken: list[list[Slot]] = [[] for _ in places]
    for task in sorted(range(len(graph)), key=lambda at: (-ranks[at], place_in_order[at])):
        slots = (
            _earliest(task, processor, times[task][processor], ready, taken[processor])
            for processor, ready in enumerate(_ready(graph, task, planned, places, transfer))
        )
        slot = planned[task] = min(slots, key=lambda slot: slot.finish)
        insort(taken[slot.processor], slot)
    return Plan(list(planned.values()))


def _ready(
    graph: TaskGraph,
    task: int,
    planned: dict[int, Slot],
    places: Sequence[int],
    transfer: Callable[[int], int],
) -> list[int]:
    """Return when all that a task needs is on each processor."""
    needs = [
        (planned[edge.task].finish, transfer(edge.size), places[planned[edge.task].processor])
        for edge in graph.before[task]
    ]
    return [
        max((end + (0 if at == place else moving) for end, moving, at in needs), default=0)
        for place in places
    ]


def _earliest(task: int, processor: int, time: int, ready: int, taken: Sequence[Slot]) -> Slot:
    """Return the first gap of a processor, or its end, that a task fits into."""
    start = ready
    for slot in taken:
        if start + time <= slot.start:
            break
        start = max(start, slot.finish)
    return Slot(start, start + time, task, processor)
