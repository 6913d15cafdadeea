"""One transaction, and the levels at which it can be isolated from the others."""

from __future__ import annotations

from enum import Enum

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import DeadlockError, TransactionStateError
from aio_sim.storage.relational.records import Undo
from aio_sim.storage.relational.versions import ReadView


class Isolation(Enum):
    """What a transaction sees of others that run with it."""

    READ_COMMITTED = "read committed"
    """Each statement sees what was committed when it began."""
    REPEATABLE_READ = "repeatable read"
    """All statements see what was committed when the first one read."""
    SERIALISABLE = "serializable"
    """Whatever is read is locked, so that the outcome is that of some serial order."""


class Transaction:
    """One transaction: its changes so far, its view of the others, and how it ended."""

    def __init__(self, number: int, isolation: Isolation) -> None:
        self.number = number
        self.isolation = isolation
        self.undo: list[Undo] = []
        self.view: ReadView | None = None
        self.committed: int | None = None
        self.is_open = True
        self.wrote = False
        self.deadlock: DeadlockError | None = None
        """Why it was rolled back without being asked."""

    def require_open(self) -> None:
        """Raise DeadlockError for a victim, TransactionStateError where it is over."""
        if self.deadlock is not None:
            raise self.deadlock
        if not self.is_open:
            raise TransactionStateError(
                _("transaction {number} is over").format(number=self.number)
            )
