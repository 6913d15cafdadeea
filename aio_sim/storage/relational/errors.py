"""What can go wrong in a relational engine."""

from __future__ import annotations

from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.conflicts import RestartError, WaitError


class TransactionTooLargeError(AioSimError):
    """Undoing what is open would take more log than there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(
            _(
                "the open transactions changed too much: their undo may take {most} bytes of "
                "the log"
            ).format(most=most)
        )


class DuplicateKeyError(AioSimError):
    """A primary or unique key that a row has already."""

    def __init__(self, table: str, index: str, values: tuple[object, ...]) -> None:
        self.table, self.index, self.values = table, index, values
        super().__init__(
            _("{table}: there is a row with {index} {values} already").format(
                table=table, index=index, values=", ".join(map(repr, values))
            )
        )


class LockWaitError(WaitError):
    """A statement met a lock; it has had no effect, waits in the queue, and may be tried again."""

    def __init__(self, transaction: int, holders: tuple[int, ...]) -> None:
        self.transaction, self.holders = transaction, holders
        super().__init__(
            _("transaction {transaction} waits for {holders}").format(
                transaction=transaction, holders=", ".join(map(str, holders))
            )
        )


class DeadlockError(RestartError):
    """The transaction was the victim of a deadlock and is rolled back."""

    def __init__(self, transaction: int, cycle: tuple[int, ...]) -> None:
        self.transaction, self.cycle = transaction, cycle
        super().__init__(
            _("deadlock {cycle}: transaction {transaction} was rolled back").format(
                cycle=" -> ".join(map(str, (*cycle, cycle[0]))), transaction=transaction
            )
        )


class TransactionStateError(AioSimError):
    """A transaction that is over is asked to do more."""


class SchemaError(InputError):
    """A table, a column or a value that does not fit the schema."""


class SqlError(InputError):
    """A statement outside the subset, or one that cannot be read; says where."""
