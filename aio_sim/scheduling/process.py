"""A process: what runs on a Cpu."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol, SupportsIndex

if TYPE_CHECKING:
    from collections.abc import Sequence


Weight = int | float | Fraction
"""How much a process counts against others, under policies that share by weight."""


class State(IntEnum):
    """Where a process is in its life."""

    NEW = 0
    READY = 1
    RUNNING = 2
    BLOCKED = 3
    TERMINATED = 4


SYSTEM: Final = -1
"""The source of processes that are no tasks: virtual cores, a guest that boots."""

# Under names of their own, for the look-up of an enum's member costs on every dispatch.
READY, RUNNING, BLOCKED, TERMINATED = State.READY, State.RUNNING, State.BLOCKED, State.TERMINATED
NEW = State.NEW


class Owner(Protocol):
    """Whoever wants to know when a process has finished, or ended unfinished with its machine."""

    def finished(self, process: Process) -> None: ...
    def lost(self, process: Process, reason: str) -> None: ...


class Guest(Protocol):
    """The virtual core that a process is, to the Cpu that runs it."""

    def used_up(self) -> None: ...
    def used_up_soon(self) -> None: ...


class Bursts(Protocol):
    """What a process does beyond its present CPU burst; empty where that is its last.

    In turn: what it waits for (nanoseconds of I/O, or an event), and a burst of CPU time.
    """

    def __bool__(self) -> bool: ...
    def pop(self, index: SupportsIndex, /) -> Any: ...


class Stretches(ABC):
    """Bursts that are told a stretch at a time, between which the process stays on its core.

    Only the Cpu of a guest asks for them.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def left(self) -> int:
        """The work of the present burst behind the present stretch, in nanoseconds at speed 1."""

    @abstractmethod
    def go_on(self) -> int:
        """Return the CPU time of the next stretch of the present burst, 0 where that is over."""


class Process:
    """What runs: an amount of work, and what policies may look at.

    All times are nanoseconds. A policy reads `number, arrival, work, remaining, burst_left,
    priority, weight, deadline, joined, ready_since` and may keep what it likes in `data`; all else
    is the Cpu's.
    """

    __slots__ = (
        "arrival",
        "blocked",
        "bursts",
        "data",
        "deadline",
        "demand",
        "index",
        "joined",
        "machine",
        "number",
        "owner",
        "place",
        "priority",
        "ready_since",
        "received",
        "remaining",
        "source",
        "start",
        "state",
        "weight",
        "work",
    )

    guest: Guest | None = None
    allowed: Sequence[int] | None = None
    """The cores that it may run on, ascending, where each has a queue of its own; None for all."""
    vector: float = 0
    """The share of its slices in which it uses vector registers; see VectorProcess."""
    registers: Any = None
    """The vector registers that it used last."""
    holders: Sequence[str] = ()
    """The machines that hold its input; see PlacedProcess."""
    rank: int = 0
    """Nanoseconds from its start to the end of the task graph it is in, at the least."""

    def __init__(
        self,
        number: int,
        arrival: int,
        work: int,
        priority: int | float = 0,
        weight: Weight = 1,
        deadline: int | None = None,
        bursts: Sequence[int] | None = None,
        source: int = 0,
        index: int = 0,
        demand: Any = None,
    ) -> None:
        self.number = number  # the order of submission; the last tie-breaker
        self.source = source
        self.index = index
        self.arrival = arrival
        self.work = work  # CPU time in all, at speed 1
        self.priority = priority  # smaller runs first
        self.weight = weight  # share under `fair` and `lottery`
        self.deadline = deadline  # absolute instant, or None
        self.bursts: Bursts | None = None
        self.demand = demand  # what it takes of the resource manager, or None
        self.remaining = work  # CPU time left of this burst or stretch, at the speed of its Cpu
        self.received = 0  # time spent on a core
        self.blocked = 0  # time spent in I/O
        self.start = -1  # first time on a core
        self.joined = 0  # its turn: the order in which processes joined this ready queue
        self.ready_since = arrival  # or, while it is blocked, since when its I/O is accounted for
        self.state = NEW
        self.data: Any = None  # the policy's own
        self.place: Any = None  # the Cpu's own: where in its structures the process stands
        self.machine = -1  # the number of the machine it was sent to
        self.owner: Owner | None = None
        if bursts:
            self.remaining = bursts[0]
            rest: Any = list(bursts[1:])
            self.bursts = rest

    @property
    def burst_left(self) -> int:
        """What is left of this burst, stretches that are yet to come included."""
        bursts = self.bursts
        if bursts is None or not isinstance(bursts, Stretches):
            return self.remaining
        return self.remaining + bursts.left

    def __repr__(self) -> str:
        return f"<Process {self.number} {self.state.name.lower()} {self.remaining / 1e9:g} s left>"


class VectorProcess(Process):
    """A process that uses vector registers, in that share of its slices."""

    __slots__ = ("registers", "vector")

    def __init__(self, *arguments: Any, vector: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.vector = vector
        self.registers: Any = None


class PlacedProcess(VectorProcess):
    """A process whose input lies on certain machines, or that has a place in a task graph."""

    __slots__ = ("holders", "rank")

    def __init__(
        self, *arguments: Any, holders: Sequence[str] = (), rank: int = 0, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.holders = holders
        self.rank = rank
