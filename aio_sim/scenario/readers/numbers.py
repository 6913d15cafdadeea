"""Numbers and moments as trace files write them, read exactly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import LARGEST

SECOND: Final = 10**9

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 64


class FieldError(ValueError):
    """A text that is not what its field holds; says which field, and what was expected."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def exact(text: str) -> Fraction:
    """Return a decimal number as it is written.

    Raises FieldError where the text is no number, or one of more than 64 characters.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST or not _NUMBER.fullmatch(stripped):
        raise FieldError(_("expected a number, got {text!r}").format(text=stripped[:_LONGEST]))
    return Fraction(Decimal(stripped))


def scaled(text: str, unit: int | Fraction) -> int:
    """Return a number times `unit`, to the nearest whole one (a half to the even one).

    Raises FieldError where the text is no number, or the result is beyond 2**62.
    """
    if len(text) < 16 and text.isascii() and text.isdigit() and isinstance(unit, int):
        result = int(text) * unit
    else:
        result = round(exact(text) * unit)
    if abs(result) > LARGEST:
        raise FieldError(_("{text} is too large").format(text=text.strip()))
    return result


def whole(text: str) -> int:
    """Return a whole number.

    Raises FieldError where the text is no number, not a whole one, or beyond 2**62.
    """
    if len(text) < 16 and text.isascii() and text.isdigit():
        return int(text)
    number = exact(text)
    if number.denominator != 1:
        raise FieldError(_("expected a whole number, got {text!r}").format(text=text.strip()))
    if abs(number) > LARGEST:
        raise FieldError(_("{text} is too large").format(text=text.strip()))
    return int(number)


def moment(text: str) -> int:
    """Return nanoseconds since 1970 of a date and time such as `2023-11-16 18:15:46.6805900`.

    Without a zone it is taken as UTC; up to nine digits of a second are kept.

    Raises FieldError where the text is no such moment, or beyond 2**62 ns (the year 2116).
    """
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise FieldError(_moment_expected(text))
    date, time, digits, _z, sign, hours, minutes = match.groups()
    zone = UTC if sign is None else _zone(sign, hours, minutes, text)
    try:
        at = datetime.fromisoformat(f"{date} {time}").replace(tzinfo=zone)
    except ValueError:
        raise FieldError(_moment_expected(text)) from None
    since = at - _EPOCH
    result = (since.days * 86_400 + since.seconds) * SECOND
    result += int((digits or "").ljust(9, "0"))
    if abs(result) > LARGEST:
        raise FieldError(_("{text} is too far away").format(text=text.strip()))
    return result


def _zone(sign: str, hours: str, minutes: str, text: str) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset >= timedelta(days=1):
        raise FieldError(_moment_expected(text))
    return timezone(-offset if sign == "-" else offset)


def _moment_expected(text: str) -> str:
    return _("expected a date and time such as 2023-11-16 18:15:46.68, got {text!r}").format(
        text=text.strip()[:_LONGEST]
    )
