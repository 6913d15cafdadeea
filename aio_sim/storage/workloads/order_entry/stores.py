"""The stores of order entry, and what is in them at first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition

DISTRICTS: Final = 10
"""Districts a warehouse. Source: TPC-C, clause 1.2.1."""

DISTRICT_YEAR_TO_DATE: Final = 3_000_000
"""Cents; of a warehouse, the sum over its districts. Source: TPC-C, clause 4.3.3.1."""

FIRST_QUANTITY: Final = 55
"""Of each item in stock: the middle of the 10 to 100 of TPC-C, clause 4.3.3.1."""


@dataclass(frozen=True)
class OrderEntryShape:
    """How large the wholesaler is."""

    warehouses: int
    customers: int
    """In each district."""
    items: int


WAREHOUSE: Final = Definition("warehouse", {"w": "integer", "ytd": "integer"}, ("w",))
DISTRICT: Final = Definition(
    "district",
    {"w": "integer", "d": "integer", "ytd": "integer", "next_order": "integer"},
    ("w", "d"),
)
CUSTOMER: Final = Definition(
    "customer",
    {
        **dict.fromkeys(("w", "d", "c", "balance", "paid", "payments"), "integer"),
        "deliveries": "integer",
        "last_order": "integer",
        "data": "text",
    },
    ("w", "d", "c"),
)
ITEM: Final = Definition("item", {"i": "integer", "name": "text", "price": "integer"}, ("i",))
STOCK: Final = Definition(
    "stock",
    {"w": "integer", "i": "integer", "quantity": "integer", "sold": "integer", "data": "text"},
    ("w", "i"),
)
ORDER: Final = Definition(
    "orders",
    {
        "w": "integer",
        "d": "integer",
        "o": "integer",
        "c": "integer",
        "lines": "integer",
        "carrier": "integer",
    },
    ("w", "d", "o"),
)
ORDER_LINE: Final = Definition(
    "order_line",
    {
        "w": "integer",
        "d": "integer",
        "o": "integer",
        "line": "integer",
        "i": "integer",
        "quantity": "integer",
        "amount": "integer",
        "delivered": "integer",
    },
    ("w", "d", "o", "line"),
)
NEW_ORDER: Final = Definition(
    "new_order", {"w": "integer", "d": "integer", "o": "integer"}, ("w", "d", "o")
)
HISTORY: Final = Definition(
    "history",
    {"h": "integer", "w": "integer", "d": "integer", "c": "integer", "amount": "integer"},
    ("h",),
)

DEFINITIONS: Final = (
    WAREHOUSE,
    DISTRICT,
    CUSTOMER,
    ITEM,
    STOCK,
    ORDER,
    ORDER_LINE,
    NEW_ORDER,
    HISTORY,
)

_CUSTOMER_DATA: Final = "customer data " * 20
_STOCK_DATA: Final = "stock data " * 4


def first_records(store: str, shape: OrderEntryShape) -> Iterator[Record]:
    """Yield what is in a store at first: nobody has ordered yet."""
    if store == "item":
        for item in range(shape.items):
            yield {"i": item, "name": f"item {item}", "price": 100 + item * 7919 % 9900}
    for warehouse in range(shape.warehouses):
        if store == "warehouse":
            yield {"w": warehouse, "ytd": DISTRICTS * DISTRICT_YEAR_TO_DATE}
        elif store == "stock":
            for item in range(shape.items):
                yield {
                    "w": warehouse,
                    "i": item,
                    "quantity": FIRST_QUANTITY,
                    "sold": 0,
                    "data": _STOCK_DATA,
                }
        elif store in ("district", "customer"):
            yield from _of_districts(store, warehouse, shape)


def _of_districts(store: str, warehouse: int, shape: OrderEntryShape) -> Iterator[Record]:
    for district in range(DISTRICTS):
        place = {"w": warehouse, "d": district}
        if store == "district":
            yield {**place, "ytd": DISTRICT_YEAR_TO_DATE, "next_order": 1}
            continue
        for customer in range(shape.customers):
            yield {
                **place,
                "c": customer,
                "balance": -1000,
                "paid": 1000,
                "payments": 1,
                "deliveries": 0,
                "last_order": 0,
                "data": _CUSTOMER_DATA,
            }
