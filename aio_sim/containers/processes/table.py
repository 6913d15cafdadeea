"""The process table of a container: fork, exec, exit, wait and kill as Linux has them.

PID 1 is the container's first process. It adopts processes whose parent has ended, only signals for
which it has a handler reach it (and KILL from outside), and its end is that of all. An init reaps
whatever it adopts; an ordinary program as PID 1 does not, and its zombies stay.

Source: fork(2), execve(2), exit(3), wait(2), kill(2), pid_namespaces(7) of Linux, and
Documentation/admin-guide/cgroup-v2.rst, pids.max. PIDs are not used twice here.
"""

from __future__ import annotations

from typing import Final

from aio_sim.containers.processes.answers import CallRefused, Happening, Refusal, What
from aio_sim.containers.processes.process import ANY_CHILD, ContainerProcess
from aio_sim.containers.processes.signals import Disposition, ExitStatus, Response, Signal
from aio_sim.containers.processes.states import BLOCKED, READY, RUNNING, TERMINATED, ZOMBIE
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

INIT: Final = 1
"""The PID of the first process of a container."""
OUTSIDE: Final = 0
"""Who sends a signal from outside of the container: the runtime, or the kernel."""


class ProcessTable:
    """The processes of one container, by their PIDs.

    A call is made by a process that is running, and returns what happened, in order. `limit` is the
    number of processes that there may be, zombies included; `reaps` says that PID 1 is an init.

    Every call raises InputError where who calls is not there or not running, and CallRefused where
    the kernel would answer with an error; nothing has changed then.
    """

    def __init__(self, name: str = "init", *, limit: int | None = None, reaps: bool = True) -> None:
        if limit is not None and limit < 1:
            raise InputError(_("a container needs room for one process at least"))
        self.limit, self.reaps = limit, reaps
        self.init = ContainerProcess(INIT, OUTSIDE, name)
        self.processes = {INIT: self.init}
        self._next = INIT + 1

    @property
    def ended(self) -> bool:
        """Whether the container has, for PID 1 has."""
        return self.init.state is TERMINATED

    def process(self, pid: int) -> ContainerProcess:
        """Return the process of a number; InputError where there is none."""
        try:
            return self.processes[pid]
        except KeyError:
            raise InputError(_("there is no process {pid}").format(pid=pid)) from None

    def admit(self, pid: int) -> None:
        """Let a new process compete for the CPU."""
        self.process(pid).become(READY)

    def dispatch(self, pid: int) -> None:
        """Give a ready process a core."""
        self.process(pid).become(RUNNING)

    def preempt(self, pid: int) -> None:
        """Take its core from a running process."""
        self._running(pid).become(READY)

    def block(self, pid: int) -> None:
        """Let a running process wait for something else than a child."""
        self._running(pid).become(BLOCKED)

    def wake(self, pid: int) -> None:
        """End such a wait; InputError where the process waits for a child, or not at all."""
        process = self.process(pid)
        if process.waiting_for is not None:
            raise InputError(_("process {pid} waits for a child").format(pid=pid))
        if process.state is not BLOCKED:
            raise InputError(_("process {pid} is not blocked").format(pid=pid))
        process.become(READY)

    def fork(self, pid: int) -> list[Happening]:
        """Make a copy of a process, its child; EAGAIN at the limit."""
        parent = self._running(pid)
        child = self._add(pid, parent.name)
        child.dispositions = dict(parent.dispositions)
        parent.children[child.pid] = None
        return [Happening(What.FORKED, child.pid, pid)]

    def enter(self, name: str) -> list[Happening]:
        """Let a process in from outside, where its parent is and reaps it; EAGAIN at the limit.

        So `docker exec` does (setns(2)); to all within its parent is 0.
        """
        if self.ended:
            raise InputError(_("the container has ended"))
        return [Happening(What.FORKED, self._add(OUTSIDE, name).pid, OUTSIDE)]

    def _add(self, parent: int, name: str) -> ContainerProcess:
        if self.limit is not None and len(self.processes) >= self.limit:
            raise CallRefused(Refusal.EAGAIN)
        child = ContainerProcess(self._next, parent, name)
        self._next += 1
        self.processes[child.pid] = child
        return child

    def execute(self, pid: int, name: str) -> list[Happening]:
        """Run another program in a process: same PID, parent and children."""
        self._running(pid).replace(name)
        return [Happening(What.REPLACED, pid)]

    def spawn(self, pid: int, name: str) -> list[Happening]:
        """Fork, and run another program in the child; EAGAIN at the limit."""
        (forked,) = self.fork(pid)
        self.processes[forked.pid].replace(name)
        return [forked, Happening(What.REPLACED, forked.pid)]

    def exit(self, pid: int, code: int = 0) -> list[Happening]:
        """End a process by itself; of the code the lowest eight bits count."""
        return self._end(self._running(pid), ExitStatus(code & 0xFF))

    def wait(self, pid: int, child: int = ANY_CHILD, *, block: bool = True) -> list[Happening]:
        """Reap a child that has ended, or wait for one; ECHILD where there is none to wait for.

        Of several zombies the one that became a child first is reaped. Without `block` the call
        returns NOT_YET instead of waiting.
        """
        process = self._running(pid)
        candidates = self._candidates(process, child)
        if not candidates:
            raise CallRefused(Refusal.ECHILD)
        for each in candidates:
            if each.state is ZOMBIE:
                return [self._reap(each)]
        if not block:
            return [Happening(What.NOT_YET, pid)]
        process.waiting_for = child
        process.become(BLOCKED)
        return [Happening(What.BLOCKED, pid, child)]

    def handle(self, pid: int, signal: Signal, disposition: Disposition) -> list[Happening]:
        """Say what a process does with a signal from now on; EINVAL for KILL."""
        process = self._running(pid)
        if signal is Signal.KILL:
            raise CallRefused(Refusal.EINVAL)
        process.dispositions[signal] = disposition
        return [Happening(What.SET, pid, signal=signal)]

    def kill(self, sender: int, target: int, signal: Signal) -> list[Happening]:
        """Send a signal; `sender` is OUTSIDE for the runtime. ESRCH where there is no target."""
        if sender != OUTSIDE:
            self._running(sender)
        elif self.ended:
            raise InputError(_("the container has ended"))
        if target not in self.processes:
            raise CallRefused(Refusal.ESRCH)
        return self._deliver(self.processes[target], signal, sender)

    def _running(self, pid: int) -> ContainerProcess:
        if self.ended:
            raise InputError(_("the container has ended"))
        process = self.process(pid)
        if process.state is not RUNNING:
            raise InputError(
                _("process {pid} is {state}, not running: it can do nothing").format(
                    pid=pid, state=process.state
                )
            )
        return process

    def _deliver(self, target: ContainerProcess, signal: Signal, sender: int) -> list[Happening]:
        response, code = target.disposition(signal)
        if target.state is ZOMBIE or response is Response.IGNORE:
            return [Happening(What.IGNORED, target.pid, sender, signal)]
        if response is not Response.DEFAULT:
            caught = Happening(What.CAUGHT, target.pid, sender, signal)
            if response is Response.RETURN:
                return [caught]
            return [caught, *self._end(target, ExitStatus(code & 0xFF))]
        if signal is Signal.CHLD:
            return [Happening(What.IGNORED, target.pid, sender, signal)]
        if target is self.init and not (signal is Signal.KILL and sender == OUTSIDE):
            return [Happening(What.SHIELDED, target.pid, sender, signal)]
        return self._end(target, ExitStatus(0, signal))

    def _end(self, process: ContainerProcess, status: ExitStatus) -> list[Happening]:
        process.status, process.waiting_for = status, None
        if process is self.init:
            return self._clear(status)
        process.become(ZOMBIE)
        orphans = [self.processes[pid] for pid in process.children]
        return [
            Happening(What.ENDED, process.pid, process.parent, status.signal, status),
            *(self._adopt(orphan) for orphan in orphans),
            *self._tell([*(each for each in orphans if each.state is ZOMBIE), process]),
        ]

    def _clear(self, status: ExitStatus) -> list[Happening]:
        """End everything with PID 1."""
        happened = [Happening(What.ENDED, INIT, OUTSIDE, status.signal, status)]
        for process in self.processes.values():
            if process is not self.init:
                process.status = process.status or ExitStatus(0, Signal.KILL)
                happened.append(
                    Happening(What.CLEARED, process.pid, INIT, Signal.KILL, process.status)
                )
            process.become(TERMINATED)
        self.processes.clear()
        return happened

    def _adopt(self, orphan: ContainerProcess) -> Happening:
        lost = orphan.parent
        del self.processes[lost].children[orphan.pid]
        orphan.parent = INIT
        self.init.children[orphan.pid] = None
        return Happening(What.ADOPTED, orphan.pid, lost)

    def _tell(self, zombies: list[ContainerProcess]) -> list[Happening]:
        """Tell parents of new zombies: who ignores CHLD gets none, who waits gets one (wait(2)).

        What an init has not waited for it reaps all the same, and outside is told at once.
        """
        happened = [self._reap(each) for each in zombies if each.parent == OUTSIDE]
        zombies = [each for each in zombies if each.parent != OUTSIDE]
        parents = {zombie.parent: self.processes[zombie.parent] for zombie in zombies}
        happened += [self._reap(each) for each in zombies if _careless(parents[each.parent])]
        for parent in parents.values():
            happened += self._end_wait(parent)
        if self.reaps:
            left = (each for each in zombies if each.state is ZOMBIE and each.parent == INIT)
            happened += [self._reap(each) for each in left]
        return happened

    def _end_wait(self, parent: ContainerProcess) -> list[Happening]:
        """Wake a parent whose wait is over: a child has ended, or there is none to wait for."""
        if parent.waiting_for is None:
            return []
        candidates = self._candidates(parent, parent.waiting_for)
        ended = next((each for each in candidates if each.state is ZOMBIE), None)
        if candidates and ended is None:
            return []
        parent.waiting_for = None
        parent.become(READY)
        if ended is None:
            return [Happening(What.WOKE, parent.pid)]
        return [self._reap(ended), Happening(What.WOKE, parent.pid, ended.pid)]

    def _candidates(self, parent: ContainerProcess, child: int) -> list[ContainerProcess]:
        if child != ANY_CHILD:
            return [self.processes[child]] if child in parent.children else []
        return [self.processes[pid] for pid in parent.children]

    def _reap(self, process: ContainerProcess) -> Happening:
        process.become(TERMINATED)
        del self.processes[process.pid]
        if process.parent != OUTSIDE:
            del self.processes[process.parent].children[process.pid]
        return Happening(
            What.REAPED,
            process.pid,
            process.parent,
            process.status and process.status.signal,
            process.status,
        )


def _careless(parent: ContainerProcess) -> bool:
    return parent.disposition(Signal.CHLD).response is Response.IGNORE
