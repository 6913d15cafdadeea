"""The lab on memory limits: what a container may hold, step by step, and who dies for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_sim.containers.memory_limits import (
    DynamicLimit,
    FixedLimit,
    Memory,
    MemoryLimit,
)
from aio_sim.containers.out_of_memory import MemoryUse, victim
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, integers, one_of, stream

CACHE: Final = "cache"
"""The name under which files are read: what is cached is nobody's, and can be reclaimed."""
MOST_OPERATIONS: Final = 1000
"""The most operations of a problem."""

_MIB: Final = 2**20
_NAMES: Final = ("web", "job")
_UNIT: Final = 16 * _MIB
"""What is drawn is a multiple of this."""


class Operation(NamedTuple):
    """A process takes, or gives back, so many bytes."""

    name: str
    size: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"process": self.name, "bytes": self.size}


@dataclass(frozen=True)
class MemoryProblem:
    """A container with a limit, on a host with `room` bytes free beside it, and what it does."""

    limit: MemoryLimit
    room: int
    operations: tuple[Operation, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it, sizes in bytes."""
        return {
            "limit": _limit_as_json(self.limit),
            "room": self.room,
            "operations": [operation.as_json() for operation in self.operations],
        }


class Outcome(NamedTuple):
    """What came of an operation: the memory after it, what was reclaimed, and who was killed."""

    operation: Operation
    memory: Memory
    room: int
    """Bytes free on the host after it."""
    reclaimed: int
    killed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it, sizes in bytes."""
        memory = self.memory
        held = {"limit": memory.limit, "used": memory.used, "cache": memory.cache}
        return {
            **self.operation.as_json(),
            **held,
            "reclaimed": self.reclaimed,
            "killed": list(self.killed),
        }


@dataclass(frozen=True)
class MemoryAnswer:
    """What came of each operation."""

    outcomes: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {"steps": [outcome.as_json() for outcome in self.outcomes]}


def draw(
    seed: int,
    *,
    limit: MemoryLimit | None = None,
    room: int | None = None,
    operations: Sequence[Operation] | None = None,
) -> MemoryProblem:
    """Return a problem with what is given, sizes in bytes, the rest drawn under `seed`.

    Raises InputError where there are too many operations, or one of the cache gives back.
    """
    if limit is None:
        limit = _drawn_limit(seed)
    if room is None:
        room = _UNIT * integer(stream(seed, "memory", "room"), 4, 24)
    done = _drawn_operations(seed) if operations is None else tuple(operations)
    if len(done) > MOST_OPERATIONS:
        sentence = _("at most {most} operations, got {count}")
        raise InputError(sentence.format(most=MOST_OPERATIONS, count=len(done)))
    if any(each.name == CACHE and each.size < 0 for each in done):
        raise InputError(_("the cache gives nothing back by itself: it is reclaimed"))
    return MemoryProblem(limit, room, done)


def solve(problem: MemoryProblem) -> MemoryAnswer:
    """Return what comes of each operation."""
    return MemoryAnswer(tuple(_Kernel(problem.limit, problem.room).outcomes(problem.operations)))


class _Kernel:
    """Charges processes by the rule of a limit; whoever asks again after a kill is charged then."""

    def __init__(self, limit: MemoryLimit, room: int) -> None:
        self._limit = limit
        self._memory = Memory(limit.initial)
        self._room = room
        self._reclaimed = 0
        self._used: dict[str, int] = {}

    def outcomes(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Yield what comes of each operation, in their order."""
        for operation in operations:
            self._reclaimed = 0
            killed = tuple(self._take(operation)) if operation.size >= 0 else ()
            if operation.size < 0:
                self._give(operation.name, -operation.size)
            yield Outcome(operation, self._memory, self._room, self._reclaimed, killed)

    def _take(self, operation: Operation) -> Iterator[str]:
        """Charge a process, killing others or itself until there is room; yield who is killed."""
        name, size = operation
        while not self._charged(name, size):
            dies = self._victim(name)
            if dies is None:
                return
            yield dies
            self._give(dies, self._used.get(dies, 0))
            self._used.pop(dies, None)
            if dies == name:
                return

    def _charged(self, name: str, size: int) -> bool:
        charge = self._limit.charge(self._memory, size, self._room, cached=name == CACHE)
        self._adopt(charge.memory)
        self._reclaimed += charge.reclaimed
        if charge.granted and name != CACHE:
            self._used[name] = self._used.get(name, 0) + size
        return charge.granted

    def _victim(self, asking: str) -> str | None:
        """Return who is killed: of all processes, with who asks, even where it has nothing."""
        names = list(dict.fromkeys([*self._used, asking]))
        uses = [MemoryUse(at, self._used.get(name, 0)) for at, name in enumerate(names)]
        chosen = victim(uses, self._memory.limit)
        return None if chosen is None else names[chosen.pid]

    def _give(self, name: str, size: int) -> None:
        if name not in self._used:
            return
        size = min(size, self._used[name])
        self._used[name] -= size
        memory = self._memory._replace(used=self._memory.used - size)
        if isinstance(self._limit, DynamicLimit):
            memory = memory._replace(limit=self._limit.settled(memory))
        self._adopt(memory)

    def _adopt(self, memory: Memory) -> None:
        self._room -= memory.limit - self._memory.limit
        self._memory = memory


def _limit_as_json(limit: MemoryLimit) -> dict[str, Any]:
    if isinstance(limit, DynamicLimit):
        mark = float(limit.high_water)
        return {"floor": limit.floor, "ceiling": limit.ceiling, "high_water": mark}
    return {"fixed": limit.most}


def _drawn_limit(seed: int) -> MemoryLimit:
    units = integer(stream(seed, "memory", "limit"), 12, 24)
    if one_of(stream(seed, "memory", "kind"), ("fixed", "dynamic")) == "fixed":
        return FixedLimit(units * _UNIT)
    return DynamicLimit(units * _UNIT // 2, 2 * units * _UNIT)


def _drawn_operations(seed: int) -> tuple[Operation, ...]:
    names = stream(seed, "memory", "names").choice([*_NAMES, CACHE], 7, p=[0.4, 0.35, 0.25])
    sizes = integers(stream(seed, "memory", "sizes"), 2, 12, 7)
    back = stream(seed, "memory", "back").random(7)
    held = dict.fromkeys(_NAMES, 0)
    done: list[Operation] = []
    for name, size, chance in zip(names.tolist(), sizes, back.tolist(), strict=True):
        if name != CACHE and held[name] and chance < 0.3:
            size = -min(size, held[name])
        if name != CACHE:
            held[name] += size
        done.append(Operation(name, size * _UNIT))
    return tuple(done)
