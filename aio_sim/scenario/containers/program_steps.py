"""What a scenario lets a process of a container do, one step after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from aio_sim.containers.processes import program as does
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import Disposition, Response, Signal
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.images import ImageName
from aio_sim.scenario.containers.short_forms import OrAlone
from aio_sim.scenario.fields import Count, Name, Size, Spec, Whole, require_choice
from aio_sim.scenario.sentences import shown
from aio_sim.scheduling.policy import Quantum

MOST_SPAWNED = 10_000


def _known_signal(name: str) -> str:
    known = Signal.__members__
    bare = str(name).upper().removeprefix("SIG")
    if bare not in known:
        sentence = _("unknown signal {name}{hint}")
        raise ValueError(sentence.format(name=shown(name), hint=hint(bare, known)))
    return bare


SignalName = Annotated[
    str, AfterValidator(_known_signal), WithJsonSchema({"enum": list(Signal.__members__)})
]
"""A signal, with or without SIG before it."""

ExitCode = Annotated[Whole, Field(le=255)]
PositiveSize = Annotated[Size, Field(gt=0)]


class ProgramStepSpec(Spec):
    """Something that a process does."""

    @abstractmethod
    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the calls that it is made of; `programs` are those that may be spawned."""


class ComputeStep(ProgramStepSpec):
    """Use the CPU."""

    do: Literal["compute"]
    work: Quantum
    """Seconds of a core at speed 1."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Compute(self.work),)


class SleepStep(ProgramStepSpec):
    """Wait: for input, output, a timer."""

    do: Literal["sleep"]
    time: Quantum
    """How long."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Sleep(self.time),)


class SpawnStep(ProgramStepSpec):
    """Fork children that run a program; a program that names itself forks without end."""

    do: Literal["spawn"]
    program: Name
    """Its name."""
    count: Annotated[Count, Field(le=MOST_SPAWNED)] = 1
    """How many children, one after the other."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return a spawn for each; one without a program is of the process's own."""
        return (does.Spawn(programs.get(self.program)),) * self.count


class WaitStep(ProgramStepSpec):
    """Wait for a child to end, and reap it; go on at once where there is none."""

    do: Literal["wait"]
    child: Whole = 0
    """The PID of the child; any of them where 0."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Wait(self.child),)


class KillStep(ProgramStepSpec):
    """Send a signal to a process of the container."""

    do: Literal["kill"]
    pid: Count
    """Its PID."""
    signal: SignalName = "TERM"
    """Which signal; KILL cannot be caught."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Kill(self.pid, Signal[self.signal]),)


class HandleStep(ProgramStepSpec):
    """Say what the process does with a signal from now on."""

    do: Literal["handle"]
    signal: SignalName
    """Which signal."""
    response: Literal["default", "ignore", "return", "exit"]
    """Nothing of its own, no notice, a handler that returns, or one that ends the process."""
    code: ExitCode = 0
    """The exit code, with `exit`."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        disposition = Disposition(Response(self.response), self.code)
        return (does.Handle(Signal[self.signal], disposition),)


class AllocateStep(ProgramStepSpec):
    """Hold more memory."""

    do: Literal["allocate"]
    size: PositiveSize
    """How much more."""
    cached: bool = False
    """Whether it is cache of files, which can be reclaimed."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Allocate(self.size, self.cached),)


class FreeStep(ProgramStepSpec):
    """Give memory back."""

    do: Literal["free"]
    size: PositiveSize
    """How much."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Free(self.size),)


class WriteStep(ProgramStepSpec):
    """Write to a file of the container, and wait for the disk."""

    do: Literal["write"]
    file: ImageName
    """Its path."""
    size: PositiveSize
    """How many bytes."""
    offset: Size = 0
    """From which byte on."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Write(self.file, self.size, self.offset),)


class ExitStep(ProgramStepSpec):
    """End the process."""

    do: Literal["exit"]
    code: ExitCode = 0
    """Its exit code."""

    def build(self, programs: Mapping[str, Program]) -> tuple[does.Step, ...]:
        """Return the call."""
        return (does.Exit(self.code),)


def _require_do(data: object) -> object:
    return require_choice({"do": data} if isinstance(data, str) else data, "do")


ProgramStep = Annotated[
    Annotated[
        ComputeStep
        | SleepStep
        | SpawnStep
        | WaitStep
        | KillStep
        | HandleStep
        | AllocateStep
        | FreeStep
        | WriteStep
        | ExitStep,
        Field(discriminator="do"),
    ],
    BeforeValidator(_require_do),
    OrAlone({"enum": ["wait", "exit"]}),
]
"""A step, by what is done; one that needs nothing else may stand as that word alone."""
