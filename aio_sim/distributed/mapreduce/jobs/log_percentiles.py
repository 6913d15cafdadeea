"""Percentiles of a log a minute. A line has a time somewhere, and ends with a number.

The time is that of ISO 8601 (`2023-11-16 18:15:46.68`) or of web servers
(`[10/Oct/2000:13:55:36 -0700]`); the number is what took so long, or was so large. A first line
without a time is a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import Final

parameters = {"percentiles": "50,95,99"}

_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)")
_WEB: Final = re.compile(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d)")
_LAST: Final = re.compile(r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\"?\s*$")


def map(key: tuple[str, int], line: str) -> Iterator[tuple[str, float]]:
    """Yield the minute of a line with its number; ValueError where it has none."""
    if not line.strip():
        return
    minute, number = _minute(line), _LAST.search(line)
    if minute is not None and number is not None:
        yield minute, float(number[1])
    elif key[1]:
        raise ValueError("expected a time, and a number at the end of the line")


def reduce(_minute: str, numbers: list[float]) -> dict[str, float]:
    """Return the count, the mean and the percentiles of a minute."""
    ranked = sorted(numbers)
    told = {"count": len(ranked), "mean": sum(ranked) / len(ranked)}
    for percent in parameters["percentiles"].split(","):
        told[f"p{percent.strip()}"] = _nearest_rank(ranked, float(percent))
    return told


def _nearest_rank(ranked: list[float], percent: float) -> float:
    """Return the smallest number that so many per cent are not above (the nearest rank)."""
    if not 0 < percent <= 100:
        raise ValueError(f"a percentile is above 0 and at most 100, got {percent:g}")
    return ranked[ceil(percent / 100 * len(ranked)) - 1]


def _minute(line: str) -> str | None:
    if found := _ISO.search(line):
        return f"{found[1]} {found[2]}"
    if found := _WEB.search(line):
        return f"{datetime.strptime(found[1], '%d/%b/%Y:%H:%M'):%Y-%m-%d %H:%M}"
    return None
