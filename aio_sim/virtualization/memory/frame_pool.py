"""The frames of a guest, shared by all its tasks or split among them, page tables and TLB in step.

Global and local replacement, equal allocation: A. Silberschatz, P. Galvin and G. Gagne, Operating
System Concepts, 10th ed., 10.5. Pages are keyed (task, page).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.fragmentation import TimeMean
from aio_sim.virtualization.memory.page_table import PageTable
from aio_sim.virtualization.memory.paging import Access, PagedMemory
from aio_sim.virtualization.memory.replacement import (
    REPLACEMENT_POLICIES,
    RandomStream,
    ReplacementPolicy,
)
from aio_sim.virtualization.memory.tlb import Key, Tlb


@dataclass
class Holding:
    """What a task has: its frames or all that it shares, its table, its pages in memory.

    Of its page `last`, the bytes `unused` were not asked for.
    """

    memory: PagedMemory
    table: PageTable
    last: int
    unused: int
    pages: set[int] = field(default_factory=set)


class FramePool:
    """`frames` frames of `page_size` bytes, empty at first, replaced locally or globally.

    Under local replacement each task has an equal share, cut and grown as tasks come and go, in
    O(tasks). `resident`, `evictions` and `write_backs` count pages. InputError without a frame, and
    for `opt` where tasks share frames, for it must know all references to come.
    """

    def __init__(
        self,
        frames: int,
        page_size: int,
        replacement: str,
        *,
        local: bool,
        tlb: Tlb,
        clock: Callable[[], int],
        random: RandomStream | None = None,
    ) -> None:
        if replacement == "opt" and not local:
            raise InputError(
                _("opt must know all references to come, which it can of one task only")
            )
        self._make_policy = REPLACEMENT_POLICIES[replacement]
        self._random = random
        self._shared = PagedMemory(frames, self._policy(()))
        self._local = local
        self._page_size = page_size
        self._holdings: dict[int, Holding] = {}
        self._waste = 0
        self._wasted = TimeMean(clock)
        self.tlb = tlb
        self.frames = frames
        self.resident = self.evictions = self.write_backs = 0
        self._told = 0

    def join(
        self, task: int, table: PageTable, last: int, unused: int, future: Sequence[Key] = ()
    ) -> Holding:
        """Return what a new task has: nothing in memory yet.

        `unused` is what it did not ask for of its page `last`, in bytes; `future` all its
        references, where the policy wants them. InputError where there is not a frame for each.
        """
        memory = self._shared
        if self._local:
            share = self._share(self.frames, len(self._holdings) + 1)
            self._split(share)
            memory = PagedMemory(share, self._policy(future))
        self._holdings[task] = Holding(memory, table, last, unused)
        return self._holdings[task]

    def leave(self, task: int) -> None:
        """Take back all frames of a task; nothing is written."""
        holding = self._holdings[task]
        for page in sorted(holding.pages):
            holding.memory.release((task, page))
            self._lose((task, page))
        self.tlb.flush(task)
        del self._holdings[task]
        if self._local and self._holdings:
            self._split(self._share(self.frames, len(self._holdings)))

    def bring_in(self, key: Key, *, write: bool) -> Access:
        """Bring in a page that is not in memory, and keep tables and TLB true."""
        holding = self._holdings[key[0]]
        access = holding.memory.access(key, write=write)
        if access.evicted is not None:
            self.evictions += 1
            self.write_backs += access.written_back
            self._lose(access.evicted)  # type: ignore[arg-type]  # all pages here are keys
        holding.table.map(key[1], access.frame)
        holding.pages.add(key[1])
        self.resident += 1
        self._waste += holding.unused if key[1] == holding.last else 0
        self._note()
        return access

    def resize(self, frames: int) -> None:
        """Change the number of frames; pages that have no room leave. InputError as of `join`."""
        if self._local:
            self._split(self._share(frames, self.least))
        else:
            self._evict_to(self._shared, frames)
        self.frames = frames

    @property
    def least(self) -> int:
        """The frames that the tasks of now cannot do without."""
        return max(1, len(self._holdings)) if self._local else 1

    def take_write_backs(self) -> int:
        """Return how many pages were written back since this was last asked."""
        untold, self._told = self.write_backs - self._told, self.write_backs
        return untold

    @property
    def unused_share(self) -> float:
        """The share of the memory lent that nobody asked for, the mean over time."""
        return self._wasted.mean

    @property
    def table_bytes(self) -> int:
        """The memory that the page tables of all tasks take, in bytes."""
        return sum(holding.table.table_bytes for holding in self._holdings.values())

    def _policy(self, future: Sequence[Key]) -> ReplacementPolicy:
        return self._make_policy(future, self._random)

    def _split(self, share: int) -> None:
        for holding in self._holdings.values():
            self._evict_to(holding.memory, share)

    def _evict_to(self, memory: PagedMemory, frames: int) -> None:
        before = memory.write_backs
        evicted = memory.resize(frames)
        self.write_backs += memory.write_backs - before
        self.evictions += len(evicted)
        for key in evicted:
            self._lose(key)  # type: ignore[arg-type]  # all pages here are keys

    def _lose(self, key: Key) -> None:
        """Note that a page left its frame."""
        task, page = key
        holding = self._holdings[task]
        holding.table.unmap(page)
        holding.pages.remove(page)
        self.tlb.invalidate(page, task)
        self.resident -= 1
        self._waste -= holding.unused if page == holding.last else 0
        self._note()

    def _note(self) -> None:
        lent = self.resident * self._page_size
        self._wasted.set(self._waste / lent if lent else 0.0)

    def _share(self, frames: int, tasks: int) -> int:
        if frames < tasks:
            raise InputError(
                _(
                    "{tasks} tasks with frames of their own need a frame each, but there are "
                    "{frames}; give the guest more memory, or scope: global"
                ).format(tasks=tasks, frames=frames)
            )
        return frames // tasks
