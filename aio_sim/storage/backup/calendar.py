"""The calendar of simulated time: its beginning is midnight of a Monday that begins a year."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from aio_sim.kernel.units import DURATION_UNITS

EPOCH: Final = datetime(2024, 1, 1)
"""The date of time 0: Monday, 1 January 2024. An assumption."""

DAY: Final = DURATION_UNITS["d"]
WEEK: Final = 7 * DAY
MINUTE: Final = DURATION_UNITS["min"]


def date_of(at: int) -> datetime:
    """Return date and time of an instant in ns, to the microsecond below."""
    return EPOCH + timedelta(microseconds=at // 1000)


def instant_of(date: datetime) -> int:
    """Return the instant of a date, in ns."""
    return (date - EPOCH) // timedelta(microseconds=1) * 1000


def day_of(at: int) -> int:
    """Return the number of the day of an instant, from 0."""
    return at // DAY


def week_of(at: int) -> int:
    """Return the number of the week of an instant, from 0."""
    return at // WEEK


def month_of(at: int) -> int:
    """Return the number of the month of an instant, years times twelve counted in."""
    date = date_of(at)
    return date.year * 12 + date.month
