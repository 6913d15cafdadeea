"""What an open database has done since it was last asked, charged to the host's disk."""

from __future__ import annotations

from aio_sim.hardware.device import Disk
from aio_sim.storage.cost import Cost
from aio_sim.storage.server.database import OpenDatabase
from aio_sim.storage.server.pricing import CpuPrices, DiskUse, disk_use


class Meter:
    """Reads the counters of one open database, and prices what they count."""

    __slots__ = ("_database", "_disk", "_last", "_opened", "_page_size", "_prices", "disk_time")

    def __init__(self, database: OpenDatabase, disk: Disk, prices: CpuPrices) -> None:
        self._database = database
        self._disk = disk
        self._prices = prices
        self._page_size = database.page_size
        self._last = self._opened = database.cost
        self.disk_time = 0
        """ns for which the disk has been busy with it."""

    def spent(self) -> tuple[int, DiskUse | None]:
        """Return the ns of CPU for pages and steps, and the use of the disk, since last asked."""
        before = self._last
        self._last = after = self._database.cost
        pages = after.buffer_hits - before.buffer_hits + after.pages_read - before.pages_read
        time = pages * self._prices.page + (after.steps - before.steps) * self._prices.step
        return time, disk_use(before, after, self._page_size)

    def claim(self, use: DiskUse) -> int:
        """Ask the disk for something; return in how many ns it is done."""
        before = self._disk.busy
        time = use.claim(self._disk)
        self.disk_time += self._disk.busy - before
        return time

    def charge(self) -> int:
        """Ask the disk for what was done since; return in how many ns that is done."""
        _time, use = self.spent()
        return 0 if use is None else self.claim(use)

    @property
    def total(self) -> Cost:
        """All that was done since the meter was made."""
        return self._database.cost.minus(self._opened)
