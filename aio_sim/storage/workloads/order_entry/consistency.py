"""What always holds of the books of order entry, whatever happens at once or crashes.

Source: TPC-C, clauses 3.3.2.1 to 3.3.2.4.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from aio_sim.kernel.messages import _
from aio_sim.storage.server.database import OpenDatabase


def violations(database: OpenDatabase) -> list[str]:
    """Return a sentence for each condition that does not hold, a warehouse or district each."""
    rows: dict[str, list[Any]] = {
        store: list(database.records(store))
        for store in ("warehouse", "district", "orders", "order_line", "new_order")
    }
    return [*_year_to_date(rows), *_orders(rows)]


def _year_to_date(rows: dict[str, list[Any]]) -> list[str]:
    sums: Counter[int] = Counter()
    for district in rows["district"]:
        sums[district["w"]] += district["ytd"]
    sentence = _("warehouse {w} has taken {found}, and its districts {sum}")
    return [
        sentence.format(w=each["w"], found=each["ytd"], sum=sums[each["w"]])
        for each in rows["warehouse"]
        if each["ytd"] != sums[each["w"]]
    ]


def _orders(rows: dict[str, list[Any]]) -> list[str]:
    numbers, still_new = _by_district(rows["orders"]), _by_district(rows["new_order"])
    lines = Counter((line["w"], line["d"]) for line in rows["order_line"])
    wanted: Counter[tuple[int, int]] = Counter()
    for order in rows["orders"]:
        wanted[order["w"], order["d"]] += order["lines"]
    found = []
    for district in rows["district"]:
        place = district["w"], district["d"]
        holds = (
            max(numbers[place], default=0) == district["next_order"] - 1
            and max(still_new[place], default=district["next_order"] - 1)
            == district["next_order"] - 1
            and _without_gap(still_new[place])
            and lines[place] == wanted[place]
        )
        if not holds:
            sentence = _("district {d} of warehouse {w}: orders, new orders and lines do not agree")
            found.append(sentence.format(w=place[0], d=place[1]))
    return found


def _by_district(rows: list[Any]) -> defaultdict[tuple[int, int], list[int]]:
    numbers: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row in rows:
        numbers[row["w"], row["d"]].append(row["o"])
    return numbers


def _without_gap(numbers: list[int]) -> bool:
    return not numbers or max(numbers) - min(numbers) + 1 == len(numbers)
