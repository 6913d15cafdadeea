"""One core of a Cpu, as its dispatch loop sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from aio_sim.kernel.environment import COMPLETION, DECISION, QUANTUM_END, Environment, Timer

if TYPE_CHECKING:
    from aio_sim.scheduling.process import Process


class Alarm(Protocol):
    """A moment on the clock of a core that calls back."""

    due: int

    def set(self, at: int) -> None: ...
    def cancel(self) -> None: ...


class Core:
    """Who is on a core, since when, and the timers that end it.

    This one is real: its clock is that of the simulated world. See `virtual_core` for the other.
    """

    __slots__ = (
        "_env",
        "available",
        "completion",
        "index",
        "lapse",
        "last",
        "process",
        "since",
        "slice_length",
        "slice_start",
        "turn",
    )

    real: ClassVar[bool] = True

    def __init__(self, env: Environment, index: int, completes: Callable[[Core], None]) -> None:
        self._env = env
        self.index = index
        self.available = True  # not lent to somebody as a whole
        self.process: Process | None = None
        self.last: Process | None = None  # whom it ran last; another one is a context switch
        self.since = 0  # from when on `process` has made progress not yet charged
        self.turn = 0  # the order of dispatches
        self.completion: Alarm = self._alarm(partial(completes, self), COMPLETION)
        self.lapse: Alarm | None = None  # ends a slice; only where slices are
        self.slice_start = 0
        self.slice_length: int | None = None

    def _alarm(self, callback: Callable[[], None], phase: int) -> Alarm:
        return Timer(self._env, callback, phase)

    def now(self) -> int:
        """Return what the core's clock shows, in nanoseconds."""
        return self._env._now

    def slices(self, lapses: Callable[[Core], None]) -> None:
        """Give the core a timer for the end of its slices."""
        self.lapse = self._alarm(partial(lapses, self), QUANTUM_END)

    def begins(self, process: Process, begin: int) -> None:
        """Note that a process begins, for the first time, when the clock shows `begin`."""
        process.start = begin

    def quiet(self) -> None:
        """Cancel what was going to happen to the process on the core."""
        self.completion.cancel()
        if self.lapse is not None:
            self.lapse.cancel()

    def progress(self) -> int:
        """Return how long the process on the core has run and was not charged for."""
        return max(self._env._now - self.since, 0)

    def put_off(self, since: int, time: int) -> None:
        """Let the process on the core go on that much later; it stood still from `since`."""
        process = self.process
        assert process is not None
        if process.start > since:
            process.start += time  # it was in its first switch
        self.since += time
        self.slice_start += time
        self.go_on(process)

    def go_on(self, process: Process) -> None:
        """Let the process on the core complete when what is left of its burst has passed.

        Where nothing is left that is now, for a guest may not have heard of it.
        """
        self.completion.set(self.since + process.remaining)


def stand_still(cores: Iterable[Core]) -> None:
    """Let nothing happen on cores by itself any more."""
    for core in cores:
        core.quiet()


def go_on(cores: Iterable[Core]) -> None:
    """Let the processes on cores go on with what is left of their bursts."""
    for core in cores:
        if core.process is not None:
            core.go_on(core.process)


def release(cores: Iterable[Core], since: int, now: int) -> None:
    """Let the processes on cores go on that stood still from `since` to `now`."""
    for core in cores:
        if core.process is not None:
            core.put_off(since, now - since)


def rescale(processes: Iterable[Process], numerator: int, denominator: int) -> None:
    """Multiply what is left of bursts, rounded up to a nanosecond; a guest's burst is time."""
    for process in processes:
        if process.guest is None:
            process.remaining = -(-process.remaining * numerator // denominator)


class CoreSupply(Protocol):
    """Where the cores of a Cpu come from."""

    decision: Any
    """The phase of an instant in which their dispatch loop decides."""
    real: bool
    """Whether their clocks are that of the simulated world."""

    def core(self, index: int, completes: Callable[[Core], None]) -> Core:
        """Return the core of that number, which calls `completes` at the end of a burst."""


class RealCores:
    """The cores of a host."""

    decision: Any = DECISION
    real = True

    def __init__(self, env: Environment) -> None:
        self._env = env

    def core(self, index: int, completes: Callable[[Core], None]) -> Core:
        """Return the core of that number, which calls `completes` at the end of a burst."""
        return Core(self._env, index, completes)
