"""The same work on bare SimPy callbacks, with no model: what the simulator is held against.

Each function returns when every task finished, as the simulator does.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from typing import Any

import simpy


class FirstCome:
    """Tasks sent to machines in turn, each machine first come, first served."""

    def __init__(
        self, arrivals: Sequence[float], works: Sequence[float], machines: int, cores: int
    ) -> None:
        self.env = simpy.Environment()
        self.works = works
        self.queues: list[deque[int]] = [deque() for _ in range(machines)]
        self.idle = [cores] * machines
        self.start = [0.0] * len(works)
        self.finish = [0.0] * len(works)
        self.following = iter(range(len(arrivals)))
        self.arrivals = arrivals

    def run(self) -> list[float]:
        """Return the finish of each task."""
        self.arrive_all()
        self.env.run()
        return self.finish

    def arrive_all(self) -> None:
        """Let tasks arrive until one is later than now, and wait for that one."""
        for task in self.following:
            wait = self.arrivals[task] - self.env.now
            if wait > 0:
                self.env.timeout(wait, task).callbacks.append(self.come)
                return
            self.arrive(task)

    def come(self, event: Any) -> None:
        self.arrive(event.value)
        self.arrive_all()

    def arrive(self, task: int) -> None:
        machine = task % len(self.idle)
        if self.idle[machine]:
            self.idle[machine] -= 1
            self.begin(task)
        else:
            self.queues[machine].append(task)

    def begin(self, task: int) -> None:
        self.start[task] = self.env.now
        self.env.timeout(self.works[task], task).callbacks.append(self.leave)

    def leave(self, event: Any) -> None:
        task = event.value
        self.finish[task] = self.env.now
        machine = task % len(self.idle)
        queue = self.queues[machine]
        if queue:
            self.begin(queue.popleft())
        else:
            self.idle[machine] += 1


def first_come(
    arrivals: Sequence[float], works: Sequence[float], machines: int, cores: int
) -> list[float]:
    """Return the finish of each task, sent in turn to machines first come, first served."""
    return FirstCome(arrivals, works, machines, cores).run()


class Shared:
    """One machine that shares itself evenly among its tasks, by virtual time."""

    def __init__(
        self, env: simpy.Environment, heap: list[tuple[float, int]], cores: int, finish: list[float]
    ) -> None:
        self.env, self.heap, self.cores, self.finish = env, heap, cores, finish
        self.virtual = self.at = 0.0
        heapq.heapify(heap)
        self.wait()

    def wait(self) -> None:
        rate = min(1.0, self.cores / len(self.heap))
        wait = max(self.heap[0][0] - self.virtual, 0.0) / rate
        self.env.timeout(wait).callbacks.append(self.leave)

    def leave(self, _event: Any) -> None:
        now, heap = self.env.now, self.heap
        self.virtual += (now - self.at) * min(1.0, self.cores / len(heap))
        self.at = now
        _, task = heapq.heappop(heap)
        self.finish[task] = now
        if heap:
            self.wait()


def sharing(works: Sequence[float], machines: int, cores: int) -> list[float]:
    """Return the finish of each task, all there at 0, sent in turn to machines that share."""
    env = simpy.Environment()
    finish = [0.0] * len(works)
    for machine in range(machines):
        tasks = range(machine, len(works), machines)
        Shared(env, [(works[task], task) for task in tasks], cores, finish)
    env.run()
    return finish
