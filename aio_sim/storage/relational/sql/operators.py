"""What SQL's operators do to values, NULL included: three-valued logic, numbers, text.

Truth is 1 and 0, as in MySQL. Unlike it, text and numbers are not converted to each other.

Source: ISO/IEC 9075-2, 6.39 (boolean value expression) and 8.2 (comparison predicate).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.values import Value

Binary: TypeAlias = Callable[[Value, Value], Value]


def both(left: Value, right: Value) -> Value:
    """AND: false wins over NULL."""
    if is_false(left) or is_false(right):
        return 0
    return None if left is None or right is None else 1


def either(left: Value, right: Value) -> Value:
    """OR: true wins over NULL."""
    if is_true(left) or is_true(right):
        return 1
    return None if left is None or right is None else 0


def negated(value: Value) -> Value:
    """NOT."""
    return None if value is None else int(not is_true(value))


def is_true(value: Value) -> bool:
    """Whether a condition holds: a number other than 0."""
    return value is not None and _number(value) != 0


def is_false(value: Value) -> bool:
    """Whether a condition does not hold, and is known not to."""
    return value is not None and _number(value) == 0


def is_in(value: Value, others: list[Value]) -> Value:
    """IN: NULL where it is none of those that are known, and one is not."""
    found: Value = 0
    for other in others:
        found = either(found, equal(value, other))
    return found


def like(value: Value, pattern: Value) -> Value:
    """LIKE: `%` for any characters, `_` for one, a backslash before either for itself."""
    if value is None or pattern is None:
        return None
    if not isinstance(value, str) or not isinstance(pattern, str):
        raise _unfit("LIKE", value, pattern)
    return int(_expression(pattern).fullmatch(value) is not None)


def compare(left: Value, right: Value) -> int:
    """Return -1, 0 or 1 as `left` is below, the same as or above `right`; NULL is below all."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    a, b = _alike(left, right)
    return int(a > b) - int(a < b)


def add(left: Value, right: Value) -> Value:
    """+."""
    return _calculated("+", operator.add, left, right)


def subtract(left: Value, right: Value) -> Value:
    """-."""
    return _calculated("-", operator.sub, left, right)


def multiply(left: Value, right: Value) -> Value:
    """*."""
    return _calculated("*", operator.mul, left, right)


def divide(left: Value, right: Value) -> Value:
    """/, always with a fraction; NULL where the divisor is 0."""
    return None if right == 0 else _calculated("/", operator.truediv, left, right)


def whole_quotient(left: Value, right: Value) -> Value:
    """DIV, towards zero; NULL where the divisor is 0."""
    return None if right == 0 else _calculated("DIV", _towards_zero, left, right)


def remainder(left: Value, right: Value) -> Value:
    """%, with the sign of the dividend; NULL where the divisor is 0."""
    if right == 0:
        return None
    return _calculated("%", lambda a, b: a - b * _towards_zero(a, b), left, right)


def _comparison(test: Callable[[int], bool]) -> Binary:
    def compared(left: Value, right: Value) -> Value:
        return None if left is None or right is None else int(test(compare(left, right)))

    return compared


equal: Final = _comparison(lambda order: order == 0)
different: Final = _comparison(lambda order: order != 0)
below: Final = _comparison(lambda order: order < 0)
not_above: Final = _comparison(lambda order: order <= 0)
above: Final = _comparison(lambda order: order > 0)
not_below: Final = _comparison(lambda order: order >= 0)


def _calculated(sign: str, function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise _unfit(sign, left, right)
    try:
        result: Value = function(left, right)
    except OverflowError:
        raise SqlError(
            _("{left!r} {sign} {right!r} is too large").format(left=left, sign=sign, right=right)
        ) from None
    return result


def _towards_zero(left: float, right: float) -> int:
    quotient = abs(left) // abs(right)
    return int(quotient if (left < 0) == (right < 0) else -quotient)


def _alike(left: Value, right: Value) -> tuple[Any, Any]:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers and type(left) is not type(right):
        raise _unfit("=", left, right)
    return left, right


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise SqlError(_("{value!r} is no condition").format(value=value))
    return value


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


def _unfit(sign: str, left: Value, right: Value) -> SqlError:
    return SqlError(
        _("{left!r} {sign} {right!r}: the two are of different kinds").format(
            left=left, sign=sign, right=right
        )
    )
