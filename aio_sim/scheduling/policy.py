"""What a scheduling policy is, and how to add one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from aio_sim.kernel.errors import PluginError, nearest
from aio_sim.kernel.messages import _
from aio_sim.kernel.registry import Registry
from aio_sim.kernel.units import parse_duration, written_duration

if TYPE_CHECKING:
    import numpy as np

    from aio_sim.scheduling.process import Process

Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(written_duration),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": [4, "20ms"]}),
]
"""Given as seconds or `20ms`, held as whole nanoseconds."""

Mechanism = Literal["slices", "rotation", "sharing"]

Quantum = Annotated[
    Duration,
    Field(gt=0),
    WithJsonSchema({"type": ["number", "string"], "exclusiveMinimum": 0, "examples": [4, "20ms"]}),
]
"""A duration above 0."""


class Moment:
    """What a policy is handed beside the processes: the time, a random stream, a memory of its own.

    One belongs to each ready queue. `memory` is the policy's to use; nothing else reads it.
    """

    __slots__ = ("memory", "now", "random_stream")

    def __init__(self, random_stream: Callable[[], np.random.Generator]) -> None:
        self.now = 0
        self.random_stream = random_stream
        self.memory: dict[str, Any] = {}

    @property
    def random(self) -> np.random.Generator:
        """This ready queue's random stream."""
        if "random" not in self.memory:
            self.memory["random"] = self.random_stream()
        generator: np.random.Generator = self.memory["random"]
        return generator


class SchedulingPolicy(BaseModel):
    """Decides which process runs next: pure, it only looks and answers.

    Override `key` (an order that stands still while a process waits) or `pick` (an order that
    moves); neither means first come, first served. Options are fields, as in any pydantic model;
    an unknown one is refused. Times are nanoseconds (`SECOND` of them to the second).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mechanism: ClassVar[Mechanism] = "slices"
    """How a Cpu carries the policy out: slice by slice, or in closed form as round robin (`slice`
    gives the quantum) or processor sharing."""

    criterion: ClassVar[str] = ""
    """What `value` measures, for explanations: `remaining`, `priority`, `deadline`, ..."""

    steady_slices: ClassVar[bool] = False
    """Whether a renewed slice is as long as a fresh one, again and again until somebody joins or
    leaves, or keys change by themselves. The slices of a process alone are then passed over all at
    once (`ran` has their sum, `renews` comes once); else each is renewed in its turn. A class with
    a `slice` or `renews` of its own says so anew."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = vars(cls)
        if "steady_slices" not in own and ("slice" in own or "renews" in own):
            cls.steady_slices = False

    def key(self, process: Process, moment: Moment) -> Any:
        """Return what to sort by; smaller runs first, ties go to the earlier arrival."""
        return process.joined

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        """Return the process of `ready` (never empty, in the order of joining) to run next."""
        return ready[0]

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether `candidate`, which is ready, takes the core from `running` at once."""
        return False

    def slice(self, process: Process, moment: Moment) -> int | None:
        """Return how long the process may keep the core while others wait; None for ever."""
        return None

    def enters(self, process: Process, moment: Moment) -> None:
        """Note that a process arrived, or woke up, and is about to join the ready queue."""

    def starts(self, process: Process, moment: Moment) -> None:
        """Note that a process is given a core (its switch, if any, comes first)."""

    def ran(self, process: Process, time: int, moment: Moment) -> None:
        """Note that a process had a core for `time` nanoseconds, switches excluded.

        At each instant it comes, for every running process, before any other note or question.
        """

    def expires(self, process: Process, moment: Moment) -> None:
        """Note that a process used up its slice while others waited, and goes to the back."""

    def renews(self, process: Process, moment: Moment) -> None:
        """Note that a process used up its slice while nobody waited, and gets another."""

    def leaves(self, process: Process, moment: Moment) -> None:
        """Note that a process ended its burst, or was taken away, and is no longer here."""

    def reweighs(self, process: Process, moment: Moment) -> None:
        """Note that the weight of a process that is here has changed, all `ran` noted before."""

    def reorders_at(self, moment: Moment) -> int | None:
        """Return the next instant at which keys change by themselves, or None."""
        return None

    def value(self, process: Process, moment: Moment) -> float | None:
        """Return the number that speaks for a process, in the unit of `criterion`."""
        return None


SCHEDULING_POLICIES: Registry[SchedulingPolicy] = Registry("scheduling policy", SchedulingPolicy)


def scheduling_policy(
    name: str,
) -> Callable[[type[SchedulingPolicy]], type[SchedulingPolicy]]:
    """Return a decorator that lets scenarios say `scheduler: {policy: name}`.

    Raises PluginError where the class looks misspelt: a method that is almost one of
    SchedulingPolicy's.
    """
    register = SCHEDULING_POLICIES.register(name)

    def checked(kind: type[SchedulingPolicy]) -> type[SchedulingPolicy]:
        registered = register(kind)
        _check_spelling(name, kind)
        return registered

    return checked


HOOKS = frozenset(
    name
    for name, item in vars(SchedulingPolicy).items()
    if callable(item) and not name.startswith("_")
)
"""The methods that a policy may have a version of its own of."""


def _check_spelling(name: str, kind: type[SchedulingPolicy]) -> None:
    """Refuse a method that would never be called, for it is nearly the name of one that is."""
    own = [key for key, item in vars(kind).items() if callable(item) and not key.startswith("_")]
    for method in own:
        meant = None if method in HOOKS else nearest(method, HOOKS)
        if meant is not None and meant not in own:
            raise PluginError(
                _("policy {name!r} has a method {method!r}; did you mean {meant!r}?").format(
                    name=name, method=method, meant=meant
                )
            )
