"""What a storage server needs of an engine: transactions, a log to flush, pages to write back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from aio_sim.storage.cost import Cost
from aio_sim.storage.engine import Record, Snapshot
from aio_sim.storage.pages.redo_log import RedoLog
from aio_sim.storage.server.statements import Verbs

Files: TypeAlias = Any
"""The files of a database, as its engine has them."""

FieldKind = Literal["integer", "real", "text"]


@dataclass(frozen=True)
class Definition:
    """A store of records: its name, its fields, and those of them that are its key."""

    name: str
    fields: Mapping[str, FieldKind]
    key: tuple[str, ...]
    nested: tuple[str, ...] = ()
    """Fields that hold a list of records, in an engine that has such."""


class Session(Verbs, Protocol):
    """One transaction after another, for one client at a time.

    A statement raises WaitError where it must wait for another transaction, RestartError where
    this one was rolled back and is to be begun anew.
    """

    def begin(self) -> None:
        """Begin a transaction."""

    def commit(self) -> int:
        """Commit; return the place in the log up to which it must be durable, 0: nothing is."""

    def roll_back(self) -> None:
        """Undo what the transaction did."""

    @property
    def autocommit(self) -> bool:
        """Whether each statement is a transaction of its own, committed before the next."""

    @property
    def writes(self) -> bool:
        """Whether the transaction has written, and is not committed yet."""

    @property
    def may_go_on(self) -> bool:
        """Whether a statement that had to wait would be carried out now, or fail for good."""


class OpenDatabase(Protocol):
    """A database that takes statements; all it does is counted, and takes no simulated time."""

    @property
    def cost(self) -> Cost:
        """All that was done since it was opened."""

    @property
    def page_size(self) -> int:
        """Bytes of a page."""

    @property
    def durable(self) -> int:
        """The place in the log up to which all is durable."""

    @property
    def recovered_to(self) -> int:
        """The place in the log up to which opening it found it whole."""

    @property
    def victims(self) -> int:
        """Transactions that it has rolled back for others, so far."""

    @property
    def log_read(self) -> int:
        """Bytes of the log that had to be read to open it."""

    @property
    def wants_cleaning(self) -> bool:
        """Whether pages should be written back in the background."""

    def session(self) -> Session:
        """Return a session."""

    def advance(self, now: int) -> None:
        """Let it know the time (ns)."""

    def flush(self) -> None:
        """Make all of the log durable."""

    def clean(self, pages: int) -> None:
        """Write back that many of the pages that were dirty longest; shorten the log if due."""

    def define(self, definition: Definition) -> None:
        """Make an empty store."""

    def load(self, store: str, records: Iterable[Record]) -> None:
        """Fill a store, and write all of it back."""

    def records(self, store: str) -> Iterator[Record]:
        """Yield all records of a store, in the order of their keys."""

    def close(self) -> None:
        """Write everything back and stop, so that opening it has nothing to mend."""


class Installation(Protocol):
    """What there is of a database on a host's disk, whether it is open or not."""

    def open(self) -> OpenDatabase:
        """Open it; where it was not closed, with recovery."""

    def lose_power(self, survives: Callable[[], bool]) -> None:
        """Let the power go, and come back; `survives`: whether a sector under way was written."""

    def check(self) -> None:
        """Audit what it has answered, where it can; raises AuditError."""


@runtime_checkable
class LoggedDatabase(OpenDatabase, Protocol):
    """A database that can be backed up and restored to any instant, for it has a log."""

    @property
    def log(self) -> RedoLog:
        """The log, or journal."""

    def back_up(self, since: int = 0) -> Snapshot:
        """Return a snapshot: full, or with the blocks that changed after an instant `since`.

        Its blocks are not counted as read: who copies them reads them.
        """

    def is_overwritten(self, number: int, image: bytes) -> bool:
        """Return whether a block of a snapshot is not on disk any more as it was."""


class LoggedInstallation(Installation, Protocol):
    """What there is of such a database on a host's disk."""

    def restored(self, chain: Sequence[Snapshot], archived: bytes) -> tuple[Files, Cost]:
        """Return what a chain of snapshots and the log behind the last give, and what that cost."""

    def look_into(self, files: Files) -> OpenDatabase:
        """Open a copy of some files, which stay as they are."""

    def adopt(self, files: Files) -> None:
        """Have some files in the place of what there was."""
