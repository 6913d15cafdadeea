"""Programs: what a process of a container does, as a list of steps.

Each step is some CPU time and then one call; what follows begins when the call has come to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from aio_sim.containers.processes.process import ANY_CHILD
from aio_sim.containers.processes.signals import Disposition, Signal
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Compute(NamedTuple):
    """Use so many nanoseconds of CPU time."""

    work: int


class Sleep(NamedTuple):
    """Wait for so many nanoseconds: input, output, a timer."""

    time: int


class Spawn(NamedTuple):
    """Fork a child and let it run a program; where the kernel refuses, go on without it.

    Without a program the child runs that of its parent, from the beginning.
    """

    program: Program | None = None


class Wait(NamedTuple):
    """Wait for a child to end and learn of its exit code; go on at once where there is none."""

    child: int = ANY_CHILD


class Kill(NamedTuple):
    """Send a signal to a process."""

    pid: int
    signal: Signal = Signal.TERM


class Handle(NamedTuple):
    """Say what to do with a signal from now on."""

    signal: Signal
    disposition: Disposition


class Allocate(NamedTuple):
    """Hold so many bytes of memory more; with `cached` let the kernel keep files there."""

    size: int
    cached: bool = False


class Free(NamedTuple):
    """Give bytes of memory back."""

    size: int


class Write(NamedTuple):
    """Write so many bytes to a file of the container, and wait for the disk."""

    file: str
    length: int
    offset: int = 0


class Exit(NamedTuple):
    """End, with a code from 0 to 255."""

    code: int = 0


Call = Sleep | Spawn | Wait | Kill | Handle | Allocate | Free | Write | Exit
Step = Compute | Call


@dataclass(frozen=True, slots=True)
class Program:
    """Steps of a process, which ends after the last with the code 0; with `repeat` never.

    `priority` and `weight` are for the container's scheduling policy, `adjustment` (-1000 to 1000)
    for the choice of a victim when memory runs out. Raises InputError where the steps are repeated
    and take no time.
    """

    name: str
    steps: tuple[Step, ...] = ()
    repeat: bool = False
    priority: int | float = 0
    weight: float = 1
    adjustment: int = 0

    def __post_init__(self) -> None:
        time = sum(
            step.work if isinstance(step, Compute) else step.time
            for step in self.steps
            if isinstance(step, Compute | Sleep)
        )
        waits = any(isinstance(step, Exit) for step in self.steps)
        if self.repeat and not time and not waits:
            raise InputError(
                _("program {name}: steps that repeat for ever must take time").format(
                    name=self.name
                )
            )


class Stretch(NamedTuple):
    """CPU time, and the call that comes after it."""

    work: int
    call: Call


def stretches(program: Program, fork: int) -> tuple[Stretch, ...]:
    """Return the steps of a program as stretches, a fork's own CPU time (ns) included."""
    found: list[Stretch] = []
    work = 0
    for each in program.steps:
        step = each
        if isinstance(step, Compute):
            work += step.work
            continue
        if isinstance(step, Spawn):
            work += fork
            step = Spawn(step.program or program)
        found.append(Stretch(work, step))
        work = 0
    if work and program.repeat:
        found.append(Stretch(work, Sleep(0)))
    elif not program.repeat:
        found.append(Stretch(work, Exit()))
    return tuple(found)
