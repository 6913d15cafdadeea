"""The translation look-aside buffer: a small cache of translations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.replacement import (
    REPLACEMENT_POLICIES,
    RandomStream,
    ReplacementPolicy,
    random_stream,
)

Key = tuple[int, int]
"""An address space's number (ASID) and a page's in it."""


class Tlb:
    """`size` entries in sets of `ways` (one set where not given), picked by the page number.

    `tagged` entries carry the number of their address space and survive a context switch; otherwise
    `switch_to` another address space flushes everything. `hits` and `misses` count look-ups.
    `replacement` is any policy but `opt`, which would have to know the future. Raises InputError
    for sizes that do not divide.
    """

    def __init__(
        self,
        size: int,
        ways: int | None = None,
        replacement: str = "lru",
        *,
        tagged: bool = True,
        random: RandomStream | None = None,
    ) -> None:
        self.ways = size if ways is None else ways
        if size < 1 or self.ways < 1 or size % self.ways:
            raise InputError(
                _("{size} entries cannot be cut into sets of {ways}").format(
                    size=size, ways=self.ways
                )
            )
        if replacement == "opt":
            raise InputError(_("a TLB cannot replace by opt: it does not know the future"))
        self.size = size
        self.tagged = tagged
        self._sets = [
            _Set(self.ways, REPLACEMENT_POLICIES[replacement]((), random or random_stream(number)))
            for number in range(size // self.ways)
        ]
        self._running = 0
        self.hits = self.misses = 0

    def look_up(self, page: int, address_space: int = 0) -> int | None:
        """Return the frame of a page where its translation is here, None for a miss."""
        frame = self._set(page).find((address_space, page))
        if frame is None:
            self.misses += 1
        else:
            self.hits += 1
        return frame

    def insert(self, page: int, frame: int, address_space: int = 0) -> None:
        """Keep a translation, in place of another of its set where that is full."""
        self._set(page).keep((address_space, page), frame)

    def visit(self, keys: Iterable[Key], frame_of: Mapping[Key, int]) -> int:
        """Look up one page after another, keeping each that misses; return how often one did."""
        sets, count = self._sets, len(self._sets)
        looked_up = misses = 0
        for key in keys:
            entries = sets[key[1] % count]
            looked_up += 1
            if entries.find(key) is None:
                misses += 1
                entries.keep(key, frame_of[key])
        self.hits += looked_up - misses
        self.misses += misses
        return misses

    def invalidate(self, page: int, address_space: int = 0) -> None:
        """Drop the translation of one page, where it is here."""
        self._set(page).drop((address_space, page))

    def flush(self, address_space: int | None = None) -> int:
        """Drop all translations, or those of one address space; return how many there were."""
        return sum(entries.drop_all(address_space) for entries in self._sets)

    def switch_to(self, address_space: int) -> int:
        """Note that another address space runs now; return how many translations that cost."""
        same, self._running = address_space == self._running, address_space
        return 0 if same or self.tagged else self.flush()

    @property
    def hit_ratio(self) -> float:
        """The share of look-ups that hit; 0 before the first."""
        looked_up = self.hits + self.misses
        return self.hits / looked_up if looked_up else 0.0

    def __len__(self) -> int:
        return sum(len(entries.frames) for entries in self._sets)

    def _set(self, page: int) -> _Set:
        return self._sets[page % len(self._sets)]


class _Set:
    """The entries among which a page may stand."""

    def __init__(self, ways: int, policy: ReplacementPolicy) -> None:
        self._ways = ways
        self._policy = policy
        self.frames: dict[Key, int] = {}

    def find(self, key: Key) -> int | None:
        frame = self.frames.get(key)
        if frame is not None:
            self._policy.touch(key)
        return frame

    def keep(self, key: Key, frame: int) -> None:
        if key in self.frames:
            self._policy.touch(key)
        else:
            if len(self.frames) == self._ways:
                victim = self._policy.evict()
                del self.frames[victim]  # type: ignore[arg-type]  # a policy returns what it was given
            self._policy.load(key)
        self.frames[key] = frame

    def drop(self, key: Key) -> None:
        if self.frames.pop(key, None) is not None:
            self._policy.forget(key)

    def drop_all(self, address_space: int | None) -> int:
        leaving = [key for key in self.frames if address_space in (None, key[0])]
        for key in leaving:
            self.drop(key)
        return len(leaving)
