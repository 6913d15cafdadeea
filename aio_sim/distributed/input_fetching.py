"""Brings the input of a task to its machine: from the machines that hold it, or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from simpy.events import Event

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.fetching import host_of
from aio_sim.distributed.planned import Key
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.span_record import Record
from aio_sim.scheduling.process import PlacedProcess, Process

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import DistributedFileSystem


class Input(NamedTuple):
    """What a task reads before it begins: so many bytes of its holders, or a file by its path."""

    size: int = 0
    path: str = ""


class InputFetching(Attendant):
    """Has each task wait on its machine until its input is there.

    What a holder has costs nothing; else the holder sends it that sends the fewest inputs then, the
    first of them in the file. A file is read through the file system, whose nodes that hold some of
    it are the task's holders. Where the input cannot be had the task is lost, and may be sent anew.
    """

    def __init__(
        self,
        inputs: Mapping[Key, Input],
        network: Network | None,
        files: DistributedFileSystem | None,
    ) -> None:
        self._inputs = inputs
        self._network = network
        self._files = files
        self._sending: dict[str, int] = {}

    def arrived(self, task: Process, to: AttendedDispatcher) -> bool:
        """Find out who holds the file that a task reads; it may always go on."""
        wanted = self._inputs.get((task.source, task.index))
        if wanted is not None and wanted.path and isinstance(task, PlacedProcess):
            assert (
                self._files is not None
            )  # for a scenario whose tasks read files has a file system
            task.holders = self._files.holders(wanted.path)
        return True

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether the input of a task is there; else it is on its way."""
        wanted = self._inputs.get((task.source, task.index))
        if wanted is None:
            return True
        machine = to.machine(task.machine)
        try:
            move = self._move(task, wanted, {machine.name, host_of(machine)}, host_of(machine))
        except AioSimError as error:  # there is no such file any more
            to.lost(task, str(error))
            return False
        if move is None:
            return True
        assert move.callbacks is not None
        move.callbacks.append(partial(self._arrived, task, to, to.env.now))
        return False

    def _move(self, task: Process, wanted: Input, here: set[str], host: str) -> Event | None:
        """Return the arrival of an input at a host, None where it is there."""
        if wanted.path:
            assert self._files is not None
            return self._files.get(wanted.path, host)
        if not wanted.size or not task.holders or here.intersection(task.holders):
            return None
        assert self._network is not None  # for machines that send each other data are on one
        source = min(task.holders, key=lambda name: self._sending.get(name, 0))
        self._sending[source] = self._sending.get(source, 0) + 1
        flow = self._network.transfer(source, host, wanted.size, name="input")
        assert flow.done.callbacks is not None
        flow.done.callbacks.append(partial(self._sent, source))
        return flow.done

    def _sent(self, source: str, _move: Event) -> None:
        self._sending[source] -= 1

    def _arrived(self, task: Process, to: AttendedDispatcher, since: int, move: Event) -> None:
        """Let a task begin, or be lost without its input."""
        now, wanted = to.env.now, self._inputs[task.source, task.index]
        Record(to.trace, to.machine(task.machine).name).span("input", since, now, task.number)
        if not move.ok:
            move.defused = True
        if task not in to.held:
            return  # it was lost meanwhile
        task.blocked += now - since
        task.ready_since = now
        if not move.ok:
            to.lost(task, str(move.value))
            return
        to.trace.add_total("dispatch.input.time", (now - since) / 1e9)
        to.trace.add_total("dispatch.input.bytes", self._size(wanted))
        to.start(task, self)

    def _size(self, wanted: Input) -> int:
        if not wanted.path or self._files is None:
            return wanted.size
        return self._files.status(wanted.path).size
