"""Order entry as a workload: which transaction comes next, and of whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase
from aio_sim.storage.server.statements import Program
from aio_sim.storage.workloads.order_entry.consistency import violations
from aio_sim.storage.workloads.order_entry.stores import (
    DEFINITIONS,
    DISTRICTS,
    OrderEntryShape,
    first_records,
)
from aio_sim.storage.workloads.order_entry.transactions import (
    FEWEST_LINES,
    MOST_LINES,
    Buyer,
    delivery,
    new_order,
    order_status,
    payment,
    stock_level,
)

if TYPE_CHECKING:
    import numpy as np

KINDS: Final = ("new_order", "payment", "order_status", "delivery", "stock_level")
NEW_ORDER, PAYMENT, ORDER_STATUS, DELIVERY, STOCK_LEVEL = range(5)

SHARES: Final = (0.45, 0.43, 0.04, 0.04, 0.04)
"""Source: TPC-C, clause 5.2.3: the least shares, and the rest to new orders."""

CANCELLED: Final = 0.01
"""Orders of an item that there is not. Source: TPC-C, clause 2.4.1.4."""

_CUSTOMER_SPREAD: Final = 1023
_ITEM_SPREAD: Final = 8191
"""Source: TPC-C, clause 2.1.6, the constant A of NURand."""


class OrderEntry:
    """The five transactions, in their shares; a warehouse is drawn anew for each."""

    kinds = KINDS

    def __init__(self, shape: OrderEntryShape, generator: np.random.Generator) -> None:
        self._shape = shape
        self._generator = generator
        self._payments = 0

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The nine stores."""
        return DEFINITIONS

    def records(self, store: str) -> Iterable[Record]:
        """Return what is there at first."""
        return first_records(store, self._shape)

    def draw(self) -> tuple[int, Program]:
        """Return the next transaction."""
        kind = int(self._generator.choice(len(SHARES), p=SHARES))
        return kind, self._program(kind)

    def violations(self, database: OpenDatabase) -> list[str]:
        """Return which of the conditions of consistency do not hold."""
        return violations(database)

    def _program(self, kind: int) -> Program:
        buyer = self._buyer()
        if kind == NEW_ORDER:
            return new_order(buyer, self._lines())
        if kind == PAYMENT:
            self._payments += 1
            return payment(buyer, self._whole(100, 500_000), self._payments)
        if kind == ORDER_STATUS:
            return order_status(buyer)
        if kind == DELIVERY:
            return delivery(buyer.w, self._whole(1, 10))
        return stock_level(buyer.w, buyer.d, self._whole(10, 20))

    def _buyer(self) -> Buyer:
        customer = self._not_uniform(_CUSTOMER_SPREAD, self._shape.customers)
        return Buyer(
            self._whole(0, self._shape.warehouses - 1), self._whole(0, DISTRICTS - 1), customer
        )

    def _lines(self) -> list[tuple[int, int]]:
        count = self._whole(FEWEST_LINES, MOST_LINES)
        items = {self._not_uniform(_ITEM_SPREAD, self._shape.items) for _line in range(count)}
        lines = [(item, self._whole(1, 10)) for item in sorted(items)]
        if self._generator.random() < CANCELLED:
            lines.append((self._shape.items, 1))
        return lines

    def _whole(self, low: int, high: int) -> int:
        return int(self._generator.integers(low, high, endpoint=True))

    def _not_uniform(self, spread: int, count: int) -> int:
        """Return a number below `count` as NURand draws it: some far more often than others."""
        return (self._whole(0, spread) | self._whole(0, count - 1)) % count
