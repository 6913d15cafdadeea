"""What every workload of a storage server has: stores, what is in them first, and what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase
from aio_sim.storage.server.statements import Program


class Workload(Protocol):
    """Draws transactions, one after the other, from random streams of its own."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What its transactions are called."""

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The stores that it needs."""

    def records(self, store: str) -> Iterable[Record]:
        """Return what is in a store at first."""

    def draw(self) -> tuple[int, Program]:
        """Return the next transaction, and which of the kinds it is."""

    def violations(self, database: OpenDatabase) -> list[str]:
        """Return what does not hold of the data that always has to, while nothing is under way."""
