"""Which data structure suits a mix of operations, by what its operations were measured to cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Final

from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.structures.catalogue import CATALOGUE, Structure
from aio_sim.storage.structures.complexity import Complexity, complexities
from aio_sim.storage.structures.growth import Fit
from aio_sim.storage.structures.inputs import Case
from aio_sim.storage.structures.measurement import Operation

MIXED: Final = tuple(each for each in Operation if each is not Operation.BUILD)
"""The operations of a mix; building is inserting, again and again."""

MOST_ITEMS: Final = 10**12


class Medium(Enum):
    """Where the items are: what costs is a step in memory, or a page on disk."""

    MEMORY = "memory"
    DISK = "disk"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Demands:
    """What a structure is chosen for.

    `mix` has the weight of each operation, of which only the proportions count; `most_bytes` is
    what an item may take at most, None where that does not matter.
    """

    mix: Mapping[Operation, float]
    items: int
    case: Case = Case.AVERAGE
    medium: Medium = Medium.MEMORY
    most_bytes: float | None = None

    def shares(self) -> dict[Operation, float]:
        """Return the share of each operation.

        Raises InputError for weights or bytes that cannot be, or a number of items outside 1 to
        MOST_ITEMS.
        """
        total = sum(self.mix.values())
        if min(self.mix.values(), default=0) < 0 or not 0 < total < inf:
            raise InputError(_("a mix needs weights of 0 or more, and one of them above 0"))
        if Operation.BUILD in self.mix:
            raise InputError(_("a mix has no build: it is inserting, again and again"))
        if not 1 <= self.items <= MOST_ITEMS:
            raise InputError(
                _("the number of items must be from 1 to {most}, not {items}").format(
                    most=MOST_ITEMS, items=self.items
                )
            )
        if self.most_bytes is not None and not 0 <= self.most_bytes < inf:
            raise InputError(_("the most bytes an item must be a number of 0 or more"))
        return {operation: weight / total for operation, weight in self.mix.items() if weight}


@dataclass(frozen=True)
class Candidate:
    """A structure, what each operation of the mix would cost, and the mean of that."""

    structure: Structure
    fits: Mapping[Operation, Fit]
    costs: Mapping[Operation, float]
    mean: float
    bytes_per_item: float


def choose(demands: Demands, seed: int = 0) -> tuple[Candidate, ...]:
    """Return the structures that meet the demands, the cheapest first, then the smallest.

    Costs at the number of items are those of the fits to counts at measured sizes. On disk, only
    structures that are kept in pages are candidates, and pages are what counts.

    Raises InputError as `Demands.shares` does; AioSimError where no structure is small enough.
    """
    shares = demands.shares()
    structures = [
        each for each in CATALOGUE.values() if each.paged or demands.medium is Medium.MEMORY
    ]
    cases = [demands.case]
    candidates = [
        _candidate(structure, list(complexities([structure], seed, cases)), shares, demands)
        for structure in structures
    ]
    return _small_enough(candidates, demands.most_bytes)


def _candidate(
    structure: Structure,
    measured: Iterable[Complexity],
    shares: Mapping[Operation, float],
    demands: Demands,
) -> Candidate:
    mine = {each.operation: each for each in measured}
    in_pages = demands.medium is Medium.DISK
    fits = {
        operation: mine[operation].page_fit if in_pages else mine[operation].fit
        for operation in shares
    }
    costs = {operation: fit.at(demands.items) for operation, fit in fits.items()}
    mean = sum(share * costs[operation] for operation, share in shares.items())
    return Candidate(structure, fits, costs, mean, mine[Operation.SCAN].bytes_per_item)


def _small_enough(
    candidates: Iterable[Candidate], most_bytes: float | None
) -> tuple[Candidate, ...]:
    ranked = sorted(candidates, key=lambda each: (each.mean, each.bytes_per_item))
    if most_bytes is None:
        return tuple(ranked)
    least = min(each.bytes_per_item for each in ranked)
    if least > most_bytes:
        raise AioSimError(
            _(
                "no structure takes {most:g} bytes an item or less; the smallest takes {least:.1f}"
            ).format(most=most_bytes, least=least)
        )
    return tuple(each for each in ranked if each.bytes_per_item <= most_bytes)
