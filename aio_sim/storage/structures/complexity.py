"""The growth of costs, found by measuring, beside what is expected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from aio_sim.storage.structures.catalogue import Structure
from aio_sim.storage.structures.growth import Fit, Growth, best, fits
from aio_sim.storage.structures.inputs import Case, Draw
from aio_sim.storage.structures.measurement import Cost, Life, Operation, mean_costs


@dataclass(frozen=True)
class Complexity:
    """What an operation of a structure cost in one case, at each size."""

    structure: Structure
    operation: Operation
    case: Case
    costs: tuple[tuple[int, Cost], ...]
    bytes_per_item: float

    @property
    def expected(self) -> Growth:
        """The class that textbooks give."""
        return self.structure.expected[self.operation][self.case]

    @property
    def counts(self) -> list[tuple[int, float]]:
        """Steps at each size."""
        return [(n, cost.steps) for n, cost in self.costs]

    @cached_property
    def candidates(self) -> tuple[Fit, ...]:
        """The best fit of each class to the steps."""
        return fits(self.counts)

    @cached_property
    def fit(self) -> Fit:
        """The fit that is chosen."""
        return best(self.candidates)

    @cached_property
    def page_fit(self) -> Fit:
        """The same for pages read and written."""
        return best(fits([(n, cost.pages) for n, cost in self.costs]))


def complexities(
    structures: Iterable[Structure], seed: int, cases: Collection[Case] = tuple(Case)
) -> Iterator[Complexity]:
    """Yield the complexity of all operations of some structures, in some cases."""
    for structure in structures:
        lives = {case: _lives(structure, case, seed) for case in cases}
        costs = {case: mean_costs(each) for case, each in lives.items()}
        for operation in Operation:
            for case in cases:
                held = lives[case][0].bytes_per_item
                yield Complexity(structure, operation, case, tuple(costs[case][operation]), held)


def _lives(structure: Structure, case: Case, seed: int) -> list[Life]:
    draws = 1 if case is Case.WORST else structure.draws
    given, make = structure.input(case), structure.maker(case)
    return [Life(make, Draw(given, seed, number), case) for number in range(draws)]
