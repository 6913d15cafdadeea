"""What a container is to be: its image, its limits, what runs in it, what happens at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from aio_sim.containers.limits import CpuLimits
from aio_sim.containers.memory_limits import MemoryLimit
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import Disposition, Response
from aio_sim.containers.restart import RestartPolicy
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size


class OnTerm(StrEnum):
    """What the program with PID 1 does when it is asked to end."""

    IGNORE = "ignore"
    """Nothing: it has no handler, so that it is killed after the grace period."""
    EXIT = "exit"
    """It ends at once, with the code 0; tasks inside are lost."""
    DRAIN = "drain"
    """It takes no more tasks, and ends when the last one inside has."""

    @property
    def disposition(self) -> Disposition:
        """What it has the kernel do with the signal."""
        responses = {OnTerm.IGNORE: Response.DEFAULT, OnTerm.EXIT: Response.EXIT}
        return Disposition(responses.get(self, Response.RETURN))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """A container to be.

    `program` is what PID 1 runs; None is a server that waits for tasks. `base_memory` is what it
    holds from the start, `task_memory` what each task does that does not say; `processes` limits
    how many there may be; `grace` is ns from TERM to KILL, the runtime's where None. With `init`
    PID 1 reaps what it adopts; with `oom_together` all are killed where memory runs out.

    Raises InputError where the memory limit can never hold `base_memory`, or a number is negative.
    """

    name: str
    image: str
    memory: MemoryLimit
    cpu: CpuLimits = field(default_factory=CpuLimits)
    program: Program | None = None
    base_memory: int = 0
    task_memory: int = 0
    processes: int | None = None
    init: bool = False
    on_term: OnTerm = OnTerm.EXIT
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    grace: int | None = None
    oom_together: bool = False

    def __post_init__(self) -> None:
        if self.base_memory > self.memory.most:
            raise InputError(
                _("container {name} needs {size}, more than its memory limit of {limit}").format(
                    name=self.name,
                    size=format_size(self.base_memory),
                    limit=format_size(self.memory.most),
                )
            )
        if min(self.base_memory, self.task_memory, self.grace or 0) < 0:
            raise InputError(_("container {name}: a number is negative").format(name=self.name))
