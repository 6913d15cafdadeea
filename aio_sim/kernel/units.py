"""Quantities as people write them (`20ms`, `4GiB`, `1Gbps`) and as the simulator counts them.

Inside, times are whole nanoseconds, sizes whole bytes and rates whole bits per second.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from types import MappingProxyType
from typing import Final

from aio_sim.kernel.errors import UnitError, hint
from aio_sim.kernel.messages import _

LARGEST: Final = 2**62
"""No quantity may be larger, so that sums still fit 64 bits (146 years of nanoseconds)."""

DURATION_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "ns": 1,
        "us": 10**3,
        "µs": 10**3,  # micro sign
        "μs": 10**3,  # the Greek letter, which keyboards also give
        "ms": 10**6,
        "s": 10**9,
        "min": 60 * 10**9,
        "h": 3_600 * 10**9,
        "d": 86_400 * 10**9,
    }
)
"""Nanoseconds of each unit of time."""

_DECIMAL: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY: Final = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_PREFIXES: Final = {**_DECIMAL, "K": 10**3, **_BINARY}

SIZE_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {f"{prefix}B": factor for prefix, factor in _PREFIXES.items()}
)
"""Bytes of each unit of size."""

RATE_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        f"{prefix}{unit}": factor * bits
        for unit, bits in (("bps", 1), ("b/s", 1), ("bit/s", 1), ("Bps", 8), ("B/s", 8))
        for prefix, factor in _PREFIXES.items()
    }
)
"""Bits per second of each unit of rate."""

_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)\s*(\D*)", re.ASCII)
_LONGEST_TEXT: Final = 64


def parse_duration(value: object) -> int:
    """Return a time in nanoseconds, rounded to the nearest; a bare number is seconds.

    Raises UnitError where it is no number with a unit of DURATION_UNITS, negative or not finite.
    """
    wanted = _("a time of 0 or more: seconds, or a number with a unit, such as 20ms or 1.5h")
    return _parse(value, DURATION_UNITS, DURATION_UNITS["s"], wanted)


def parse_size(value: object) -> int:
    """Return a size in bytes, rounded to the nearest; a bare number is bytes.

    Raises UnitError where it is no number with a unit of SIZE_UNITS, negative or not finite.
    """
    wanted = _("a size of 0 or more: bytes, or a number with a unit, such as 4GiB or 500MB")
    return _parse(value, SIZE_UNITS, 1, wanted)


def parse_rate(value: object) -> int:
    """Return a rate in bits per second, rounded to the nearest; a bare number is bits per second.

    Raises UnitError where it is no number with a unit of RATE_UNITS, negative or not finite.
    """
    wanted = _("a rate of 0 or more: bits per second, or with a unit, such as 1Gbps or 125MB/s")
    return _parse(value, RATE_UNITS, 1, wanted)


def seconds(nanoseconds: int) -> float | int:
    """Return nanoseconds in seconds, as an int where they are whole seconds."""
    whole, rest = divmod(nanoseconds, 10**9)
    return nanoseconds / 10**9 if rest else whole


def written_duration(nanoseconds: int) -> float | int | str:
    """Return a time for a file: seconds, or `...ns` where a float would round it."""
    number = seconds(nanoseconds)
    return number if Decimal(repr(number)) * 10**9 == nanoseconds else f"{nanoseconds}ns"


def format_duration(nanoseconds: int) -> str:
    """Return a time for people, in the unit that suits it: `20 ms`, `4 s`, `27.78 h`."""
    size = abs(nanoseconds)
    for unit, upto in (("ns", "us"), ("us", "ms"), ("ms", "s")):
        if size < DURATION_UNITS[upto]:
            return f"{nanoseconds / DURATION_UNITS[unit]:.6g} {unit}" if size else "0 s"
    if size < 10_000 * DURATION_UNITS["s"]:
        return f"{nanoseconds / DURATION_UNITS['s']:.6g} s"
    unit = "h" if size < 48 * DURATION_UNITS["h"] else "d"
    return f"{nanoseconds / DURATION_UNITS[unit]:.4g} {unit}"


def format_size(size: int) -> str:
    """Return bytes for people, to four digits, in binary units: `512 B`, `1.5 GiB`."""
    return _format(size, {"": 1, **_BINARY}, "B")


def format_rate(rate: int) -> str:
    """Return bits per second for people, to four digits, in decimal units: `1 Gbps`."""
    return _format(rate, _DECIMAL, "bps")


def _parse(value: object, units: Mapping[str, int], bare: int, wanted: str) -> int:
    amount, factor = _split(value, units, bare, wanted)
    if not amount.is_finite() or amount < 0:
        raise UnitError(_expected(value, wanted))
    if amount * factor > LARGEST:  # before int(), which would write out all digits of 1e999999
        raise UnitError(_("{value} is too large").format(value=_shown(value)))
    return int((amount * factor).to_integral_value())


def _split(value: object, units: Mapping[str, int], bare: int, wanted: str) -> tuple[Decimal, int]:
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        match = _QUANTITY.fullmatch(value.strip())
        if match:
            unit = match[2].strip()
            return _clamped(Decimal(match[1])), _factor(value, unit, units) if unit else bare
    elif isinstance(value, int) and not isinstance(value, bool):
        return Decimal(min(max(value, -1), 2 * LARGEST)), bare
    elif isinstance(value, Real) and not isinstance(value, bool):
        return Decimal(repr(float(value))), bare  # repr: 0.1 is a tenth, as it was written
    raise UnitError(_expected(value, wanted))


def _clamped(amount: Decimal) -> Decimal:
    """Return the amount within what can be multiplied without overflow."""
    return min(max(amount, Decimal(-1)), Decimal(2 * LARGEST))


def _factor(value: str, unit: str, units: Mapping[str, int]) -> int:
    if unit in units:
        return units[unit]
    same_letters = [known for known in units if known.lower() == unit.lower()]
    raise UnitError(
        _("unknown unit {unit!r} in {value}{hint}").format(
            unit=unit,
            value=_shown(value),
            hint=hint(same_letters[0] if same_letters else unit, units),
        )
    )


def _expected(value: object, wanted: str) -> str:
    return _("expected {wanted}; got {value}").format(wanted=wanted, value=_shown(value))


def _shown(value: object) -> str:
    return reprlib.repr(value)


def _format(amount: int, prefixes: Mapping[str, int], unit: str) -> str:
    prefix, factor = "", 1
    for candidate, size in prefixes.items():
        if abs(amount) >= size:
            prefix, factor = candidate, size
    return f"{amount / factor:.4g} {prefix}{unit}"
