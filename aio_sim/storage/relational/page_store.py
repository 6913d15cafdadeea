"""Pages that survive: the buffer pool, the log and the doublewrite area as one."""

from __future__ import annotations

from aio_sim.storage.cost import Cost
from aio_sim.storage.pages.buffer_pool import BufferPool
from aio_sim.storage.pages.midpoint_lru import MidpointLru
from aio_sim.storage.pages.page import Page, decode
from aio_sim.storage.pages.redo_log import RedoLog
from aio_sim.storage.pages.space import PageChange, PageSpace
from aio_sim.storage.relational.records import (
    Cut,
    Image,
    PageRecord,
    Put,
    Remove,
    TransactionRecord,
)
from aio_sim.storage.relational.settings import Volume


class PageStore(PageSpace):
    """Reads and changes pages; a change reaches the log before it reaches the data file.

    Pages go to the doublewrite area first, all of a batch in one write, and are flushed there
    before they are written in place: whichever of the two the power cuts, the other is whole.

    Source: MySQL Reference Manual, Doublewrite Buffer.
    """

    def __init__(self, volume: Volume) -> None:
        settings = volume.settings
        self.volume = volume
        for file in volume.files:
            file.count_anew()
        self.settings = settings
        self.log = RedoLog(volume.log)
        lru = MidpointLru(settings.old_share, settings.old_blocks_time)
        pool = BufferPool(settings.pool_pages, lru, self._load, self._write, settings.flush_batch)
        super().__init__(pool, settings.page_size)

    def change(self) -> MiniTransaction:
        """Begin a change of pages that is redone as a whole or not at all.

        Raises StoppedError where an earlier one failed half-way: memory cannot be trusted then.
        """
        self.require_running()
        return MiniTransaction(self)

    @property
    def room(self) -> int:
        """Pages of the data file."""
        return self.volume.data.blocks

    @property
    def cost(self) -> Cost:
        """All that was done since the store was opened."""
        data, log, doublewrite = self.volume.files
        return Cost(
            pages_read=data.reads + doublewrite.reads,
            pages_written=data.blocks_written + doublewrite.blocks_written,
            log_writes=log.writes,
            log_bytes=self.log.appended,
            log_written_bytes=log.blocks_written * log.block_size,
            flushes=data.flushes + log.flushes + doublewrite.flushes,
            buffer_hits=self.pool.hits,
            page_writes=data.writes + doublewrite.writes,
        )

    def _load(self, number: int) -> Page:
        return decode(number, self.volume.data.read(number))

    def _write(self, pages: list[Page]) -> None:
        data, _log, doublewrite = self.volume.files
        self.log.flush(max(page.lsn for page in pages))
        images = [(page.number, page.encode(self.settings.page_size)) for page in pages]
        if self.settings.doublewrite:
            doublewrite.write(0, b"".join(image for _number, image in images))
            doublewrite.flush()
        for number, image in images:
            data.write(number, image)
        data.flush()


class MiniTransaction(PageChange):
    """Changes of pages that make one group of the log; leaving it appends the group.

    Source: InnoDB's mini-transaction (mtr).
    """

    def __init__(self, store: PageStore) -> None:
        super().__init__(store)
        self._store = store
        self._records: list[PageRecord | TransactionRecord] = []

    def __enter__(self) -> MiniTransaction:
        return self

    def put(self, page: Page, key: bytes, value: bytes) -> bytes | None:
        """Set an entry; return the value that it had."""
        self._records.append(Put(page.number, key, value))
        return super().put(page, key, value)

    def remove(self, page: Page, key: bytes) -> bytes | None:
        """Take an entry away; return the value that it had."""
        self._records.append(Remove(page.number, key))
        return super().remove(page, key)

    def cut(self, page: Page, key: bytes, following: int) -> None:
        """Take away the entries from `key` on; another page follows."""
        self._records.append(Cut(page.number, key, following))
        super().cut(page, key, following)

    def rewrite(self, page: Page) -> None:
        """Log a page as a whole, after it was changed."""
        self._records.append(Image(page.number, page.body()))
        super().rewrite(page)

    def note(self, record: TransactionRecord) -> None:
        """Add to the group what a transaction did by it."""
        self._records.append(record)

    def _finish(self) -> None:
        if not self._records:
            return
        log, pool = self._store.log, self._store.pool
        start = log.end
        end = log.append(b"".join(record.encode() for record in self._records))
        for page in self._changed.values():
            page.lsn = end
            pool.mark_dirty(page, start)
