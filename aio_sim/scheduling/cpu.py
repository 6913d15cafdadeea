"""The Cpu: cores, ready queues and a policy; the only dispatcher of processes in the project."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal

from simpy.events import Event

from aio_sim.kernel.environment import WAKE_UP, Environment, Timer
from aio_sim.kernel.trace import Reason, Trace
from aio_sim.scheduling.dispatch_loop import DispatchLoop, LoopContext
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process, State
from aio_sim.scheduling.rotation_loop import RotationLoop
from aio_sim.scheduling.sharing_loop import SharingLoop
from aio_sim.scheduling.slice_loop import SliceLoop

if TYPE_CHECKING:
    import numpy as np

QueueKind = Literal["shared", "per_core"]


class Cpu:
    """One or many equal cores under a scheduling policy.

    `queue` is `shared` (one ready queue feeds all cores) or `per_core` (each core has its own, and
    a process joins the shortest, the lowest index on a tie, each time it becomes ready). Work is
    CPU time at speed 1; a burst is at least 1 ns.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        name: str,
        cores: int,
        policy: SchedulingPolicy,
        *,
        switch_cost: int = 0,
        queue: QueueKind = "shared",
        speed: float | Fraction = 1,
        random_stream: Callable[[str], np.random.Generator] | None = None,
    ) -> None:
        self.name = name
        self.cores = cores
        self.policy = policy
        self.present = 0
        """Processes that are here: on a core, ready, or blocked in I/O."""
        self._env = env
        self._speed = Fraction(speed).limit_denominator(1_000_000)
        self._queues = [list(range(cores))] if queue == "shared" else [[at] for at in range(cores)]
        self._blocked: list[tuple[int, int, int, Process]] = []
        self._waking = Timer(env, self._wake, WAKE_UP)
        self._lent: set[int] = set()
        self._loops = [
            self._loop(env, trace, switch_cost, index, random_stream)
            for index in range(len(self._queues))
        ]

    def _loop(
        self,
        env: Environment,
        trace: Trace,
        switch_cost: int,
        index: int,
        random_stream: Callable[[str], np.random.Generator] | None,
    ) -> DispatchLoop:
        context = LoopContext(
            env,
            trace,
            trace.code(self.name),
            self.policy,
            Moment(_stream(random_stream, f"{self.name}.{index}.policy")),
            switch_cost,
            self._burst_ended,
        )
        cores = self._queues[index]
        if self.policy.mechanism == "sharing":
            return SharingLoop(context, cores)
        if self.policy.mechanism == "rotation":
            quantum = self.policy.slice(Process(-1, 0, 1), context.moment)
            assert quantum is not None
            return RotationLoop(context, cores, quantum)
        return SliceLoop(context, cores)

    def submit(self, process: Process) -> Event:
        """Let a process run here; the event that comes back fires, with the process, when it ends."""
        event = Event(self._env)
        process.owner = _Completion(event)
        self.accept(process)
        return event

    def accept(self, process: Process) -> None:
        """Let a process run here; its owner hears when it ends."""
        self.present += 1
        process.remaining = self._time(process.remaining)
        self._join(process, Reason.ARRIVAL)

    def remove(self, process: Process) -> None:
        """Take a process away unfinished; its owner hears nothing."""
        self.present -= 1
        if process.state is State.BLOCKED:
            self._blocked = [entry for entry in self._blocked if entry[3] is not process]
            heapq.heapify(self._blocked)
        else:
            process.place.remove(process)
        process.state = State.TERMINATED

    @property
    def speed(self) -> Fraction:
        """Work done in a nanosecond of one core."""
        return self._speed

    def set_speed(self, speed: float | Fraction) -> None:
        """Run at another speed from now on; what is left of a burst is rounded up to a nanosecond."""
        new = Fraction(speed).limit_denominator(1_000_000)
        ratio = self._speed / new
        self._speed = new
        for loop in self._loops:
            loop.rescale(ratio.numerator, ratio.denominator)

    def pause(self) -> None:
        """Stop all cores where they are."""
        for loop in self._loops:
            loop.pause()

    def resume(self) -> None:
        """Let all cores go on."""
        for loop in self._loops:
            loop.resume()

    def lend_cores(self, count: int) -> list[int]:
        """Take that many cores out of the scheduling, idle ones first, and return their indices.

        A process on one goes back to the head of its queue. Raises ValueError where there are not
        so many.
        """
        running = {core for loop in self._loops for core in loop.running()}
        own = [core for core in range(self.cores) if core not in self._lent]
        idle = [core for core in own if core not in running]
        chosen = (idle + [core for core in reversed(own) if core in running])[:count]
        if len(chosen) < count:
            raise ValueError(f"{self.name}: {count} cores asked for, {len(own)} there")
        self._lent.update(chosen)
        self._set_available(chosen, available=False)
        return sorted(chosen)

    def return_cores(self, cores: list[int]) -> None:
        """Schedule on these cores again."""
        self._lent.difference_update(cores)
        self._set_available(cores, available=True)

    def charge(self) -> None:
        """Bring the accounts of all processes up to now."""
        for loop in self._loops:
            loop.charge()

    @property
    def busy(self) -> int:
        """Core-nanoseconds of work done and charged so far, switches not counted."""
        return sum(loop.busy for loop in self._loops)

    @property
    def switches(self) -> int:
        """Context switches so far."""
        return sum(loop.switches for loop in self._loops)

    def _set_available(self, cores: list[int], available: bool) -> None:
        for loop, queue in zip(self._loops, self._queues, strict=True):
            if touched := [core for core in cores if core in queue]:
                loop.set_available(touched, available)

    def _time(self, work: int) -> int:
        """Return how long a core takes for that work."""
        if self._speed == 1:
            return max(work, 1)
        return max(-(-work * self._speed.denominator // self._speed.numerator), 1)

    def _join(self, process: Process, reason: Reason) -> None:
        loops = self._loops
        loop = loops[0] if len(loops) == 1 else self._shortest()
        process.place = loop
        loop.accept(process, reason)

    def _shortest(self) -> DispatchLoop:
        at = min(
            range(len(self._loops)),
            key=lambda at: (at in self._lent, self._loops[at].present, at),
        )
        return self._loops[at]

    def _burst_ended(self, process: Process) -> None:
        if process.bursts:
            self._block(process, process.bursts.pop(0))
            return
        self.present -= 1
        process.state = State.TERMINATED
        if process.owner is not None:
            process.owner.finished(process)

    def _block(self, process: Process, time: int) -> None:
        """Let a process wait for I/O, and then for its next burst, if there is one."""
        process.state = State.BLOCKED
        process.blocked += time
        until = self._env.now + time
        heapq.heappush(self._blocked, (until, process.arrival, process.number, process))
        if self._blocked[0][3] is process:
            self._waking.set(until)

    def _wake(self) -> None:
        """Let those whose I/O ends now go on, the earlier arrival first."""
        blocked = self._blocked
        while blocked and blocked[0][0] <= self._env.now:
            process = heapq.heappop(blocked)[3]
            if process.bursts:
                process.remaining = self._time(process.bursts.pop(0))
                self._join(process, Reason.WAKE_UP)
            else:
                self._burst_ended(process)
        if blocked:
            self._waking.set(blocked[0][0])


class _Completion:
    """Turns the end of a process into a SimPy event."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def finished(self, process: Process) -> None:
        self._event.succeed(process)


def _stream(
    random_stream: Callable[[str], np.random.Generator] | None, name: str
) -> Callable[[], np.random.Generator]:
    from aio_sim.kernel.random_streams import RandomStreams

    return partial(random_stream or RandomStreams(0).stream, name)
