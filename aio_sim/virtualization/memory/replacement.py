"""Page replacement: which page leaves when a frame is wanted and none is free.

A policy is told of every access, `touch` for a page in memory and `load` for one brought in, and
names the victim in `evict`. It knows pages, never frames or time, so that it serves main memory
and the sets of a TLB alike. A. Silberschatz, P. Galvin and G. Gagne, Operating System Concepts,
10th ed., 10.4; costs are per access.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.registry import Registry

if TYPE_CHECKING:
    import numpy as np

Page = Hashable
"""A page's number; or, where several address spaces share frames, the space and the number."""

RandomStream = Callable[[], "np.random.Generator"]


class ReplacementPolicy(ABC):
    """Decides which page leaves.

    It is made with the accesses to come, for those that need them, and a random stream to open, for
    those that draw.
    """

    def __init__(  # noqa: B027  # what there is to set up is each policy's own
        self, reference: Sequence[Page] = (), random: RandomStream | None = None
    ) -> None:
        """Begin with no page in memory."""

    @abstractmethod
    def load(self, page: Page) -> None:
        """Note that `page`, which was not in memory, was brought in and accessed."""

    def touch(self, page: Page) -> None:  # noqa: B027  # most policies look, some need not
        """Note that `page`, which is in memory, was accessed."""

    @abstractmethod
    def evict(self) -> Page:
        """Choose a page of those in memory (there is one) and forget it."""

    @abstractmethod
    def forget(self, page: Page) -> None:
        """Note that `page` left memory for another reason: its owner gave it back."""


REPLACEMENT_POLICIES: Registry[ReplacementPolicy] = Registry(
    "page replacement policy",
    ReplacementPolicy,  # type: ignore[type-abstract]  # mypy has no type for "may be abstract"
)


@REPLACEMENT_POLICIES.register("fifo")
class Fifo(ReplacementPolicy):
    """The page that has been in memory longest leaves. O(1)."""

    def __init__(self, reference: Sequence[Page] = (), random: RandomStream | None = None) -> None:
        self._pages: OrderedDict[Page, bool] = OrderedDict()

    def load(self, page: Page) -> None:
        self._pages[page] = True

    def evict(self) -> Page:
        return self._pages.popitem(last=False)[0]

    def forget(self, page: Page) -> None:
        del self._pages[page]


@REPLACEMENT_POLICIES.register("lru")
class Lru(Fifo):
    """The least recently used page leaves: as fifo, with each access coming in again. O(1)."""

    def touch(self, page: Page) -> None:
        self._pages.move_to_end(page)


@REPLACEMENT_POLICIES.register("second_chance")
class SecondChance(Fifo):
    """As fifo, but a page accessed since it was last looked at goes to the back. O(1) amortised."""

    def touch(self, page: Page) -> None:
        self._pages[page] = True

    def evict(self) -> Page:
        while True:
            page, referenced = self._pages.popitem(last=False)
            if not referenced:
                return page
            self._pages[page] = False


@REPLACEMENT_POLICIES.register("clock")
class Clock(ReplacementPolicy):
    """Second chance with the pages standing in a circle and a hand that goes round. O(1) amortised.

    F. Corbato, A paging experiment with the Multics system, 1968. A new page takes the place of the
    victim, just behind the hand, its reference bit set by the access that brought it.
    """

    def __init__(self, reference: Sequence[Page] = (), random: RandomStream | None = None) -> None:
        self._circle: list[Page] = []
        self._referenced: list[bool | None] = []
        self._places: dict[Page, int] = {}
        self._vacant: list[int] = []
        self._hand = 0

    def load(self, page: Page) -> None:
        place = self._vacant.pop() if self._vacant else self._widen()
        self._circle[place], self._referenced[place] = page, True
        self._places[page] = place

    def touch(self, page: Page) -> None:
        self._referenced[self._places[page]] = True

    def evict(self) -> Page:
        while self._referenced[self._hand] is not False:
            if self._referenced[self._hand]:
                self._referenced[self._hand] = False
            self._advance()
        victim = self._circle[self._hand]
        self.forget(victim)
        self._advance()
        return victim

    def forget(self, page: Page) -> None:
        place = self._places.pop(page)
        # None marks a vacant place: the hand passes over it.
        self._referenced[place] = None
        self._vacant.append(place)

    def _widen(self) -> int:
        self._circle.append(None)
        self._referenced.append(None)
        return len(self._circle) - 1

    def _advance(self) -> None:
        self._hand = (self._hand + 1) % len(self._circle)


