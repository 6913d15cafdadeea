"""Slots: the memory for one task each that the resource manager lends to a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.distributed.mapreduce.worker import Worker
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation, Rejection
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager

if TYPE_CHECKING:
    from aio_sim.distributed.mapreduce.attempt import Attempt


class Slots:
    """The slots of one job, asked for as it begins and held until it ends, as workers of Dean &
    Ghemawat are. `granted` is called each time there is one more.

    Cores are shared by time: a slot is memory, as with YARN's DefaultResourceCalculator.
    """

    def __init__(
        self,
        manager: ResourceManager,
        memory: int,
        granted: Callable[[], None],
    ) -> None:
        self.idle: dict[Worker, int] = {}
        """Workers that are up and have idle slots, and how many."""
        self.total = 0
        self.refused = ""
        """Why a slot can never be had, of the last one of which that is so."""
        self.pending = 0
        """Slots that are asked for and not granted yet."""
        self._manager = manager
        self._memory = memory
        self._granted = granted
        self._held: dict[Worker, list[Allocation]] = {}

    def ask(self, worker: Worker) -> None:
        """Ask for all slots of a worker, if it is up."""
        if worker.up:
            demand = Demand(memory=self._memory, host=worker.number)
            for _slot in range(worker.slots):
                self._ask(worker, demand)

    def take(self, worker: Worker) -> None:
        """Use an idle slot."""
        self.idle[worker] -= 1
        if not self.idle[worker]:
            del self.idle[worker]

    def give(self, worker: Worker) -> None:
        """Have a slot idle again, unless its worker is gone."""
        if worker in self._held and worker.up:
            self.idle[worker] = self.idle.get(worker, 0) + 1

    def silent(self, worker: Worker) -> None:
        """Use no more slots of a worker that asks for no work."""
        self.idle.pop(worker, None)

    def drop(self, worker: Worker) -> None:
        """Give the slots of a worker up."""
        self.silent(worker)
        for allocation in self._held.pop(worker, ()):
            if allocation.granted:
                self.total -= 1
            else:
                self.pending -= 1
            allocation.release()

    def check(self, running: Iterable[Attempt]) -> None:
        """Raise AuditError where a worker has not as many slots as are idle and in use."""
        used = Counter(attempt.worker for attempt in running)
        for worker, allocations in self._held.items():
            slots = sum(allocation.granted for allocation in allocations)
            idle = self.idle.get(worker, 0)
            if worker.up and slots != idle + used[worker]:
                told = _("{worker} has {slots} slots, of which {idle} are idle and {used} in use")
                numbers = {"slots": slots, "idle": idle, "used": used[worker]}
                raise AuditError(told.format(worker=worker.name, **numbers))

    def close(self) -> None:
        """Give all up."""
        for worker in list(self._held):
            self.drop(worker)

    def _ask(self, worker: Worker, demand: Demand) -> None:
        self.pending += 1
        held = self._held.setdefault(worker, [])
        answer = self._manager.ask(demand, partial(self._grant, worker))
        if isinstance(answer, Rejection):
            self.pending -= 1
            self.refused = answer.reason
        else:
            held.append(answer)

    def _grant(self, worker: Worker, _allocation: Allocation) -> None:
        self.pending -= 1
        self.total += 1
        self.give(worker)
        self._granted()
