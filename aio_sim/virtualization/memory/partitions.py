"""Memory in variable partitions, one for each segment in it: room is found, or made.

Where no hole fits, segments are moved together if that is wished and helps; else the victim of a
replacement policy leaves (P. Denning, Virtual Memory, ACM Computing Surveys 2(3), 1970, on the
replacement of segments). Segments are keyed (task, number); sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.allocator import FreeListAllocator
from aio_sim.virtualization.memory.balloon_blocks import BalloonBlocks
from aio_sim.virtualization.memory.buddy import BuddyAllocator
from aio_sim.virtualization.memory.fragmentation import Allocator, FragmentationMeans
from aio_sim.virtualization.memory.replacement import REPLACEMENT_POLICIES, RandomStream

Key = tuple[int, int]
"""A task, and the number of one of its segments."""


class Partitions:
    """`size` bytes lent to segments by a `fit` of FITS or `buddy`, all free in the beginning.

    `evicted` is called with the key of each segment that has to leave. `copied` counts the bytes
    moved, `compactions` how often. InputError for a size that the fit cannot have, for `opt`, which
    would have to know the future of all, and for compaction of buddies.
    """

    def __init__(
        self,
        size: int,
        fit: str,
        evicted: Callable[[Key], None],
        *,
        clock: Callable[[], int],
        compaction: bool = False,
        replacement: str = "lru",
        random: RandomStream | None = None,
    ) -> None:
        if replacement == "opt":
            raise InputError(_("segments cannot be replaced by opt: tasks share the memory"))
        self._lists = None if fit == "buddy" else FreeListAllocator(0, size, fit, coalesce=True)
        if compaction and self._lists is None:
            raise InputError(_("buddies stand where their size puts them: no compaction"))
        self._allocator: Allocator = self._lists or BuddyAllocator(0, size)
        self._compaction = compaction
        self._policy = REPLACEMENT_POLICIES[replacement]((), random)
        self._evicted = evicted
        self._balloon = BalloonBlocks(self._allocator, powers=self._lists is None)
        self._address: dict[Key, int] = {}
        self.size = size
        self.available = size
        self.means = FragmentationMeans(self._allocator, clock)
        self.copied = self.compactions = 0
        self.touch = self._policy.touch

    def place(self, key: Key, size: int) -> None:
        """Lend `size` bytes to a segment that has none; InputError where they can never fit."""
        self._address[key] = self._room(size)
        self._policy.load(key)
        self.means.note()

    def grow_down(self, key: Key, size: int) -> None:
        """Enlarge a segment to `size`, where it stands or else in another place; errors as above.

        Its end stays where it is if just below it there is room. Otherwise it is copied.
        """
        address = self._address.pop(key)
        self._policy.forget(key)
        where = self._allocator.grow_down(address, size)
        if where is None:
            before = self.size_of(address)
            self._allocator.free(address)
            where = self._room(size)
            self.copied += before
        self._address[key] = where
        self._policy.load(key)
        self.means.note()

    def release(self, key: Key) -> None:
        """Take back what a segment has."""
        self._policy.forget(key)
        self._free(key)

    def resize(self, available: int) -> None:
        """Let a balloon hold all but `available` bytes; segments leave where it needs their room.

        InputError for less than nothing or more than there is.
        """
        if not 0 < available <= self.size:
            raise InputError(
                _("a balloon can leave 1 to {size} bytes, not {available}").format(
                    size=self.size, available=available
                )
            )
        self.available = available
        target = self.size - available
        self._balloon.shrink(target)
        while not self._balloon.fill(target):
            self._evict()
        self.means.note()

    @property
    def address(self) -> Mapping[Key, int]:
        """Where the block of each segment in memory begins."""
        return self._address

    @property
    def resident(self) -> int:
        """The bytes lent to segments, rounding included."""
        return sum(map(self.size_of, self._address.values()))

    def size_of(self, address: int) -> int:
        """Return the size of the block at an address."""
        return self._allocator.block_size(address)

    def block_for(self, size: int) -> int:
        """Return the size of the block that so many bytes need."""
        return size if self._lists else 1 << (size - 1).bit_length()

    def _room(self, size: int) -> int:
        while (address := self._allocator.allocate(size)) is None:
            if self._lists and self._compaction and self._free_bytes() >= size:
                self._compact(self._lists)
            elif self._address:
                self._evict()
            else:
                return self._around_balloon(size)
        return address

    def _free_bytes(self) -> int:
        return sum(hole.size for hole in self._allocator.holes)

    def _compact(self, lists: FreeListAllocator) -> None:
        moves = lists.compact()
        target = {move.source: move.target for move in moves}
        self._address = {key: target.get(at, at) for key, at in self._address.items()}
        self.copied += sum(move.size for move in moves) - self._balloon.follow(moves)
        self.compactions += 1

    def _evict(self) -> None:
        key: Key = self._policy.evict()  # type: ignore[assignment]  # it gives what it was given
        self._free(key)
        self._evicted(key)

    def _free(self, key: Key) -> None:
        self._allocator.free(self._address.pop(key))
        self.means.note()

    def _around_balloon(self, size: int) -> int:
        """Return room in memory where only the balloon stands, which makes way."""
        held = self._balloon.held
        self._balloon.shrink(0)
        address = self._allocator.allocate(size)
        if address is None or not self._balloon.fill(held):
            raise InputError(
                _("a segment of {size} bytes does not fit in {available} bytes of memory").format(
                    size=size, available=self.available
                )
            )
        return address
