"""The lab on variable partitions: requests to a free list, or to a buddy system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, NamedTuple

from aio_sim.kernel.errors import UnknownName
from aio_sim.teaching.labs.drawing import integer, one_of, stream
from aio_sim.virtualization.memory.allocator import FITS, FreeListAllocator, Hole
from aio_sim.virtualization.memory.buddy import BuddyAllocator
from aio_sim.virtualization.memory.operations import Operation, run_operations, serve

BASE: Final = 1000
SIZE: Final = 100
BUDDY: Final = "buddy"
LAB_FITS: Final = (*FITS, BUDDY)

_OPERATIONS: Final = 8
_LARGEST_SHARE: Final = 3
"""The largest request drawn is this part of the memory."""


@dataclass(frozen=True)
class AllocationProblem:
    """Requests `+SIZE` and `-NUMBER` (free what the number-th `+` got, from 0) to some memory."""

    fit: str
    operations: tuple[str, ...]
    base: int = BASE
    size: int = SIZE
    coalesce: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class AllocationAnswer:
    """What became of each request, and the free memory in the end."""

    operations: tuple[Operation, ...]
    free: tuple[Hole, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it; `address` is null where nothing fitted."""
        return {
            "operations": [operation._asdict() for operation in self.operations],
            "free": [list(hole) for hole in self.free],
        }


class AllocationStep(NamedTuple):
    """A request served, and the free memory after it.

    `searched` holes were looked at; None for a free, and where there is no list to search.
    """

    operation: Operation
    searched: int | None
    free: tuple[Hole, ...]


def draw(
    seed: int,
    *,
    fit: str | None = None,
    operations: Sequence[str] | None = None,
    base: int = BASE,
    size: int = SIZE,
    coalesce: bool = False,
) -> AllocationProblem:
    """Return a problem with what is given, the rest drawn under `seed`."""
    if fit is None:
        fit = one_of(stream(seed, "allocate", "fit"), tuple(FITS))
    if operations is None:
        operations = _draw_operations(seed, AllocationProblem(fit, (), base, size, coalesce))
    return AllocationProblem(fit, tuple(operations), base, size, coalesce)


def solve(problem: AllocationProblem) -> AllocationAnswer:
    """Return the answer.

    Raises UnknownName for another fit, InputError for a size that cannot be, a request that is no
    request, and one that frees what is not there.
    """
    allocator = _allocator(problem)
    served = run_operations(allocator, problem.operations)
    return AllocationAnswer(tuple(served), allocator.holes)


def steps(problem: AllocationProblem) -> Iterator[AllocationStep]:
    """Yield each request with what the memory looks like after it; errors as of `solve`."""
    allocator = _allocator(problem)
    for operation in serve(allocator, problem.operations):
        searched = None
        if isinstance(allocator, FreeListAllocator) and operation.operation.startswith("+"):
            searched = allocator.searched
        yield AllocationStep(operation, searched, allocator.holes)


def _allocator(problem: AllocationProblem) -> FreeListAllocator | BuddyAllocator:
    if problem.fit not in LAB_FITS:
        raise UnknownName("fit", problem.fit, LAB_FITS)
    if problem.fit == BUDDY:
        return BuddyAllocator(problem.base, problem.size)
    return FreeListAllocator(problem.base, problem.size, problem.fit, coalesce=problem.coalesce)


def _draw_operations(seed: int, problem: AllocationProblem) -> tuple[str, ...]:
    """Return requests of which about half free something, none of them what is not there."""
    generator = stream(seed, "allocate", "operations")
    drawn: list[str] = []
    held: list[int] = []
    allocated = 0
    while len(drawn) < _OPERATIONS:
        if held and generator.random() < 0.4:
            drawn.append(f"-{held.pop(integer(generator, 0, len(held) - 1))}")
            continue
        drawn.append(f"+{integer(generator, 1, max(problem.size // _LARGEST_SHARE, 1))}")
        if solve(replace(problem, operations=tuple(drawn))).operations[-1].address is not None:
            held.append(allocated)
        allocated += 1
    return tuple(drawn)
