"""A ledger: accounts, and transfers between two of them that must happen whole or not at all."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Final

from aio_sim.kernel.messages import _
from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase
from aio_sim.storage.server.statements import Add, Get, Program, Statement, only
from aio_sim.storage.workloads.zipf import Scrambled, Uniform

if TYPE_CHECKING:
    import numpy as np

TRANSFER, READ = range(2)

STORE: Final = "account"
FIRST_BALANCE: Final = 100_000
"""Cents on each account at first."""
LARGEST_TRANSFER: Final = 10_000


class Ledger:
    """Transfers between accounts, and reads of one; the money of all stays the same."""

    kinds = ("transfer", "read")

    def __init__(
        self,
        accounts: int,
        reads: float,
        popularity: Uniform | Scrambled,
        generator: np.random.Generator,
    ) -> None:
        self._accounts = accounts
        self._reads = reads
        self._popularity = popularity
        self._generator = generator

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The one store."""
        return (Definition(STORE, {"id": "integer", "balance": "integer"}, ("id",)),)

    def records(self, store: str) -> Iterable[Record]:
        """Return the accounts."""
        assert store == STORE
        return ({"id": number, "balance": FIRST_BALANCE} for number in range(self._accounts))

    def draw(self) -> tuple[int, Program]:
        """Return the next transaction."""
        generator = self._generator
        debit, credit = self._popularity.draw(generator, 2, self._accounts).tolist()
        if generator.random() < self._reads:
            return READ, only(Get(STORE, debit))
        if debit == credit:
            credit = (debit + 1) % self._accounts
        amount = int(generator.integers(1, LARGEST_TRANSFER, endpoint=True))
        return TRANSFER, _transfer(debit, credit, amount)

    def violations(self, database: OpenDatabase) -> list[str]:
        """Return whether money came from nowhere, or went there."""
        found = sum(int(str(record["balance"])) for record in database.records(STORE))
        expected = self._accounts * FIRST_BALANCE
        if found == expected:
            return []
        sentence = _("all accounts together have {found}, and should have {expected}")
        return [sentence.format(found=found, expected=expected)]


def _transfer(debit: int, credit: int, amount: int) -> Program:
    """Return the program of a transfer, where there is enough to give."""

    def program() -> Generator[Statement, Any, None]:
        giver = yield Get(STORE, debit, lock=True)
        if giver["balance"] < amount:
            return
        yield Add(STORE, debit, {"balance": -amount})
        yield Add(STORE, credit, {"balance": amount})

    return program
