"""Recovery after a crash: whole pages first, then redo, then the list of whom to undo.

Source: Mohan et al., ARIES, ACM TODS 17(1), 1992: repeat history, then undo the losers. The undo
of open transactions is written with each checkpoint, so the log before one is never needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from aio_sim.storage.pages.page import is_whole, lsn_of, number_of
from aio_sim.storage.pages.redo_log import Group
from aio_sim.storage.relational.page_store import PageStore
from aio_sim.storage.relational.records import (
    Active,
    Commit,
    End,
    PageRecord,
    Record,
    TransactionRecord,
    Undo,
    Undone,
    decode_group,
)


@dataclass
class RecoveryReport:
    """What recovery found and did."""

    pages_repaired: int = 0
    """Torn pages replaced by their copy in the doublewrite area."""
    groups_redone: int = 0
    end: int = 0
    """The LSN at which the log ended that survived."""
    log_read: int = 0
    """Bytes of the log that had to be read."""
    next_transaction: int = 1
    losers: dict[int, list[Undo]] = field(default_factory=dict)
    """The changes of each transaction that was open, oldest first."""


def recover(store: PageStore) -> RecoveryReport:
    """Bring the pages to where the durable log ends; undoing the losers is left to the caller.

    Raises DamagedPageError for a torn page of which there is no copy.
    """
    report = RecoveryReport()
    if store.settings.doublewrite:
        report.pages_repaired = _repair(store)
    for group in store.log.recover():
        _redo(store, group, report)
        report.groups_redone += 1
    report.end = store.log.end
    report.log_read = store.log.in_use
    store.log.begin_epoch()
    return report


def _repair(store: PageStore) -> int:
    """Write whole copies over torn pages; return how many."""
    data, _log, doublewrite = store.volume.files
    copies: dict[int, bytes] = {}
    for slot in range(doublewrite.blocks):
        copy = doublewrite.read(slot)
        if is_whole(copy):
            known = copies.get(number_of(copy))
            if known is None or lsn_of(known) < lsn_of(copy):
                copies[number_of(copy)] = copy
    torn = [number for number in copies if number < data.blocks and not is_whole(data.read(number))]
    for number in torn:
        data.write(number, copies[number])
    if torn:
        data.flush()
    return len(torn)


def _redo(store: PageStore, group: Group, report: RecoveryReport) -> None:
    records = list(decode_group(group.payload))
    changes = [record for record in records if isinstance(record, PageRecord)]
    changes.sort(key=lambda record: record.page)  # stable: each page's own order stays
    for number, of_page in groupby(changes, key=lambda record: record.page):
        page = store.pool.get(number)
        if page.lsn >= group.end:
            continue
        for change in of_page:
            change.apply(page)
        page.lsn = group.end
        store.pool.mark_dirty(page, group.start)
    for record in records:
        if isinstance(record, TransactionRecord):
            _account(record, report)


def _account(record: Record, report: RecoveryReport) -> None:
    """Keep the table of open transactions."""
    losers = report.losers
    if isinstance(record, Active):
        losers.clear()
        report.next_transaction = max(report.next_transaction, record.next_transaction)
    elif isinstance(record, Undo):
        losers.setdefault(record.transaction, []).append(record)
        report.next_transaction = max(report.next_transaction, record.transaction + 1)
    elif isinstance(record, Undone):
        # The change may stand before the checkpoint from which this reading began.
        if losers.get(record.transaction):
            losers[record.transaction].pop()
    elif isinstance(record, Commit | End):
        losers.pop(record.transaction, None)
