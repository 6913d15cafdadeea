"""What hosts have, and what is asked of them, in whole units of each kind of capacity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from aio_sim.scheduling.process import Process

KINDS: Final = ("cores", "memory", "disk")
"""The kinds of capacity, each a field of Capacity, Demand and Quota: the first fields of Demand.

A further kind (accelerators, say) is a name here and a field of that name in each of the three.
"""

CORES: Final = KINDS.index("cores")
MEMORY: Final = KINDS.index("memory")
DISK: Final = KINDS.index("disk")

FOREVER: Final = 2**63 - 1
"""The instant at which something ends whose end nobody knows."""

Needs = tuple[tuple[int, int], ...]
"""Pairs (number of the kind, amount), in the order of KINDS; amounts are positive."""

Holdings = tuple[tuple[int, Needs], ...]
"""Pairs (number of the host, what is taken of it)."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one host has to lend: whole cores, bytes of memory and of disk."""

    name: str
    cores: int = 0
    memory: int = 0
    disk: int = 0

    @property
    def amounts(self) -> tuple[int, ...]:
        """The amount of each kind, in the order of KINDS."""
        return tuple(getattr(self, kind) for kind in KINDS)


class Demand(NamedTuple):
    """What somebody wants to be lent, at once and together.

    A demand is met by one host: by `host` (its number) where given, else by the one that the
    placement policy chooses. With `span` its cores may come from several hosts; memory and disk are
    then taken along with them, the same share a core, rounded up. `estimate` is how long it will be
    held (nanoseconds), which backfilling plans with; None where nobody knows. `process` is what the
    ordering policy looks at.
    """

    cores: int = 0
    memory: int = 0
    disk: int = 0
    tenant: str | None = None
    span: bool = False
    host: int | None = None
    estimate: int | None = None
    process: Process | None = None

    @property
    def needs(self) -> Needs:
        """What is asked for, all of it together.

        Raises ValueError where an amount is negative.
        """
        return _needs(self[: len(KINDS)])

    @property
    def share(self) -> Needs:
        """What comes with each core of a demand that may span hosts."""
        return tuple((kind, -(-amount // self.cores)) for kind, amount in self.needs)


@lru_cache(maxsize=4096)
def _needs(amounts: tuple[int, ...]) -> Needs:
    if min(amounts) < 0:
        raise ValueError(f"a demand cannot be negative: {dict(zip(KINDS, amounts, strict=True))}")
    return tuple((kind, amount) for kind, amount in enumerate(amounts) if amount)


@lru_cache(maxsize=4096)
def times(needs: Needs, count: int) -> Needs:
    """Return `count` times as much."""
    return tuple((kind, amount * count) for kind, amount in needs)


def difference(before: Needs, after: Needs) -> tuple[Needs, Needs]:
    """Return what is more of `after` than of `before`, and what is less."""
    change = dict(after)
    for kind, amount in before:
        change[kind] = change.get(kind, 0) - amount
    more = tuple((kind, amount) for kind, amount in sorted(change.items()) if amount > 0)
    less = tuple((kind, -amount) for kind, amount in sorted(change.items()) if amount < 0)
    return more, less


def mask(needs: Needs) -> int:
    """Return the set of kinds asked for, a bit each."""
    return sum(1 << kind for kind, _ in needs)


def units(amounts: list[int], share: Needs) -> int:
    """Return how many times `share` fits into the amounts of one host."""
    return min(amounts[kind] // amount for kind, amount in share)
