"""Pages that survive by checkpoints and a journal of what was done since the last one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.block_map import BlockMap, blocks_needed
from aio_sim.storage.document.journal import Kind, Operation, decode
from aio_sim.storage.document.settings import Volume
from aio_sim.storage.pages.bplus_tree import BPlusTree
from aio_sim.storage.pages.buffer_pool import BufferPool
from aio_sim.storage.pages.midpoint_lru import MidpointLru
from aio_sim.storage.pages.page import Page, lsn_of
from aio_sim.storage.pages.page import decode as decode_page
from aio_sim.storage.pages.redo_log import LARGEST_SHARE, RedoLog
from aio_sim.storage.pages.space import PageChange, PageSpace

_WRITTEN_TOGETHER: Final = 64
"""Dirty pages that leave the cache together. An assumption."""


class CheckpointStore(PageSpace):
    """The pages of a database: those of the last checkpoint, and the journal's changes since then.

    Pages go to the data file whenever the cache needs room, or at a checkpoint; the journal is
    durable only when `sync` says so.
    """

    def __init__(self, volume: Volume) -> None:
        settings = volume.settings
        self.volume = volume
        for file in volume.files:
            file.count_anew()
        self.journal = RedoLog(volume.journal)
        self.map = BlockMap(volume.data)
        # All old, and young again at each use: least recently used, as WiredTiger's eviction is.
        lru = MidpointLru(Fraction(1), 0)
        pool = BufferPool(settings.cache_pages, lru, self._load, self._write, _WRITTEN_TOGETHER)
        super().__init__(pool, settings.page_size)
        self._trees: dict[int, BPlusTree] = {}
        self.replaying: int | None = None
        """The LSN of the record that recovery is doing again."""
        self.records_replayed = 0
        self.recovered_to = self.journal_read = 0
        """The LSN at which the journal ended that survived, and its bytes that had to be read."""
        self._recover()

    @property
    def room(self) -> int:
        """Pages that the database may have."""
        return self.map.room

    @property
    def largest_change(self) -> int:
        """Bytes that one record of the journal may have."""
        return self.journal.capacity // LARGEST_SHARE

    def tree(self, root: int) -> BPlusTree:
        """Return the tree with a root."""
        found = self._trees.get(root)
        if found is None:
            found = self._trees[root] = BPlusTree(self, root)
        return found

    def change(self) -> JournaledChange:
        """Begin a change that becomes one record of the journal.

        A checkpoint is made first where the journal is half full. Raises StoppedError.
        """
        self.require_running()
        if self.journal.wants_checkpoint and self.replaying is None:
            self.checkpoint()
        return JournaledChange(self)

    def sync(self) -> bool:
        """Make all changes so far durable; return whether they were not."""
        return self.journal.flush()

    def checkpoint(self) -> None:
        """Write all pages that changed, and need the journal before now no more."""
        self.require_running()
        self.journal.flush()
        self.pool.write_back(self.journal.end + 1)
        self.map.save(self.journal.end)
        self.journal.save_checkpoint(self.journal.end)

    def resize(self, pages: int) -> None:
        """Have room for another number of pages; raises InputError where more are in use."""
        if pages < self.pages_taken:
            raise InputError(
                _("the database has {taken} pages in use and cannot be cut to {pages}").format(
                    taken=self.pages_taken, pages=pages
                )
            )
        blocks = blocks_needed(pages, self.page_size)
        self.checkpoint()
        if blocks > self.volume.data.blocks:
            self.volume.data.resize(blocks)
            self.map.resized()
        for number in self.map.vacate(blocks):
            self.pool.mark_dirty(self.pool.get(number), self.journal.end)
        self.map.room = pages
        self.checkpoint()
        self.volume.data.resize(blocks)
        self.map.resized()

    def pages_changed_after(self, lsn: int) -> dict[int, bytes]:
        """Return the pages of the data file that were written with a later LSN, by number."""
        data = self.volume.data
        return {page: data.copy_of(self.map.block_of(page)) for page in self.map.changed_after(lsn)}

    @property
    def cost(self) -> Cost:
        """All that was done since the store was opened."""
        data, journal = self.volume.files
        return Cost(
            pages_read=data.reads,
            pages_written=data.blocks_written,
            log_writes=journal.writes,
            log_bytes=self.journal.appended,
            log_written_bytes=journal.blocks_written * journal.block_size,
            flushes=data.flushes + journal.flushes,
            buffer_hits=self.pool.hits,
            page_writes=data.writes,
        )

    def _recover(self) -> None:
        """Do again what the journal has beyond the checkpoint, and make that the next one."""
        is_new = self.map.is_new
        if is_new:
            self.map.room = self.volume.pages
        for record in self.journal.recover():
            if not is_new and record.end > self.map.header.lsn:
                self.replaying = record.end
                self._replay(record.payload)
                self.records_replayed += 1
        self.replaying = None
        self.recovered_to, self.journal_read = self.journal.end, self.journal.in_use
        self.journal.begin_epoch()
        if is_new:
            self.format()
        if is_new or self.records_replayed:
            self.checkpoint()

    def _replay(self, payload: bytes) -> None:
        with self.change() as change:
            for operation in decode(payload):
                change.do(operation)

    def _image(self, number: int) -> bytes:
        return self.volume.data.read(self.map.block_of(number))

    def _load(self, number: int) -> Page:
        if not self.map.block_of(number):
            return Page(number)
        return decode_page(number, self._image(number))

    def _write(self, pages: list[Page]) -> None:
        for page in pages:
            block = self.map.place(page.number, page.lsn)
            self.volume.data.write(block, page.encode(self.page_size))


class JournaledChange(PageChange):
    """Changes of trees that make one record of the journal; leaving it appends the record."""

    def __init__(self, store: CheckpointStore) -> None:
        super().__init__(store)
        self._store = store
        self._operations: list[Operation] = []

    def __enter__(self) -> JournaledChange:
        return self

    def set(self, tree: int, key: bytes, value: bytes | None) -> bytes | None:
        """Set the value of a key of a tree, or take it away (None); return the one it had."""
        if value is None:
            return self.do(Operation(Kind.REMOVE, tree, key))
        return self.do(Operation(Kind.PUT, tree, key, value))

    def create(self) -> int:
        """Return the root of a new tree."""
        self._operations.append(Operation(Kind.CREATE, 0))
        return BPlusTree.create(self)

    def prune(self, tree: int) -> bool:
        """Give back the last page of a tree; return whether the tree is gone."""
        self._operations.append(Operation(Kind.PRUNE, tree))
        return self._store.tree(tree).prune(self)

    def do(self, operation: Operation) -> bytes | None:
        """Do one operation; return the value that its key had."""
        kind, tree, key, value = operation
        if kind is Kind.CREATE:
            self.create()
        elif kind is Kind.PRUNE:
            self.prune(tree)
        else:
            self._operations.append(operation)
            at = self._store.tree(tree)
            return at.put(self, key, value) if kind is Kind.PUT else at.delete(self, key)
        return None

    def _finish(self) -> None:
        journal, replaying = self._store.journal, self._store.replaying
        start, end = journal.end, replaying
        if end is None:
            end = journal.append(b"".join(each.encode() for each in self._operations))
        for page in self._changed.values():
            page.lsn = end
            self._store.pool.mark_dirty(page, start)


def write_image(volume: Volume, pages: Mapping[int, bytes], lsn: int, journal: bytes) -> None:
    """Make an empty volume one that holds some pages as a checkpoint, and a journal from it on."""
    blocks = BlockMap(volume.data)
    blocks.room = volume.pages
    for number, image in sorted(pages.items()):
        volume.data.write(blocks.place(number, lsn_of(image)), image)
    blocks.save(lsn)
    RedoLog.restore(volume.journal, lsn, journal)
