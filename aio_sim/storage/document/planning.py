"""Which index a query uses, and which ranges of its keys it looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from aio_sim.storage.document.conditions import operand_key
from aio_sim.storage.document.filters import Condition, Filter, conditions
from aio_sim.storage.document.index import BEHIND, Field, Index
from aio_sim.storage.document.keys import bracket, descending, next_bracket
from aio_sim.storage.document.paths import Path

Order = Sequence[tuple[Path, bool]]
"""Paths to sort by, each ascending or not."""

_MOST_POINTS: Final = 4096
"""Ranges that one scan of an index has at most; a condition more is checked on the document."""


@dataclass(frozen=True)
class Interval:
    """Keys of one field: from `low` to `high`, each with its end or without."""

    low: bytes
    high: bytes
    with_low: bool = True
    with_high: bool = True

    @property
    def is_point(self) -> bool:
        """Whether it is one key."""
        return self.low == self.high

    def bounds(self, field: Field) -> tuple[bytes, bytes]:
        """Return from which bytes to below which an index of a field has the keys."""
        low, high, with_low, with_high = self.low, self.high, self.with_low, self.with_high
        if field.hashed:
            point = field.stored(low)
            return point, point + BEHIND
        if not field.ascending:
            low, high = descending(high), descending(low)
            with_low, with_high = with_high, with_low
        return (low if with_low else low + BEHIND), (high + BEHIND if with_high else high)


@dataclass(frozen=True)
class Plan:
    """How the documents are found: by ranges of an index, or by looking at all (None)."""

    index: Index | None = None
    ranges: tuple[tuple[bytes, bytes | None], ...] = ()
    points: int = 0
    """Fields of the index that are bound to single keys."""
    is_bound: bool = False
    """Whether less than the whole index is looked at."""
    is_sorted: bool = False
    """Whether the documents come in the order that is asked for."""


def plan(of: Filter, order: Order, indexes: Iterable[Index], hint: str | None = None) -> Plan:
    """Return the plan that binds most fields of an index; of equals the first.

    MongoDB tries the candidates for a while and takes the fastest; this rule needs no trial. An
    index that only gives the order is used where none binds a field.
    """
    asked = list(conditions(of))
    plans = [_plan(index, asked, order) for index in indexes if hint in (None, index.name)]
    useful = [each for each in plans if each.is_bound or (order and each.is_sorted) or hint]
    return max(useful, key=_rank, default=Plan())


def _rank(each: Plan) -> tuple[int, bool, bool]:
    return each.points, each.is_bound, each.is_sorted


def _plan(index: Index, asked: list[Condition], order: Order) -> Plan:
    prefixes, points, single = [b""], 0, True
    last: list[tuple[bytes, bytes]] = []
    for field in index.fields:
        intervals = _intervals(field, asked, index.multikey)
        if not intervals or len(prefixes) * len(intervals) > _MOST_POINTS:
            break
        if field.hashed and not all(interval.is_point for interval in intervals):
            break
        if not all(interval.is_point for interval in intervals):
            last = [interval.bounds(field) for interval in intervals]
            break
        keys = sorted({interval.bounds(field)[0] for interval in intervals})
        prefixes = [before + key for before, key in product(prefixes, keys)]
        points += 1
        single = single and len(keys) == 1
    bound = bool(points or last)
    ranges = [
        (prefix + low, prefix + high)
        for prefix in prefixes
        for low, high in last or [(b"", BEHIND)]
    ]
    in_order = single and len(ranges) == 1 and not index.multikey
    return Plan(index, tuple(ranges), points, bound, in_order and _gives(index, points, order))


def _gives(index: Index, points: int, order: Order) -> bool:
    """Whether an index whose first fields are single keys gives an order."""
    fields = [(each.path, None if each.hashed else each.ascending) for each in index.fields]
    wanted = [each for each in order if each[0] not in {path for path, _up in fields[:points]}]
    return fields[points : points + len(wanted)] == wanted


def _intervals(field: Field, asked: list[Condition], multikey: bool) -> list[Interval]:
    """Return the intervals to which a filter binds a field; none where it does not."""
    found = [
        intervals
        for condition in asked
        if condition.path == field.path
        for intervals in [_of_condition(condition)]
        if intervals
    ]
    if not found:
        return []
    found.sort(key=lambda intervals: not all(each.is_point for each in intervals))
    if multikey or len(found[0]) > 1 or found[0][0].is_point:
        # Of a list, each condition may be met by another element, so one of them must do.
        return found[0]
    return [_common([intervals[0] for intervals in found])]


def _of_condition(condition: Condition) -> list[Interval]:
    operator, operand = condition.operator, condition.operand
    if operator == "$in" and not any(isinstance(each, list) for each in operand):
        return [_point(each) for each in operand]
    if isinstance(operand, list):
        return []
    if operator == "$eq":
        return [_point(operand)]
    if operator in ("$gt", "$gte"):
        key = operand_key(operator, operand)
        return [Interval(key, next_bracket(key), operator == "$gte", with_high=False)]
    if operator in ("$lt", "$lte"):
        key = operand_key(operator, operand)
        return [Interval(bracket(key), key, with_high=operator == "$lte")]
    return []


def _point(operand: Any) -> Interval:
    key = operand_key("$eq", operand)
    return Interval(key, key)


def _common(intervals: list[Interval]) -> Interval:
    """Return what intervals have in common, which may be nothing."""
    low = max(intervals, key=lambda each: (each.low, not each.with_low))
    high = min(intervals, key=lambda each: (each.high, each.with_high))
    return Interval(low.low, high.high, low.with_low, high.with_high)
