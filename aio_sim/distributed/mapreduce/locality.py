"""The queue of maps: near their data first, and how long a job waits for that."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.distributed.mapreduce.worker import Worker

NODE, RACK, ANY = range(3)
"""Where a map may run: on a node with its data, on its rack, anywhere."""

_Queue = deque[tuple[Task, int]]


class MapQueue:
    """Maps that wait, found by node and by rack in constant time; first come, first served.

    With a delay (nanoseconds), a job that is offered a slot away from the data passes it on until
    it has waited so long, and takes one off the rack after twice as long; a map that starts near
    its data ends the waiting. Source: Zaharia et al., Delay Scheduling, EuroSys 2010, algorithm 2.
    Where `near` is False, nobody asks where the data is.
    """

    def __init__(self, racks: Mapping[str, str], delay: int, near: bool = True) -> None:
        self._racks = racks
        self._delay = delay if near else 0
        self._near = near
        self._all: _Queue = deque()
        self._by_node: dict[str, _Queue] = {}
        self._by_rack: dict[str, _Queue] = {}
        self._count = 0
        self._since: int | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, task: Task) -> None:
        """Let a map wait."""
        assert task.split is not None
        task.ticket += 1
        entry = task, task.ticket
        self._count += 1
        self._all.append(entry)
        if not self._near:
            return
        for node in task.split.nodes:
            self._by_node.setdefault(node, deque()).append(entry)
        for rack in dict.fromkeys(self._racks.get(node, "") for node in task.split.nodes):
            self._by_rack.setdefault(rack, deque()).append(entry)

    def take(self, worker: Worker, now: int) -> Task | None:
        """Return the next map for a worker; None where none is to run there yet."""
        if (task := self._first(self._by_node.get(worker.name))) is not None:
            self._since = None
            return task
        if self._since is None and self._count:
            self._since = now
        task = None
        if self._allowed(now) >= RACK:
            task = self._first(self._by_rack.get(worker.rack))
        if task is None and self._allowed(now) >= ANY:
            task = self._first(self._all)
        return task

    def next_change(self, now: int) -> int | None:
        """Return when more will be allowed than now, None where that is not known."""
        if self._since is None or not self._count or self._allowed(now) == ANY:
            return None
        return self._since + self._delay * (self._allowed(now) + 1)

    def _allowed(self, now: int) -> int:
        if not self._delay:
            return ANY
        return NODE if self._since is None else min((now - self._since) // self._delay, ANY)

    def _first(self, queue: _Queue | None) -> Task | None:
        while queue:
            task, ticket = queue.popleft()
            if task.ticket == ticket:
                task.ticket += 1
                self._count -= 1
                return task
        return None


def distance(split: Split, worker: Worker, racks: Mapping[str, str]) -> int:
    """Return how near a worker is to the data of a map."""
    if worker.name in split.nodes:
        return NODE
    near = any(racks.get(node) == worker.rack for node in split.nodes)
    return RACK if near else ANY
