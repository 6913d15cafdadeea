"""Limits of a container's memory: fixed, or moving between a floor and a ceiling with its needs.

A container holds memory that it uses and memory that merely caches files. Both count; only the
cache can be reclaimed. A fixed limit reclaims where it is reached, and fails where that is not
enough. A dynamic one has a high-water mark below it: beyond the mark it grows as far as the ceiling
and the host allow, and reclaims the rest.

Source: Linux, Documentation/admin-guide/cgroup-v2.rst: memory.max (the limit), memory.high (the
mark), memory.low (the floor, and the proportions in which a host under pressure takes).
That a limit follows its use, so that the use stays at the mark, is the rule of this simulator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, Protocol

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size

HIGH_WATER: Final = Fraction(9, 10)
"""Of the limit, where nothing else is said: an assumption."""


class Memory(NamedTuple):
    """What a container may hold and what it holds, in bytes."""

    limit: int
    used: int = 0
    """What its processes need; it cannot be reclaimed."""
    cache: int = 0
    """What can."""

    @property
    def held(self) -> int:
        """All that counts."""
        return self.used + self.cache


class Charge(NamedTuple):
    """What comes of a wish for memory.

    `memory` is what the container has after it; where it is not `granted` the wish is not in it,
    all cache is gone, and a process must die.
    """

    memory: Memory
    granted: bool
    reclaimed: int = 0
    grown: int = 0


class MemoryLimit(Protocol):
    """A rule for a container's limit; all of it pure."""

    @property
    def initial(self) -> int:
        """The limit at the start, in bytes: what a host must have to take the container."""

    @property
    def most(self) -> int:
        """The highest limit that there may ever be."""

    def charge(self, memory: Memory, size: int, room: int, *, cached: bool = False) -> Charge:
        """Return what comes of `size` more bytes, with `room` bytes free on the host."""

    def spare(self, memory: Memory) -> int:
        """Return how many bytes of its limit a host under pressure may take back."""


@dataclass(frozen=True, slots=True)
class FixedLimit:
    """A limit that never moves. Raises InputError where it is not above 0."""

    limit: int

    def __post_init__(self) -> None:
        _positive(self.limit)

    @property
    def initial(self) -> int:
        """The limit."""
        return self.limit

    @property
    def most(self) -> int:
        """The limit."""
        return self.limit

    def charge(self, memory: Memory, size: int, room: int, *, cached: bool = False) -> Charge:
        """Return what comes of `size` more bytes; InputError where it is negative."""
        return _charged(memory, size, memory.limit, cached=cached)

    def spare(self, memory: Memory) -> int:
        """Return 0: it has been promised."""
        return 0


@dataclass(frozen=True, slots=True)
class DynamicLimit:
    """A limit from `floor` to `ceiling` (bytes) that follows the use, with a high-water mark.

    `high_water` is a share of the limit. Raises InputError where the floor is above the ceiling,
    or the share is not above 0 and at most 1.
    """

    floor: int
    ceiling: int
    high_water: Fraction = HIGH_WATER

    def __post_init__(self) -> None:
        _positive(self.floor)
        if self.floor > self.ceiling:
            raise InputError(
                _("the floor of a memory limit, {floor}, is above its ceiling, {ceiling}").format(
                    floor=format_size(self.floor), ceiling=format_size(self.ceiling)
                )
            )
        if not 0 < self.high_water <= 1:
            raise InputError(_("a high-water mark is a share of the limit, above 0 and at most 1"))

    @property
    def initial(self) -> int:
        """The floor, which is the container's for good."""
        return self.floor

    @property
    def most(self) -> int:
        """The ceiling."""
        return self.ceiling

    def mark(self, limit: int) -> int:
        """Return the high-water mark of a limit, in bytes."""
        return int(limit * self.high_water)

    def wanted(self, held: int) -> int:
        """Return the limit that has `held` bytes at its mark, within floor and ceiling."""
        return max(self.floor, min(-int(-held // self.high_water), self.ceiling))

    def charge(self, memory: Memory, size: int, room: int, *, cached: bool = False) -> Charge:
        """Return what comes of `size` more bytes: growth first, then reclaim down to the mark.

        Raises InputError where the size is negative.
        """
        limit = memory.limit
        if memory.held + size > self.mark(limit):
            limit = max(limit, min(self.wanted(memory.held + size), limit + max(room, 0)))
        return _charged(memory, size, limit, self.mark(limit), cached=cached)

    def spare(self, memory: Memory) -> int:
        """Return what lies above the floor and above what its processes need at the mark."""
        return max(memory.limit - self.wanted(memory.used), 0)

    def settled(self, memory: Memory) -> int:
        """Return the limit for what is held now: lower where the use has fallen."""
        return min(memory.limit, self.wanted(memory.held))


def shrunk(memory: Memory, limit: int) -> Charge:
    """Return what is left under a lower limit; cache that no longer fits is reclaimed."""
    return _charged(memory, 0, limit)


def shares_of_pressure(shortage: int, spare: Sequence[int]) -> list[int]:
    """Return what a host that lacks `shortage` bytes takes of each container, in bytes.

    In proportion to what each can spare, as memory.low has it; what is left by rounding down goes
    to the first that have it. In all it is the shortage, or everything where that is not enough.

    Raises InputError for a negative number.
    """
    if shortage < 0 or any(each < 0 for each in spare):
        raise InputError(_("a size of memory must not be negative"))
    everything = sum(spare)
    if shortage >= everything:
        return list(spare)
    taken = [each * shortage // everything for each in spare]
    left = shortage - sum(taken)
    for index, each in enumerate(spare):
        more = min(left, each - taken[index])
        taken[index] += more
        left -= more
    return taken


def _charged(
    memory: Memory, size: int, limit: int, mark: int | None = None, *, cached: bool = False
) -> Charge:
    """Return what comes of more bytes under a limit: reclaim to the mark, failure above the limit.

    A cache that does not fit is not kept; that is no failure.
    """
    if size < 0:
        raise InputError(_("a size of memory must not be negative"))
    used = memory.used + (0 if cached else size)
    cache = memory.cache + (size if cached else 0)
    room = (limit if mark is None else mark) - used
    kept = min(cache, max(room, 0))
    grown = max(limit - memory.limit, 0)
    if used > limit:
        return Charge(Memory(limit, memory.used, 0), False, memory.cache, grown)
    return Charge(Memory(limit, used, kept), True, cache - kept, grown)


def _positive(limit: int) -> None:
    if limit < 1:
        raise InputError(_("a memory limit must be above 0"))
