"""Brings the results that a task needs from the machines where they were made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from simpy.events import Event

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.planned import Key
from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.hardware.network.transport import Network
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.process import Process
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine


class Fetching(Attendant):
    """Sends each result over the network to the machine of the task after, which waits for all.

    Where a task's machine is known from a plan, a result is sent as it is made; else when the task
    is sent there. What is on the same host costs nothing. A transfer that fails loses the task.
    """

    def __init__(
        self, graphs: Mapping[int, TaskGraph], network: Network, planned: Mapping[Key, int]
    ) -> None:
        self._graphs = graphs
        self._network = network
        self._planned = planned
        self._made: dict[Key, str] = {}
        self._moves: dict[tuple[Key, int], Event] = {}
        self._since: dict[Process, int] = {}
        self._missing: dict[Process, int] = {}

    def finished(self, task: Process, to: AttendedDispatcher) -> None:
        """Note where a result is, and send it where it is needed."""
        graph = self._graphs.get(task.source)
        if graph is None or task.machine < 0:
            return
        self._made[task.source, task.index] = host_of(to.machine(task.machine))
        for edge in graph.after[task.index]:
            machine = self._planned.get((task.source, edge.task))
            if machine is not None:
                goal = host_of(to.machine(machine))
                self._move((task.source, edge.task), task.index, edge.size, goal)

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether all that a task needs is there."""
        graph = self._graphs.get(task.source)
        if graph is None:
            return True
        key, goal = (task.source, task.index), host_of(to.machine(task.machine))
        moves = [self._move(key, edge.task, edge.size, goal) for edge in graph.before[task.index]]
        under_way = [move for move in moves if move is not None and move.callbacks is not None]
        if not under_way:
            return True
        self._since[task], self._missing[task] = to.env.now, len(under_way)
        for move in under_way:
            assert move.callbacks is not None
            move.callbacks.append(partial(self._arrived, task, to))
        return False

    def _move(self, key: Key, before: int, size: int, goal: str) -> Event | None:
        """Return the arrival of a result where it is needed, None where it is there."""
        source = self._made.get((key[0], before), goal)
        if not size or source == goal:
            return None
        if (key, before) not in self._moves:
            flow = self._network.transfer(source, goal, size, name=f"{key[0]}.{before}")
            self._moves[key, before] = flow.done
        return self._moves[key, before]

    def _arrived(self, task: Process, to: AttendedDispatcher, move: Event) -> None:
        if not move.ok:
            move.defused = True
        if task not in self._missing:
            return
        self._missing[task] -= 1
        if move.ok and self._missing[task]:
            return
        del self._missing[task]
        task.blocked += to.env.now - self._since.pop(task)
        task.ready_since = to.env.now
        if move.ok:
            to.start(task, self)
        else:
            self._moves = {key: other for key, other in self._moves.items() if other is not move}
            to.lost(task, str(move.value))


def host_of(machine: Machine) -> str:
    """Return the name of the host that a machine is, or is on."""
    return machine.host.name if isinstance(machine, VirtualMachine) else machine.name
