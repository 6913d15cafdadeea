"""The memory management unit: TLB before page table, with the time that each translation takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from aio_sim.virtualization.memory.page_table import PageTable
from aio_sim.virtualization.memory.tlb import Tlb
from aio_sim.virtualization.memory.translation import Permission, Translation


@dataclass(frozen=True)
class AccessTimes:
    """What one look-up in the TLB and one access to memory take, in nanoseconds."""

    look_up: int
    memory: int


class MemoryAccess(NamedTuple):
    """A translation, whether the TLB had it, and the time in nanoseconds of the whole access."""

    translation: Translation
    hit: bool
    time: int


class Mmu:
    """Translates the addresses of one address space at a time, and counts the time.

    An access takes a look-up, on a miss one access to memory for each level of the page table, and
    the access itself where there is no fault. The TLB keeps pages that were found valid; protection
    is checked at every access.
    """

    def __init__(self, tlb: Tlb, times: AccessTimes) -> None:
        self.tlb = tlb
        self._times = times
        self._tables: dict[int, PageTable] = {}
        self._running = 0

    def load(self, table: PageTable, address_space: int = 0) -> int:
        """Run in the address space of `table` from now on; return the translations lost."""
        self._tables[address_space] = table
        self._running = address_space
        return self.tlb.switch_to(address_space)

    def access(self, address: int, kind: Permission = Permission.READ) -> MemoryAccess:
        """Access a virtual address in the address space that runs."""
        table, times = self._tables[self._running], self._times
        if not 0 <= address < table.address_space:
            return MemoryAccess(table.translate(address, kind), hit=False, time=0)
        page = address // table.page_size
        hit = self.tlb.look_up(page, self._running) is not None
        translation = table.translate(address, kind)
        time = times.look_up if hit else times.look_up + len(table.level_bits) * times.memory
        if translation.physical is None:
            return MemoryAccess(translation, hit, time)
        if not hit:
            self.tlb.insert(page, translation.physical // table.page_size, self._running)
        return MemoryAccess(translation, hit, time + times.memory)

    def unmap(self, page: int) -> None:
        """Make a page invalid in the table and in the TLB, in the address space that runs."""
        self._tables[self._running].unmap(page)
        self.tlb.invalidate(page, self._running)
