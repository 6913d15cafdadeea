"""Speculative copies: a task that takes much longer than its like is begun once more elsewhere."""

from __future__ import annotations

import heapq
from functools import partial
from math import ceil

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.running_median import RunningMedian
from aio_sim.kernel.environment import WAKE_UP, Timer
from aio_sim.scheduling.process import SYSTEM, Process


class Copy:
    """A copy under way, and its owner: the first of the two to finish wins, the other goes."""

    def __init__(
        self, task: Process, copy: Process, speculating: Speculating, to: AttendedDispatcher
    ) -> None:
        self._task = task
        self._copy = copy
        self._speculating = speculating
        self._to = to
        self.under_way = True
        self.left_alone = False
        """Whether the task itself was lost meanwhile."""
        copy.owner = self

    def withdraw(self) -> None:
        """Take the copy off its machine, for the task has finished."""
        self._to.machine(self._copy.machine).withdraw(self._copy)
        self._end()

    def finished(self, copy: Process) -> None:
        """Call the task finished, when and where its copy did."""
        task, to = self._task, self._to
        self._end()
        to.trace.add_total("dispatch.copies.won", 1)
        if self.left_alone:
            to.held.pop(task)
        else:
            to.withdraw(task)
        if task.received + task.blocked < copy.received + copy.blocked:
            task.received, task.blocked = copy.received, copy.blocked
        if task.start < 0 or task.start > copy.start:
            task.start = copy.start
        task.machine = copy.machine
        to.loads.change(task.machine, 1)  # which finishing takes off again
        to.finished(task)

    def lost(self, copy: Process, reason: str) -> None:
        """Leave it to the task; where that was lost before, both are."""
        self._end()
        if self.left_alone:
            self._task.machine = copy.machine
            self._to.held.pop(self._task)
            self._to.lose(self._task, reason, self._speculating)

    def _end(self) -> None:
        self.under_way = False
        self._to.left(self._copy)
        self._to.trace.add_total("dispatch.copies.busy", self._copy.received / 1e9)


class _Likes:
    """The tasks of one workload: how long those took that have finished, since when others run."""

    __slots__ = ("count", "median", "sent", "timer")

    def __init__(self, timer: Timer) -> None:
        self.count = 0
        self.median = RunningMedian()
        self.sent: list[tuple[int, int, Process]] = []  # a heap by the instant, then the number
        self.timer = timer


class Speculating(Attendant):
    """Begins a task once more, where a core is idle, if it takes much longer than its like did.

    Its like are the tasks of its workload, `least` of which must have finished. Much longer is
    `factor` times their median, from the instant it was sent, so that a copy overtakes a queue too.
    That is asked as a task finishes and as one becomes late, never in between. A task has one copy.
    """

    def __init__(self, factor: float, least: int) -> None:
        self._factor = factor
        self._least = least
        self._likes: dict[int, _Likes] = {}
        self._since: dict[Process, int] = {}
        self._copies: dict[Process, Copy] = {}

    def sent(self, task: Process, to: AttendedDispatcher) -> None:
        """Note since when a task is on a machine."""
        likes = self._likes.get(task.source)
        if likes is None:
            late = partial(self._look, task.source, to)
            likes = self._likes[task.source] = _Likes(Timer(to.env, late, WAKE_UP))
        self._since[task] = to.env.now
        heapq.heappush(likes.sent, (to.env.now, task.number, task))
        if len(likes.sent) == 1:
            self._look(task.source, to)

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Withdraw its copy, and look for others that take long compared with it."""
        self.gone(task, to)
        if task not in self._since:
            return
        likes = self._likes[task.source]
        likes.count += 1
        likes.median.add(to.env.now - self._since.pop(task))
        for source in self._likes:  # a core that is free may be what one of them waited for
            self._look(source, to)

    def lost(self, task: Process, reason: str, to: AttendedDispatcher) -> bool:
        """Leave a task that was lost to its copy, if there is one under way."""
        self._since.pop(task, None)
        copy = self._copies.get(task)
        if copy is None or not copy.under_way:
            return False
        copy.left_alone = True
        task.machine = -1
        to.held[task] = None
        return True

    def gone(self, task: Process, to: AttendedDispatcher) -> None:
        """Forget a task that has ended."""
        copy = self._copies.pop(task, None)
        if copy is not None and copy.under_way:
            copy.withdraw()

    def _look(self, source: int, to: AttendedDispatcher) -> None:
        """Begin late tasks of a workload once more, and be back when the next one is late."""
        likes = self._likes[source]
        if likes.count < self._least:
            return
        patience = ceil(self._factor * likes.median.value)
        while likes.sent:
            since, _number, task = likes.sent[0]
            if self._since.get(task) == since and task not in self._copies:
                late = since + patience
                if late > to.env.now:
                    if likes.timer.due != late:
                        likes.timer.set(late)
                    return
                machine = _idle(task, to)
                if machine < 0:
                    return
                self._begin(task, machine, to)
            heapq.heappop(likes.sent)

    def _begin(self, task: Process, machine: int, to: AttendedDispatcher) -> None:
        name = to.trace.sources[task.source].name(task.index)
        number = to.trace.add_processes([f"{name} (copy)"])
        copy = to.copy(task, number, SYSTEM)
        self._copies[task] = Copy(task, copy, self, to)
        to.trace.add_total("dispatch.copies", 1)
        to.run(copy, machine)


def _idle(task: Process, to: AttendedDispatcher) -> int:
    """Return the machine with the most idle cores but the task's own, -1 where none has any."""
    loads = to.loads
    machine = loads.shortest()
    if machine == task.machine and loads.queue(machine) < 0:
        others = (at for at in range(len(loads)) if at != machine)
        machine = min(others, key=loads.queue, default=machine)
    return machine if machine != task.machine and loads.queue(machine) < 0 else -1
