"""The five transactions of order entry, as programs that make statements of what they are given."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from aio_sim.storage.server.statements import (
    Cancelled,
    Change,
    Delete,
    Get,
    Program,
    Put,
    Scan,
    Statement,
)
from aio_sim.storage.workloads.order_entry.stores import DISTRICTS

Steps: TypeAlias = Generator[Statement, Any, None]

ORDERS_LOOKED_AT: Final = 20
"""Newest orders whose items' stock is looked at. Source: TPC-C, clause 2.8.2.2."""
MOST_LINES: Final = 15
FEWEST_LINES: Final = 5
"""Lines of an order. Source: TPC-C, clause 2.4.1.3."""
FEWEST_IN_STOCK: Final = 10
RESTOCKED: Final = 91
"""Source: TPC-C, clause 2.4.2.2."""


class Buyer(NamedTuple):
    """A customer, by warehouse, district and number."""

    w: int
    d: int
    c: int


def new_order(buyer: Buyer, lines: Sequence[tuple[int, int]]) -> Program:
    """Return the program of an order of (item, quantity); one of an unknown item is cancelled."""

    def program() -> Steps:
        w, d, c = buyer
        yield Get("warehouse", w)
        yield Get("customer", buyer)
        district = yield Get("district", (w, d), lock=True)
        order = district["next_order"]
        yield Change("district", (w, d), {"next_order": order + 1})
        yield Put("orders", {"w": w, "d": d, "o": order, "c": c, "lines": len(lines), "carrier": 0})
        yield Put("new_order", {"w": w, "d": d, "o": order})
        yield Change("customer", buyer, {"last_order": order})
        for line, (number, quantity) in enumerate(lines):
            item = yield Get("item", number)
            if item is None:
                raise Cancelled
            stock = yield Get("stock", (w, number), lock=True)
            yield Change("stock", (w, number), _after_sale(stock, quantity))
            yield Put(
                "order_line",
                {
                    **{"w": w, "d": d, "o": order, "line": line, "i": number},
                    "quantity": quantity,
                    "amount": quantity * item["price"],
                    "delivered": 0,
                },
            )

    return program


def payment(buyer: Buyer, amount: int, number: int) -> Program:
    """Return the program of a payment; `number` is that of its entry in the history."""

    def program() -> Steps:
        w, d, c = buyer
        warehouse = yield Get("warehouse", w, lock=True)
        yield Change("warehouse", w, {"ytd": warehouse["ytd"] + amount})
        district = yield Get("district", (w, d), lock=True)
        yield Change("district", (w, d), {"ytd": district["ytd"] + amount})
        customer = yield Get("customer", buyer, lock=True)
        paid = {
            "balance": customer["balance"] - amount,
            "paid": customer["paid"] + amount,
            "payments": customer["payments"] + 1,
        }
        yield Change("customer", buyer, paid)
        yield Put("history", {"h": number, "w": w, "d": d, "c": c, "amount": amount})

    return program


def order_status(buyer: Buyer) -> Program:
    """Return the program that reads a customer's newest order."""

    def program() -> Steps:
        customer = yield Get("customer", buyer)
        order = customer["last_order"]
        if order:
            yield Get("orders", (buyer.w, buyer.d, order))
            yield Scan("order_line", (buyer.w, buyer.d, order, 0), MOST_LINES)

    return program


def delivery(warehouse: int, carrier: int) -> Program:
    """Return the program that delivers the oldest open order of each district."""

    def program() -> Steps:
        for district in range(DISTRICTS):
            yield from _deliver(warehouse, district, carrier)

    return program


def stock_level(warehouse: int, district: int, threshold: int) -> Program:
    """Return the program that looks for items of the newest orders that are nearly sold out."""

    def program() -> Steps:
        found = yield Get("district", (warehouse, district))
        first = max(found["next_order"] - ORDERS_LOOKED_AT, 0)
        low = warehouse, district, first, 0
        lines = yield Scan("order_line", low, ORDERS_LOOKED_AT * MOST_LINES)
        items = {line["i"] for line in lines if (line["w"], line["d"]) == (warehouse, district)}
        scarce = 0
        for item in sorted(items):
            stock = yield Get("stock", (warehouse, item))
            scarce += stock["quantity"] < threshold

    return program


def _deliver(w: int, d: int, carrier: int) -> Steps:
    found = yield Scan("new_order", (w, d, 0), 1)
    if not found or (found[0]["w"], found[0]["d"]) != (w, d):
        return
    order = found[0]["o"]
    if not (yield Delete("new_order", (w, d, order))):
        return  # somebody else has delivered it meanwhile
    placed = yield Get("orders", (w, d, order), lock=True)
    yield Change("orders", (w, d, order), {"carrier": carrier})
    total = 0
    for number in range(placed["lines"]):
        line = yield Get("order_line", (w, d, order, number), lock=True)
        if line is None:
            continue  # without transactions, who places an order may be seen half-way
        total += line["amount"]
        yield Change("order_line", (w, d, order, number), {"delivered": 1})
    buyer = w, d, placed["c"]
    customer = yield Get("customer", buyer, lock=True)
    changed = {"balance": customer["balance"] + total, "deliveries": customer["deliveries"] + 1}
    yield Change("customer", buyer, changed)


def _after_sale(stock: Any, quantity: int) -> dict[str, object]:
    left = stock["quantity"] - quantity
    if left < FEWEST_IN_STOCK:
        left += RESTOCKED
    return {"quantity": left, "sold": stock["sold"] + quantity}