@REPLACEMENT_POLICIES.register("lfu")
class Lfu(ReplacementPolicy):
    """The least frequently used page leaves, of equals the least recently used. O(1).

    A page's count starts anew each time it is brought in. K. Shah, A. Mitra and D. Matani, An O(1)
    algorithm for implementing the LFU cache eviction scheme, 2010.
    """

    def __init__(self, reference: Sequence[Page] = (), random: RandomStream | None = None) -> None:
        self._counts: dict[Page, int] = {}
        self._pages_with: dict[int, OrderedDict[Page, None]] = {}
        self._least = 1

    def load(self, page: Page) -> None:
        self._file(page, 1)
        self._least = 1

    def touch(self, page: Page) -> None:
        count = self._counts[page]
        if self._unfile(page) and count == self._least:
            self._least = count + 1
        self._file(page, count + 1)

    def evict(self) -> Page:
        victim = next(iter(self._pages_with[self._least]))
        self.forget(victim)
        return victim

    def forget(self, page: Page) -> None:
        if self._unfile(page) and self._least not in self._pages_with:
            self._least = min(self._pages_with, default=1)

    def _file(self, page: Page, count: int) -> None:
        self._counts[page] = count
        self._pages_with.setdefault(count, OrderedDict())[page] = None

    def _unfile(self, page: Page) -> bool:
        """Take a page from those with its count; return whether it was the last of them."""
        count = self._counts.pop(page)
        del self._pages_with[count][page]
        if self._pages_with[count]:
            return False
        del self._pages_with[count]
        return True


@REPLACEMENT_POLICIES.register("opt")
class Opt(ReplacementPolicy):
    """The page that is not needed for longest leaves, of those never needed again the first loaded.

    L. Belady, A study of replacement algorithms for a virtual-storage computer, IBM Systems Journal
    5(2), 1966. Next uses are found beforehand in O(n); then O(log n). No policy has fewer faults.
    """

    def __init__(self, reference: Sequence[Page] = (), random: RandomStream | None = None) -> None:
        self._reference = reference
        self._next_use = next_uses(reference)
        self._time = 0
        self._loaded: dict[Page, int] = {}
        self._needed: dict[Page, int] = {}
        self._latest: list[tuple[int, int, Page]] = []

    def load(self, page: Page) -> None:
        self._loaded[page] = self._time
        self.touch(page)

    def touch(self, page: Page) -> None:
        if self._time >= len(self._reference) or self._reference[self._time] != page:
            raise InputError(_("opt must be given the whole reference string in advance"))
        needed = self._next_use[self._time]
        self._needed[page] = needed
        heappush(self._latest, (-needed, self._loaded[page], page))
        self._time += 1

    def evict(self) -> Page:
        while True:
            needed, loaded, page = heappop(self._latest)
            # An entry is stale once its page was accessed again, or left.
            if self._needed.get(page) == -needed and self._loaded[page] == loaded:
                self.forget(page)
                return page

    def forget(self, page: Page) -> None:
        del self._needed[page], self._loaded[page]


@REPLACEMENT_POLICIES.register("random")
class Random(ReplacementPolicy):
    """Any page leaves, each with the same chance. O(1)."""

    def __init__(self, reference: Sequence[Page] = (), random: RandomStream | None = None) -> None:
        self._random = (random or random_stream(0))()
        self._members: list[Page] = []
        self._places: dict[Page, int] = {}

    def load(self, page: Page) -> None:
        self._places[page] = len(self._members)
        self._members.append(page)

    def evict(self) -> Page:
        victim = self._members[int(self._random.integers(len(self._members)))]
        self.forget(victim)
        return victim

    def forget(self, page: Page) -> None:
        place = self._places.pop(page)
        last = self._members.pop()
        if last != page:
            self._members[place] = last
            self._places[last] = place


def random_stream(seed: int) -> RandomStream:
    """Return what opens the random stream of page replacement under `seed`."""
    return lambda: RandomStreams(seed).stream("memory.replacement")


def next_uses(reference: Sequence[Page]) -> list[int]:
    """Return, for each access, when its page is accessed next; the string's length where never."""
    uses = [len(reference)] * len(reference)
    following: dict[Page, int] = {}
    for time in range(len(reference) - 1, -1, -1):
        uses[time] = following.get(reference[time], len(reference))
        following[reference[time]] = time
    return uses
