"""Frames with pages in them, filled on demand: hits, faults, evictions, frames that come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.replacement import (
    REPLACEMENT_POLICIES,
    Page,
    ReplacementPolicy,
    random_stream,
)


class Access(NamedTuple):
    """What one access met: `evicted` made room for the page, `written_back` if it was dirty."""

    hit: bool
    frame: int
    evicted: Page | None = None
    written_back: bool = False


class PagingStep(NamedTuple):
    """One access and the pages in memory after it, in the order of the frames."""

    page: Page
    hit: bool
    evicted: Page | None
    frames: tuple[Page, ...]


class PagedMemory:
    """A number of frames under a replacement policy, filled on demand.

    `hits`, `faults` and `write_backs` count since the beginning. InputError without a frame.
    """

    def __init__(self, frames: int, policy: ReplacementPolicy) -> None:
        self._policy = policy
        self._page_in: dict[int, Page] = {}
        self._frame_of: dict[Page, int] = {}
        self._dirty: set[Page] = set()
        self._used_before: list[int] = []
        self._never_used = 0
        self.frames = _at_least_one(frames)
        self.hits = self.faults = self.write_backs = 0

    def access(self, page: Page, *, write: bool = False) -> Access:
        """Access a page, bringing it in where it is not in memory."""
        frame = self._frame_of.get(page)
        if frame is not None:
            self.hits += 1
            self._policy.touch(page)
            access = Access(hit=True, frame=frame)
        else:
            self.faults += 1
            access = self._bring_in(page)
        if write:
            self._dirty.add(page)
        return access

    def access_resident(
        self, pages: Sequence[Page], writes: Sequence[bool], begin: int, end: int
    ) -> int:
        """Access the pages from place `begin` on as long as they are in memory.

        Return the place of the first that is not, `end` where all are. Leaves what `access` would,
        and takes less time for many.
        """
        frame_of, touch, dirty = self._frame_of, self._policy.touch, self._dirty
        place = begin
        while place < end and (page := pages[place]) in frame_of:
            touch(page)
            if writes[place]:
                dirty.add(page)
            place += 1
        self.hits += place - begin
        return place

    def release(self, page: Page) -> None:
        """Give back the frame of a page that its owner needs no more; nothing is written back."""
        self._policy.forget(page)
        self._dirty.discard(page)
        self._take_out(page)

    def resize(self, frames: int) -> list[Page]:
        """Change the number of frames, as a balloon does; return the pages that had to leave.

        Free frames go first, then those of the policy's victims. InputError for less than one.
        """
        self.frames = _at_least_one(frames)
        return [self._evict()[0] for _page in range(len(self._page_in) - frames)]

    @property
    def resident(self) -> tuple[Page, ...]:
        """The pages in memory, in the order of their frames."""
        return tuple(self._page_in[frame] for frame in sorted(self._page_in))

    @property
    def frame_of(self) -> Mapping[Page, int]:
        """The frame of each page in memory."""
        return self._frame_of

    def _bring_in(self, page: Page) -> Access:
        evicted, written = None, False
        if len(self._page_in) == self.frames:
            evicted, written = self._evict()
        frame = self._empty_frame()
        self._page_in[frame], self._frame_of[page] = page, frame
        self._policy.load(page)
        return Access(False, frame, evicted, written)

    def _evict(self) -> tuple[Page, bool]:
        victim = self._policy.evict()
        written = victim in self._dirty
        self._dirty.discard(victim)
        self.write_backs += written
        self._take_out(victim)
        return victim, written

    def _take_out(self, page: Page) -> None:
        frame = self._frame_of.pop(page)
        del self._page_in[frame]
        heappush(self._used_before, frame)

    def _empty_frame(self) -> int:
        """Return the empty frame with the smallest number."""
        if self._used_before:
            return heappop(self._used_before)
        self._never_used += 1
        return self._never_used - 1


def simulate_paging(
    policy: str, frames: int, reference: Sequence[int], seed: int = 0
) -> list[PagingStep]:
    """Return what happens at each access of a reference string, starting from empty frames.

    `policy` is a name of REPLACEMENT_POLICIES; `seed` matters to `random` alone. Raises UnknownName
    for another name, InputError for a frame count of 0. Costs O(frames) an access, for the picture.
    """
    return list(_steps(paged_memory(policy, frames, reference, seed), reference))


def count_faults(policy: str, frames: int, reference: Sequence[int], seed: int = 0) -> int:
    """Return the number of faults that `simulate_paging` would show, at the policy's own cost."""
    memory = paged_memory(policy, frames, reference, seed)
    for page in reference:
        memory.access(page)
    return memory.faults


def paged_memory(
    policy: str, frames: int, reference: Sequence[Page] = (), seed: int = 0
) -> PagedMemory:
    """Return empty frames under the policy of that name; `opt` needs the whole reference string."""
    return PagedMemory(frames, REPLACEMENT_POLICIES[policy](reference, random_stream(seed)))


def _steps(memory: PagedMemory, reference: Sequence[int]) -> Iterator[PagingStep]:
    for page in reference:
        access = memory.access(page)
        yield PagingStep(page, access.hit, access.evicted, memory.resident)


def _at_least_one(frames: int) -> int:
    if frames < 1:
        raise InputError(_("there must be at least 1 frame, not {frames}").format(frames=frames))
    return frames
