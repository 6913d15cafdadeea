"""Work stealing: a machine with an idle core takes a task from the longest queue."""

from __future__ import annotations

from collections import deque
from functools import partial

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.kernel.environment import WAKE_UP, Timer
from aio_sim.scheduling.process import READY, Process


class Stealing(Attendant):
    """Moves a task at each arrival in a queue and each completion, where a core is idle elsewhere.

    It looks at the longest queue alone, and takes the task that was sent there last, of those that
    have not begun; where all have begun, as under processor sharing, there is nothing to take.
    """

    def __init__(self, cost: int) -> None:
        """`cost` is how long a task that is taken is under way, in nanoseconds."""
        self._cost = cost
        self._queues: dict[int, deque[Process]] = {}

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Send a task that finds its machine busy to an idle one, if there is one."""
        thief = to.loads.shortest()
        if to.loads.queue(task.machine) <= 0 or to.loads.queue(thief) >= 0:
            return True
        to.loads.change(task.machine, -1)
        return self._arrives(task, thief, to)

    def sent(self, task: Process, to: AttendedDispatcher) -> None:
        """Note where a task waits."""
        queue = self._queues.setdefault(task.machine, deque())
        while queue and not _waits(queue[0], task.machine):
            queue.popleft()
        queue.append(task)

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Let the machine that has an idle core now take a task of another."""
        if task.demand is not None or to.loads.queue(task.machine) >= 0:
            return
        longest = to.loads.longest()
        queue = self._queues.get(longest)
        while queue and to.loads.queue(longest) > 0:
            last = queue.pop()
            if _waits(last, longest):
                to.withdraw(last)
                to.anew(last)
                if self._arrives(last, task.machine, to):
                    to.start(last, self)
                return

    def _arrives(self, task: Process, thief: int, to: AttendedDispatcher) -> bool:
        """Give a task that is on no machine to the thief; return whether it is there at once."""
        task.machine = thief
        to.loads.change(thief, 1)
        to.trace.add_total("dispatch.stolen", 1)
        if self._cost:
            to.held[task] = None
            timer = Timer(to.env, partial(to.start, task, self), WAKE_UP)
            timer.set(to.env.now + self._cost)
        return not self._cost


def _waits(task: Process, machine: int) -> bool:
    """Return whether a task is in that machine's queue, and has not begun."""
    return task.machine == machine and task.state is READY and task.start < 0
