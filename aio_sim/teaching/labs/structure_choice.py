"""The lab on the choice of a data structure for a mix of operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.storage.structures.choice import MIXED, Candidate, Demands, choose
from aio_sim.storage.structures.measurement import Operation
from aio_sim.teaching.labs.drawing import integer, integers, stream
from aio_sim.teaching.labs.structures import operation

_OPERATIONS_DRAWN: Final = 3
_WEIGHTS: Final = (1, 10)


@dataclass(frozen=True)
class ChoiceProblem:
    """What a structure is to be chosen for, with keys drawn under a seed."""

    demands: Demands
    seed: int

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it; shares of the mix are of 1."""
        demands = self.demands
        return {
            "mix": {str(each): share for each, share in demands.shares().items()},
            "items": demands.items,
            "case": str(demands.case),
            "medium": str(demands.medium),
            "most_bytes": demands.most_bytes,
        }


@dataclass(frozen=True)
class ChoiceAnswer:
    """The structures that would do, the best first."""

    candidates: tuple[Candidate, ...]

    @property
    def chosen(self) -> Candidate:
        """The best of them."""
        return self.candidates[0]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it; costs are steps, or pages on disk."""
        return {
            "structure": self.chosen.structure.name,
            "evidence": [_as_json(each) for each in self.candidates],
        }


def draw_mix(seed: int) -> dict[str, float]:
    """Return weights of three operations."""
    generator = stream(seed, "choose", "mix")
    left = [str(each) for each in MIXED]
    drawn = [left.pop(integer(generator, 0, len(left) - 1)) for _each in range(_OPERATIONS_DRAWN)]
    weights = integers(generator, *_WEIGHTS, _OPERATIONS_DRAWN)
    return {name: float(weight) for name, weight in zip(drawn, weights, strict=True)}


def solve(problem: ChoiceProblem) -> ChoiceAnswer:
    """Return the answer; raises what `choose` raises."""
    return ChoiceAnswer(choose(problem.demands, problem.seed))


def weighed(mix: Mapping[str, float]) -> dict[Operation, float]:
    """Return a mix with operations for their names; UnknownName where there is none."""
    return {operation(name): weight for name, weight in mix.items()}


def _as_json(each: Candidate) -> dict[str, Any]:
    return {
        "structure": each.structure.name,
        "cost": each.mean,
        "operations": {
            str(name): {"cost": cost, "fitted": str(each.fits[name].growth)}
            for name, cost in each.costs.items()
        },
        "bytes_per_item": each.bytes_per_item,
    }
