"""What the dispatch loops have in common: what they are given, and what a Cpu asks of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Reason, Trace
from aio_sim.scheduling.core import CoreSupply
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process, Weight
from aio_sim.scheduling.switching import SwitchModel


@dataclass(frozen=True, slots=True)
class LoopContext:
    """What a dispatch loop is given by its Cpu."""

    env: Environment
    trace: Trace
    cpu: int
    """The Cpu's name, as a string code of the trace."""
    policy: SchedulingPolicy
    moment: Moment
    switching: SwitchModel
    """What it costs before a core runs another process than it ran last."""
    goes_on: Callable[[Process], int]
    """Returns for how long a process whose CPU time is used up stays on its core, 0 for not."""
    ended: Callable[[Process], None]
    """Told of each process whose CPU burst has ended."""
    supply: CoreSupply
    """Where the cores come from."""

    @property
    def switch_cost(self) -> int:
        """Nanoseconds of every context switch, where all cost the same."""
        return self.switching.constant or 0


class DispatchLoop(Protocol):
    """One ready queue and the cores it feeds."""

    switches: int
    """Context switches so far."""

    @property
    def busy(self) -> int:
        """Core-nanoseconds of work done and charged so far."""

    def accept(self, process: Process, reason: Reason) -> None:
        """Let a process join; its `remaining` is the burst, in time at the present speed."""

    def remove(self, process: Process, reason: Reason = Reason.WITHDRAWN) -> None:
        """Take a process away, wherever it stands, its accounts brought up to now."""

    def go_on(self, process: Process, burst: int) -> None:
        """Let a guest's process have another burst, from now on, wherever it stands."""

    def reweigh(self, process: Process, weight: Weight) -> None:
        """Let a process here count so much against others from now on."""

    def received(self, process: Process) -> int:
        """Return the time that a process here has had on a core up to now."""

    def charge(self) -> None:
        """Bring every account up to now."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def rescale(self, numerator: int, denominator: int) -> None:
        """Multiply what is left of every process, rounded up to whole nanoseconds."""

    def set_available(self, cores: list[int], available: bool) -> None:
        """Take cores away, or give them back; a process on one goes to the head of the queue."""

    def running(self) -> list[int]:
        """Return the indices of the available cores that run a process."""

    def load(self) -> int:
        """Return how many processes are on its cores and in its queue."""

    def processes(self) -> list[Process]:
        """Return the processes on its cores and in its queue."""
