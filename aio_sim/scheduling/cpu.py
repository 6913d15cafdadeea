"""The Cpu: cores, ready queues and a policy; the only dispatcher of processes in the project."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from simpy.events import Event

from aio_sim.kernel.environment import DECISION, Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Reason, Trace
from aio_sim.scheduling.blocked import Blocked
from aio_sim.scheduling.completion import completion_of
from aio_sim.scheduling.core import RealCores
from aio_sim.scheduling.dispatch_loop import DispatchLoop, LoopContext
from aio_sim.scheduling.loops import dispatch_loop
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import BLOCKED, SYSTEM, TERMINATED, Process, Stretches, Weight
from aio_sim.scheduling.switching import ConstantSwitch, SwitchModel, SwitchTally
from aio_sim.scheduling.virtual_core import VirtualCores

if TYPE_CHECKING:
    import numpy as np

ONE: Final = Fraction(1)
ARRIVED: Final = Reason.ARRIVAL

QueueKind = Literal["shared", "per_core"]


class Cpu:
    """One or many equal cores under a scheduling policy.

    `queue` is `shared` (one ready queue feeds all cores) or `per_core` (each core has its own, and
    a process joins the shortest, the lowest index on a tie, each time it becomes ready).
    `switch_cost` is what each context switch takes, in nanoseconds, or a model of this Cpu's own
    that is asked. Work is CPU time at speed 1; a burst is at least 1 ns.
    """

    __slots__ = (
        "_blocked",
        "_env",
        "_followers",
        "_lent",
        "_loops",
        "_own",
        "_paused",
        "_queue_kind",
        "_random_stream",
        "_speed",
        "_supply",
        "_switching",
        "_system",
        "_trace",
        "cores",
        "name",
        "policy",
        "present",
    )

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        name: str,
        cores: int,
        policy: SchedulingPolicy,
        *,
        switch_cost: int | SwitchModel = 0,
        queue: QueueKind = "shared",
        speed: float | Fraction = 1,
        random_stream: Callable[[str], np.random.Generator] | None = None,
        supply: VirtualCores | None = None,
    ) -> None:
        self.name = name
        self.cores = cores
        self.policy = policy
        self.present = 0
        """Processes that are here: on a core, ready, or blocked in I/O."""
        self._system = 0  # time of processes of the system that have ended
        self._env = env
        self._speed = ONE if speed == 1 else Fraction(speed).limit_denominator(1_000_000)
        self._trace = trace
        self._queue_kind = queue
        self._switching: SwitchModel = (
            ConstantSwitch(switch_cost) if isinstance(switch_cost, int) else switch_cost
        )
        self._supply = supply
        self._random_stream = random_stream or RandomStreams(0).stream
        self._paused = False
        self._blocked = Blocked(env, self._wake_up)
        self._followers: dict[Callable[[], None], None] = {}
        self._lent: set[int] = set()
        self._own: list[int] | None = None  # a heap of the cores that are not lent, if any ever was
        # Made when the first process comes: a host that is only lent as a whole needs none.
        self._loops: list[DispatchLoop] = []

    def _make_loops(self) -> list[DispatchLoop]:
        cores = range(self.cores)
        queues = [list(cores)] if self._queue_kind == "shared" else [[core] for core in cores]
        self._loops = [self._loop(index, queue) for index, queue in enumerate(queues)]
        self._set_available(sorted(self._lent), available=False)
        if self._paused and self._supply is None:
            self.pause()
        return self._loops

    def _loop(self, index: int, cores: list[int]) -> DispatchLoop:
        stream = partial(self._random_stream, f"{self.name}.{index}.policy")
        context = LoopContext(
            self._env,
            self._trace,
            self._trace.code(self.name),
            self.policy,
            Moment(stream),
            self._switching,
            self._next_stretch,
            self._burst_ended,
            self._supply or RealCores(self._env),
        )
        return dispatch_loop(context, cores)

    def submit(self, process: Process) -> Event:
        """Let a process run here; the event fires, with the process, when it ends."""
        return completion_of(process, self._env, self.accept)

    def accept(self, process: Process) -> None:
        """Let a process run here; its owner hears when it ends."""
        if self._speed is not ONE or process.remaining < 1:
            process.remaining = self._time(process.remaining)
        self.present += 1
        loops = self._loops or self._make_loops()
        process.place = loop = loops[0] if len(loops) == 1 else self._shortest(process)
        loop.accept(process, ARRIVED)

    def remove(self, process: Process) -> None:
        """Take a process away unfinished; its owner hears nothing."""
        self.present -= 1
        if process.state is BLOCKED:
            self._blocked.remove(process)
        else:
            process.place.remove(process)
        process.state = TERMINATED
        if process.source == SYSTEM:
            self._system += process.received

    # What the virtual cores of a guest ask for

    @property
    def decision(self) -> Any:
        """The phase of an instant in which its dispatch loops decide."""
        return DECISION if self._supply is None else self._supply.decision

    def join(self, process: Process, burst: int) -> None:
        """Let a guest's process run here, for a burst in time at whatever speed."""
        process.remaining = burst
        self.present += 1
        self._let_in(process, Reason.WAKE_UP)

    def go_on(self, process: Process, burst: int) -> None:
        """Let a guest's process that is here have another burst, from now on."""
        process.place.go_on(process, burst)

    def leave(self, process: Process) -> None:
        """Let a guest's process rest until it joins again."""
        self.present -= 1
        process.place.remove(process, Reason.BLOCKED)
        process.state = BLOCKED

    def reweigh(self, process: Process, weight: Weight) -> None:
        """Let a guest's process count so much against others from now on."""
        if process.state is BLOCKED:
            process.weight = weight
        else:
            process.place.reweigh(process, weight)

    @property
    def queues(self) -> int:
        """How many ready queues it has: one, or one a core."""
        return 1 if self._queue_kind == "shared" else self.cores

    def follow_speed(self, changed: Callable[[], None]) -> None:
        """Call back each time the speed has changed, for a guest whose work is done here."""
        self._followers[changed] = None

    def unfollow_speed(self, changed: Callable[[], None]) -> None:
        """Do not call back any more."""
        self._followers.pop(changed, None)

    def received(self, process: Process) -> int:
        """Return the time that a guest's process has had on a core up to now."""
        if process.state is BLOCKED:
            return process.received
        time: int = process.place.received(process)
        return time

    @property
    def speed(self) -> Fraction:
        """Work done in a nanosecond of one core."""
        return self._speed

    def set_speed(self, speed: float | Fraction) -> None:
        """Run at another speed; what is left of a burst is rounded up to a nanosecond."""
        new = ONE if speed == 1 else Fraction(speed).limit_denominator(1_000_000)
        ratio = self._speed / new
        self._speed = new
        for loop in self._loops:
            loop.rescale(ratio.numerator, ratio.denominator)
        for changed in list(self._followers):
            changed()

    def pause(self) -> None:
        """Stop all cores where they are."""
        self._paused = True
        if self._supply is not None:
            self._supply.park()
            return
        for loop in self._loops:
            loop.pause()

    def resume(self) -> None:
        """Let all cores go on."""
        self._paused = False
        if self._supply is not None:
            self._supply.unpark()
            return
        for loop in self._loops:
            loop.resume()

    def lend_cores(self, count: int) -> list[int]:
        """Take that many cores out of the scheduling, idle ones first, and return their indices.

        A process on one goes back to the head of its queue. Raises ValueError where there are not
        so many.
        """
        own = self._own = list(range(self.cores)) if self._own is None else self._own
        if count > len(own):
            raise ValueError(f"{self.name}: {count} cores asked for, {len(own)} there")
        if self.present:
            chosen = self._choose(own, count)
            taken = set(chosen)
            own[:] = sorted(core for core in own if core not in taken)
        else:
            chosen = [heapq.heappop(own) for _ in range(count)]
        self._lent.update(chosen)
        self._set_available(chosen, available=False)
        return sorted(chosen)

    def _choose(self, own: list[int], count: int) -> list[int]:
        """Return cores to lend: idle ones from the first on, then running ones from the last on."""
        running = {core for loop in self._loops for core in loop.running()}
        idle = sorted(core for core in own if core not in running)
        if count <= len(idle):
            return idle[:count]
        return idle + sorted(running.intersection(own), reverse=True)[: count - len(idle)]

    def return_cores(self, cores: list[int]) -> None:
        """Schedule on these cores again."""
        own = self._own
        assert own is not None
        self._lent.difference_update(cores)
        for core in cores:
            heapq.heappush(own, core)
        self._set_available(cores, available=True)

    def charge(self) -> None:
        """Bring the accounts of all processes up to now."""
        for loop in self._loops:
            loop.charge()
        self._blocked.charge()

    def processes(self) -> Iterator[Process]:
        """Yield the processes that are here: on a core, ready, or blocked."""
        for loop in self._loops:
            yield from loop.processes()
        yield from self._blocked

    @property
    def tasks(self) -> int:
        """How many tasks are here: processes that are neither virtual cores nor a guest's own."""
        return sum(process.source != SYSTEM for process in self.processes())

    def check(self) -> None:
        """Audit the books.

        Raises AuditError where processes got lost, or run on more cores than there are.
        """
        here = sum(1 for _ in self.processes())
        running = sum(len(loop.running()) for loop in self._loops)
        if here != self.present or running > self.cores - len(self._lent):
            raise AuditError(
                _(
                    "{cpu}: {here} processes of {present}, {running} running on {cores} cores"
                ).format(
                    cpu=self.name,
                    here=here,
                    present=self.present,
                    running=running,
                    cores=self.cores - len(self._lent),
                )
            )

    @property
    def busy(self) -> int:
        """Core-nanoseconds of work done and charged so far, switches not counted."""
        return sum(loop.busy for loop in self._loops)

    @property
    def system_time(self) -> int:
        """Core-nanoseconds, charged so far, of the system's own work: boots, copies; no tasks'."""
        return self._system + sum(
            process.received
            for process in self.processes()
            if process.source == SYSTEM and process.guest is None
        )

    @property
    def switches(self) -> int:
        """Context switches so far."""
        return sum(loop.switches for loop in self._loops)

    @property
    def switching(self) -> SwitchTally | None:
        """What the context switches so far were made of; None where only their number is known."""
        return self._switching.tally(self.switches)

    def _set_available(self, cores: list[int], available: bool) -> None:
        if len(self._loops) == 1:
            self._loops[0].set_available(cores, available)
        elif self._loops:
            for core in cores:
                self._loops[core].set_available([core], available)

    def _time(self, work: int) -> int:
        """Return how long a core takes for that work."""
        if self._speed is ONE:
            return max(work, 1)
        return max(-(-work * self._speed.denominator // self._speed.numerator), 1)

    def _shortest(self, process: Process) -> DispatchLoop:
        at = min(
            range(len(self._loops)) if process.allowed is None else process.allowed,
            key=lambda at: (at in self._lent, self._loops[at].load(), at),
        )
        return self._loops[at]

    def _next_stretch(self, process: Process) -> int:
        more = process.bursts.go_on() if isinstance(process.bursts, Stretches) else 0
        return self._time(more) if more else 0

    def _burst_ended(self, process: Process) -> None:
        if process.bursts:
            self._blocked.add(process, process.bursts.pop(0))
            return
        self.present -= 1
        process.state = TERMINATED
        if process.source == SYSTEM:
            self._system += process.received
        if process.owner is not None:
            process.owner.finished(process)

    def _wake_up(self, process: Process) -> None:
        """Let a process begin its next burst, or end where it has none."""
        if process.bursts:
            process.remaining = self._time(process.bursts.pop(0))
            self._let_in(process, Reason.WAKE_UP)
        else:
            self._burst_ended(process)

    def _let_in(self, process: Process, reason: Reason) -> None:
        loops = self._loops or self._make_loops()
        process.place = loop = loops[0] if len(loops) == 1 else self._shortest(process)
        loop.accept(process, reason)
