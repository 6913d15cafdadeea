"""Brings the input of a task to its machine: from the machines that hold it, or from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class _Fetch(NamedTuple):
    """An input on its way: for whom, since when, its bytes, and who else could send it."""

    task: Process
    to: AttendedDispatcher
    since: int
    size: int
    holders: Sequence[str]


class InputFetching(Attendant):
    """Has each task wait on its machine until its input is there.

    What a holder has costs nothing; else the holder sends it that sends the fewest inputs then, the
    first of them in the file, and the next where that one cannot. A file is read through the file
    system, whose nodes that hold some of it are the task's holders. Where the input cannot be had
    the task is lost, and may be sent anew.
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
            try:
                task.holders = self._files.holders(wanted.path)
            except AioSimError:  # it is told of as the task begins, which may be sent anew then
                task.holders = ()
        return True

    def bound(self, task: Process, to: AttendedDispatcher) -> bool:
        """Return whether the input of a task is there; else it is on its way."""
        wanted = self._inputs.get((task.source, task.index))
        if wanted is None:
            return True
        machine = to.machine(task.machine)
        host = host_of(machine)
        if not wanted.path:
            here = {machine.name, host}.intersection(task.holders)
            return not wanted.size or not task.holders or bool(here) or self._ask(task, to, wanted)
        try:
            size, move = self._read(wanted.path, host)
        except AioSimError as error:  # there is no such file, or not yet, or no more
            to.lost(task, str(error))
        else:
            self._await(move, _Fetch(task, to, to.env.now, size, ()))
        return False

    def _read(self, path: str, host: str) -> tuple[int, Event]:
        """Return how large a file is, and its arrival at a host."""
        assert self._files is not None  # for a scenario whose tasks read files has a file system
        return self._files.status(path).size, self._files.get(path, host)

    def _ask(self, task: Process, to: AttendedDispatcher, wanted: Input) -> bool:
        """Have a holder send an input: it is not there yet."""
        self._send(_Fetch(task, to, to.env.now, wanted.size, task.holders))
        return False

    def _send(self, fetch: _Fetch) -> None:
        """Have the holder send that sends the fewest, of those that have not failed to."""
        assert self._network is not None  # for machines that send each other data are on one
        source = min(fetch.holders, key=lambda name: self._sending.get(name, 0))
        self._sending[source] = self._sending.get(source, 0) + 1
        host = host_of(fetch.to.machine(fetch.task.machine))
        move = self._network.transfer(source, host, fetch.size, name="input").done
        assert move.callbacks is not None
        move.callbacks.append(partial(self._sent, source))
        others = tuple(name for name in fetch.holders if name != source)
        self._await(move, fetch._replace(holders=others))

    def _await(self, move: Event, fetch: _Fetch) -> None:
        assert move.callbacks is not None
        move.callbacks.append(partial(self._arrived, fetch))

    def _sent(self, source: str, _move: Event) -> None:
        self._sending[source] -= 1

    def _arrived(self, fetch: _Fetch, move: Event) -> None:
        """Let a task begin, or ask the next holder, or let it be lost without its input."""
        task, to = fetch.task, fetch.to
        if not move.ok:
            move.defused = True
            if fetch.holders and task in to.held:
                self._send(fetch)
                return
        now = to.env.now
        Record(to.trace, to.machine(task.machine).name).span("input", fetch.since, now, task.number)
        if task not in to.held:
            return  # it was lost meanwhile
        task.blocked += now - fetch.since
        task.ready_since = now
        if not move.ok:
            to.lost(task, str(move.value))
            return
        to.trace.add_total("dispatch.input.time", (now - fetch.since) / 1e9)
        to.trace.add_total("dispatch.input.bytes", fetch.size)
        to.start(task, self)
