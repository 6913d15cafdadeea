"""The lab on data structures: what their operations cost, found by counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.structures.catalogue import CATALOGUE, named
from aio_sim.storage.structures.complexity import Complexity, complexities
from aio_sim.storage.structures.measurement import Operation


@dataclass(frozen=True)
class StructuresProblem:
    """Structures and operations to measure, with keys drawn under a seed."""

    structures: tuple[str, ...]
    operations: tuple[str, ...]
    seed: int

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {"structures": list(self.structures), "operations": list(self.operations)}


@dataclass(frozen=True)
class StructuresAnswer:
    """What each operation of each structure costs, in each case."""

    results: tuple[Complexity, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {"results": [_as_json(each) for each in self.results]}


def problem(
    seed: int, structures: Sequence[str] | None = None, operations: Sequence[str] | None = None
) -> StructuresProblem:
    """Return a problem with what is given: all structures and all operations where it is not.

    Raises UnknownName for a structure or an operation that there is not.
    """
    chosen = structures or list(CATALOGUE)
    asked = operations or [operation.value for operation in Operation]
    for name in chosen:
        named(name)
    for name in asked:
        operation(name)
    return StructuresProblem(tuple(dict.fromkeys(chosen)), tuple(dict.fromkeys(asked)), seed)


def solve(problem: StructuresProblem) -> StructuresAnswer:
    """Return the answer: every structure lives once for each case, and is watched."""
    asked = {operation(name) for name in problem.operations}
    measured = complexities(map(named, problem.structures), problem.seed)
    return StructuresAnswer(tuple(each for each in measured if each.operation in asked))


def operation(name: str) -> Operation:
    """Return the operation of a name; UnknownName where there is none."""
    known = [each.value for each in Operation]
    if name not in known:
        raise UnknownName("operation", name, known)
    return Operation(name)


def _as_json(each: Complexity) -> dict[str, Any]:
    return {
        "structure": each.structure.name,
        "operation": str(each.operation),
        "case": str(each.case),
        "fitted": str(each.fit.growth),
        "expected": str(each.expected),
        "counts": [[n, round(count, 6)] for n, count in each.counts],
        "bytes_per_item": each.bytes_per_item,
    }
