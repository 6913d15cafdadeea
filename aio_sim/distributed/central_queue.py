"""List scheduling: tasks wait in one list, and whenever a core is idle the first of them goes."""

from __future__ import annotations

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.kernel.environment import ALLOCATION, Timer
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ReadyQueue, ready_queue


class InFileOrder(SchedulingPolicy):
    """By the order of arrival, and at one instant by that of the file."""

    def key(self, process: Process, moment: Moment) -> int:
        """Return the number of the task."""
        return process.number


class CentralQueue(Attendant):
    """Keeps time-shared tasks until a machine has an idle core; then the first by an order goes.

    Which core it is: one of the machine with the most idle cores. Asked once an instant, after its
    arrivals and completions. Source: R. L. Graham, Bounds on Multiprocessing Timing Anomalies, SIAM
    Journal on Applied Mathematics 17(2), 1969.
    """

    def __init__(self, order: SchedulingPolicy, moment: Moment) -> None:
        self._queue: ReadyQueue = ready_queue(order, moment)
        self._moment = moment
        self._timer: Timer | None = None

    def arrived(self, task: Process, to: AttendedDispatcher) -> bool:
        """Keep a task."""
        if task.demand is not None:
            return True
        self._moment.now = to.env.now
        self._queue.push(task)
        self._soon(to)
        return False

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Let another have the core."""
        if self._queue:
            self._soon(to)

    def _soon(self, to: AttendedDispatcher) -> None:
        if self._timer is None:
            self._timer = Timer(to.env, lambda: self._send(to), ALLOCATION)
        self._timer.soon()

    def _send(self, to: AttendedDispatcher) -> None:
        self._moment.now = to.env.now
        while self._queue:
            machine = to.loads.shortest()
            if to.loads.queue(machine) >= 0:
                return
            to.send(self._queue.pop(), machine)
