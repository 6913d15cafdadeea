"""Files of blocks that forget what was not flushed when the power goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.pages.errors import PowerLossError

SECTOR: Final = 512
"""Bytes that a disk writes whole or not at all. Source: ATA/ATAPI Command Set, logical sector."""


class Power:
    """Counts the writes and flushes of all devices it feeds, and goes off when told to.

    `lasts` is the number of writes and flushes that happen before the power goes; the one after
    them happens in part, or not at all. None: the power stays.
    """

    def __init__(self, lasts: int | None = None) -> None:
        self.lasts = lasts
        self.operations = 0
        self.is_on = True

    def use(self) -> None:
        """Count one operation; raises PowerLossError where it is one too many."""
        self.require()
        if self.operations == self.lasts:
            self.is_on = False
            raise PowerLossError
        self.operations += 1

    def require(self) -> None:
        """Raise PowerLossError where the power is off."""
        if not self.is_on:
            raise PowerLossError


class BlockFile:
    """Blocks of `block_size` bytes that are read and written by number; new ones hold zeros.

    A write is volatile until the next `flush`. When the power goes, each sector of each volatile
    write reached the disk or did not, in any combination; the order of writes to one sector holds.

    Raises InputError where the size of a block is not a multiple of the sector.
    """

    def __init__(self, power: Power, block_size: int, blocks: int, sector: int = SECTOR) -> None:
        if block_size % sector:
            raise InputError(
                _("a block of {size} bytes is no multiple of the sector, {sector} bytes").format(
                    size=block_size, sector=sector
                )
            )
        self.power = power
        self.block_size = block_size
        self.blocks = blocks
        self.sector = sector
        self.count_anew()
        self._durable: dict[int, bytes] = {}
        self._volatile: dict[int, bytes] = {}
        self._unflushed: list[tuple[int, bytes]] = []
        self._zeros = bytes(block_size)

    def count_anew(self) -> None:
        """Count reads, writes and flushes from 0 on, as a database does that is opened."""
        self.reads = self.writes = self.blocks_written = self.flushes = 0

    def read(self, number: int) -> bytes:
        """Return the newest contents of a block."""
        self.power.require()
        self._check(number)
        self.reads += 1
        found = self._volatile.get(number)
        return self._durable.get(number, self._zeros) if found is None else found

    def copy_of(self, number: int) -> bytes:
        """Return the newest contents of a block to a backup, whose reads are not the database's."""
        self._check(number)
        found = self._volatile.get(number)
        return self._durable.get(number, self._zeros) if found is None else found

    def write(self, number: int, data: bytes) -> None:
        """Write one or more blocks that follow each other, as one operation."""
        size = self.block_size
        count = len(data) // size
        self._check(number + count - 1)
        self.power.require()
        for index in range(count):
            block = data[index * size : (index + 1) * size]
            self._unflushed.append((number + index, block))
            self._volatile[number + index] = block
        self.power.use()
        self.writes += 1
        self.blocks_written += count

    def flush(self) -> None:
        """Make all writes so far durable."""
        self.power.use()
        self.flushes += 1
        self._durable.update(self._volatile)
        self._forget()

    def resize(self, blocks: int) -> None:
        """Change the number of blocks; those beyond the end are gone."""
        self.power.use()
        self.blocks = blocks
        for kept in (self._durable, self._volatile):
            for number in [number for number in kept if number >= blocks]:
                del kept[number]
        self._unflushed = [write for write in self._unflushed if write[0] < blocks]

    def restart(self, power: Power, survives: Callable[[], bool]) -> None:
        """Come back after a power loss; `survives` is asked for each sector that was volatile."""
        for number, data in self._unflushed:
            held = bytearray(self._durable.get(number, self._zeros))
            for start in range(0, self.block_size, self.sector):
                if survives():
                    held[start : start + self.sector] = data[start : start + self.sector]
            self._durable[number] = bytes(held)
        self._forget()
        self.power = power

    def _forget(self) -> None:
        self._volatile.clear()
        self._unflushed.clear()

    def _check(self, number: int) -> None:
        if not 0 <= number < self.blocks:
            raise InputError(
                _("block {number} is not one of the {blocks} that there are").format(
                    number=number, blocks=self.blocks
                )
            )
