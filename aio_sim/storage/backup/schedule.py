"""When backups are due: every so often, or as a line of a crontab says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.calendar import date_of, instant_of

_MOST_DAYS: Final = 366 * 8 + 1
"""Within so many days any date comes that comes at all: 29 February, a century without one."""

_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_DAYS: Final = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


class Schedule(Protocol):
    """The instants at which something is due."""

    def following(self, at: int) -> int:
        """Return the first instant behind `at`, in ns."""


@dataclass(frozen=True)
class Every:
    """At `first`, and each `period` later; both in ns."""

    period: int
    first: int = 0

    def __post_init__(self) -> None:
        if self.period < 1 or self.first < 0:
            raise InputError(_("a schedule needs a period above 0"))

    def following(self, at: int) -> int:
        """Return the first instant behind `at`, in ns."""
        if at < self.first:
            return self.first
        return self.first + ((at - self.first) // self.period + 1) * self.period


@dataclass(frozen=True)
class Cron:
    """Minutes, hours, days of the month, months and days of the week at which something is due.

    Where both sorts of days are limited, either will do. Source: POSIX.1-2017, crontab.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def following(self, at: int) -> int:
        """Return the first instant behind `at`, in ns; InputError where there is none."""
        begin = date_of(at)
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        for _day in range(_MOST_DAYS):
            if self._fits(midnight.day, midnight.month, midnight.isoweekday() % 7):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = instant_of(midnight.replace(hour=hour, minute=minute))
                        if found > at:
                            return found
            midnight += timedelta(days=1)
        raise InputError(_("a schedule names a date that there never is"))

    def _fits(self, day: int, month: int, weekday: int) -> bool:
        if month not in self.months:
            return False
        every_day, every_weekday = len(self.days) == 31, len(self.weekdays) == 7
        if every_day or every_weekday:
            return day in self.days and weekday in self.weekdays
        return day in self.days or weekday in self.weekdays


def cron(text: str) -> Cron:
    """Return the schedule of five fields as a crontab has them, such as `30 2 * * sun`.

    Each is `*`, a number, a range, a list of these, or one with a step, as `*/15`; months and days
    of the week have names, too, and Sunday is 0 or 7. Raises InputError for anything else.
    """
    fields = text.lower().split()
    if len(fields) != 5:
        raise InputError(
            _(
                "expected five fields, minute, hour, day, month and day of the week, such as "
                "'30 2 * * sun'; got {text!r}"
            ).format(text=text)
        )
    minute, hour, day, month, weekday = fields
    return Cron(
        _field(minute, 0, 59),
        _field(hour, 0, 23),
        _field(day, 1, 31),
        _field(month, 1, 12, _MONTHS),
        frozenset(number % 7 for number in _field(weekday, 0, 7, _DAYS)),
    )


def _field(text: str, low: int, high: int, names: list[str] | None = None) -> frozenset[int]:
    numbers: set[int] = set()
    for item in text.split(","):
        span, slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(first, low, high, names)
            end = _number(last, low, high, names) if dash else (high if slash else begin)
        if end < begin:
            raise InputError(_("the range {item!r} ends before it begins").format(item=item))
        numbers.update(range(begin, end + 1, _number(step, 1, high) if slash else 1))
    return frozenset(numbers)


def _number(text: str, low: int, high: int, names: list[str] | None = None) -> int:
    if names and text in names:
        return names.index(text) + low
    if text.isdecimal() and low <= int(text) <= high:
        return int(text)
    raise InputError(
        _("expected a number from {low} to {high}; got {text!r}").format(
            low=low, high=high, text=text
        )
    )
