"""Carries a plan out: each task on the machine planned for it, in the order planned for a core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.heft import Plan
from aio_sim.scheduling.process import Process

Key = tuple[int, int]
"""A task: the number of its source, and its index there."""


class Plans:
    """Where the tasks of graphs are to run, and after which others of the same core."""

    def __init__(self, plans: Mapping[int, Plan], places: Sequence[int]) -> None:
        """`plans` is by source, `places` has the number of each processor's machine."""
        self.machines: dict[Key, int] = {}
        """The machine planned for each task."""
        self.next: dict[Key, Key] = {}
        """The task that follows another on its core."""
        self.first: set[Key] = set()
        """The tasks that are the first on their cores."""
        for source, plan in plans.items():
            last: dict[int, Key] = {}
            for slot in sorted(plan.slots):
                key = source, slot.task
                self.machines[key] = places[slot.processor]
                if slot.processor in last:
                    self.next[last[slot.processor]] = key
                else:
                    self.first.add(key)
                last[slot.processor] = key


class Planned(Attendant):
    """Sends each task of a plan to the machine planned for it."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def arrived(self, task: Process, to: AttendedDispatcher) -> bool:
        """Send it where it is to run, if it has a plan and that machine is up."""
        machine = self._plans.machines.get((task.source, task.index))
        if task.demand is not None or machine is None or machine in to.loads.down:
            return True
        to.send(task, machine)
        return False


class InTurn(Attendant):
    """Lets each task of a plan begin when the one before it on its core has ended."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._turn = set(plans.first)
        self._waiting: dict[Key, Process] = {}

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether it is its turn."""
        key = task.source, task.index
        if key in self._turn or key not in self._plans.machines:
            return True
        self._waiting[key] = task
        return False

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Let the next task of the core begin."""
        following = self._plans.next.get((task.source, task.index))
        if following is None:
            return
        self._turn.add(following)
        waiting = self._waiting.pop(following, None)
        if waiting is not None:
            to.start(waiting, self)

    gone = finished
