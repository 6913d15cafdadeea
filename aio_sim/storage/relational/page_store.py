"""Pages that survive: the buffer pool, the log and the doublewrite area as one."""

from __future__ import annotations

from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.relational.buffer_pool import BufferPool
from aio_sim.storage.relational.errors import DiskFullError, StoppedError
from aio_sim.storage.relational.midpoint_lru import MidpointLru
from aio_sim.storage.relational.page import FREE, LEAF, SPACE, Page, decode
from aio_sim.storage.relational.records import (
    Cut,
    Image,
    PageRecord,
    Put,
    Remove,
    TransactionRecord,
)
from aio_sim.storage.relational.redo_log import RedoLog
from aio_sim.storage.relational.settings import Volume

SPACE_PAGE: Final = 0
"""The page that tells which pages are free; `following` is none, and so is page 0 of any page."""
_NEXT, _FREE_HEAD, _FREE_COUNT = b"next", b"free", b"count"
RESERVE: Final = 8
"""Pages that only a rollback may take, so that a full database can be undone. An assumption."""


class PageStore:
    """Reads and changes pages; a change reaches the log before it reaches the data file.

    Pages go to the doublewrite area first, all of a batch in one write, and are flushed there
    before they are written in place: whichever of the two the power cuts, the other is whole.

    Source: MySQL Reference Manual, Doublewrite Buffer.
    """

    def __init__(self, volume: Volume) -> None:
        settings = volume.settings
        self.volume = volume
        self.settings = settings
        self.log = RedoLog(volume.log)
        lru = MidpointLru(settings.old_share, settings.old_blocks_time)
        self.pool = BufferPool(
            settings.pool_pages, lru, self._load, self._write, settings.flush_batch
        )
        self.rolling_back = False
        self.has_stopped = False

    def page(self, number: int) -> Page:
        """Return a page for reading; it may be another object after the next call."""
        return self.pool.get(number)

    def change(self) -> MiniTransaction:
        """Begin a change of pages that is redone as a whole or not at all.

        Raises StoppedError where an earlier one failed half-way: memory cannot be trusted then.
        """
        if self.has_stopped:
            raise StoppedError(_("the database stopped at an error; open it again to recover"))
        return MiniTransaction(self)

    def stop(self) -> None:
        """Take no more changes; what is durable stays as it is."""
        self.has_stopped = True

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
        )

    def format(self) -> None:
        """Write the first pages of a new database."""
        with self.change() as change:
            page = change.new_page(SPACE_PAGE, SPACE)
            for key, value in ((_NEXT, 1), (_FREE_HEAD, 0), (_FREE_COUNT, 0)):
                page.put(key, _packed(value))
            change.rewrite(page)

    @property
    def pages_taken(self) -> int:
        """Pages of the data file up to the last that was ever in use."""
        return self._space(_NEXT)

    @property
    def pages_free(self) -> int:
        """Pages that can still be taken."""
        return self.volume.data.blocks - self._space(_NEXT) + self._space(_FREE_COUNT)

    def require(self, pages: int) -> None:
        """Raise DiskFullError where fewer pages are free; rollbacks may use the reserve as well."""
        if self.pages_free < pages + (0 if self.rolling_back else RESERVE):
            raise DiskFullError(self.volume.data.blocks)

    def _space(self, key: bytes) -> int:
        return int.from_bytes(self.page(SPACE_PAGE).get(key) or b"", "little")

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


class MiniTransaction:
    """Changes of pages that make one group of the log.

    A context manager: leaving it appends the group. Every page that was looked at stays in the
    pool until then. Nothing in here may fail once a page was changed, so check before.

    Source: InnoDB's mini-transaction (mtr).
    """

    def __init__(self, store: PageStore) -> None:
        self._store = store
        self._pages: dict[int, Page] = {}
        self._changed: dict[int, Page] = {}
        self._records: list[PageRecord | TransactionRecord] = []

    def __enter__(self) -> MiniTransaction:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None and self._records:
            self._append()
        elif self._changed:
            self._store.stop()
        for page in self._pages.values():
            page.pins -= 1

    def page(self, number: int) -> Page:
        """Return a page, which stays in the pool until the end."""
        page = self._pages.get(number)
        if page is None:
            page = self._pin(self._store.pool.get(number))
        return page

    def put(self, page: Page, key: bytes, value: bytes) -> bytes | None:
        """Set an entry; return the value that it had."""
        before = page.put(key, value)
        self._log(page, Put(page.number, key, value))
        return before

    def remove(self, page: Page, key: bytes) -> bytes | None:
        """Take an entry away; return the value that it had."""
        before = page.remove(key)
        self._log(page, Remove(page.number, key))
        return before

    def cut(self, page: Page, key: bytes, following: int) -> None:
        """Take away the entries from `key` on; another page follows."""
        page.cut(key, following)
        self._log(page, Cut(page.number, key, following))

    def rewrite(self, page: Page) -> None:
        """Log a page as a whole, after it was changed."""
        self._log(page, Image(page.number, page.body()))

    def note(self, record: TransactionRecord) -> None:
        """Add to the group what a transaction did by it."""
        self._records.append(record)

    def new_page(self, number: int, level: int = LEAF) -> Page:
        """Return a page that is empty, whatever it held; to be rewritten by the caller."""
        page = self._pages.get(number) or self._pin(self._store.pool.new(number))
        page.level, page.following = level, 0
        page.fill([], [])
        return page

    def allocate(self, level: int) -> Page:
        """Return a page that nobody uses; the caller has made sure that there is one."""
        space = self.page(SPACE_PAGE)
        head = self._store._space(_FREE_HEAD)
        if not head:
            number = self._store._space(_NEXT)
            self.put(space, _NEXT, _packed(number + 1))
            return self.new_page(number, level)
        following = self.page(head).following
        self.put(space, _FREE_HEAD, _packed(following))
        self.put(space, _FREE_COUNT, _packed(self._store._space(_FREE_COUNT) - 1))
        return self.new_page(head, level)

    def free(self, page: Page) -> None:
        """Give a page back."""
        space = self.page(SPACE_PAGE)
        page.level, page.following = FREE, self._store._space(_FREE_HEAD)
        page.fill([], [])
        self.rewrite(page)
        self.put(space, _FREE_HEAD, _packed(page.number))
        self.put(space, _FREE_COUNT, _packed(self._store._space(_FREE_COUNT) + 1))

    def _pin(self, page: Page) -> Page:
        page.pins += 1
        self._pages[page.number] = page
        return page

    def _log(self, page: Page, record: PageRecord) -> None:
        self._records.append(record)
        self._changed[page.number] = page

    def _append(self) -> None:
        log, pool = self._store.log, self._store.pool
        start = log.end
        end = log.append(b"".join(record.encode() for record in self._records))
        for page in self._changed.values():
            page.lsn = end
            pool.mark_dirty(page, start)


def _packed(number: int) -> bytes:
    return number.to_bytes(4, "little")
