"""Quantities as Kubernetes manifests write them (`250m`, `512Mi`, `1e3`), read without rounding.

The grammar is that of `resource.Quantity` (kubernetes/kubernetes,
staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go): a decimal number and one suffix,
which is a decimal prefix, a binary one, or an exponent of ten. `M` is 10**6, `Mi` is 2**20, and
`m` is a thousandth, so that `512m` of memory is about half a byte.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from numbers import Real
from types import MappingProxyType
from typing import Final

from aio_sim.kernel.errors import UnitError, hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import LARGEST

SUFFIXES: Final[Mapping[str, Fraction]] = MappingProxyType(
    {
        "n": Fraction(1, 10**9),
        "u": Fraction(1, 10**6),
        "m": Fraction(1, 10**3),
        "": Fraction(1),
        "k": Fraction(10**3),
        "M": Fraction(10**6),
        "G": Fraction(10**9),
        "T": Fraction(10**12),
        "P": Fraction(10**15),
        "E": Fraction(10**18),
        "Ki": Fraction(2**10),
        "Mi": Fraction(2**20),
        "Gi": Fraction(2**30),
        "Ti": Fraction(2**40),
        "Pi": Fraction(2**50),
        "Ei": Fraction(2**60),
    }
)
"""What each suffix multiplies by."""

FINEST: Final = Fraction(1, 10**9)
"""Kubernetes keeps nine decimals, and rounds what is finer away from zero."""

MILLICORE: Final = Fraction(1, 1000)
"""The finest share of a core that Kubernetes accepts (docs: CPU resource units)."""

_QUANTITY: Final = re.compile(
    r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,4})|([a-zA-Z]*))", re.ASCII
)
_LONGEST_TEXT: Final = 64
_LARGEST_EXPONENT: Final = 99


def parse_quantity(value: object) -> Fraction:
    """Return the number that a quantity stands for, exactly; a bare number is itself.

    Raises UnitError where it is no quantity, has an unknown suffix, or is larger than 2**62.
    """
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        amount = _read(value)
    elif isinstance(value, int | Fraction) and not isinstance(value, bool):
        amount = Fraction(value)
    elif isinstance(value, Real) and not isinstance(value, bool):
        amount = _read(repr(float(value)))  # repr: 0.1 is a tenth, as it was written
    else:
        raise UnitError(_expected(value))
    if abs(amount) > LARGEST:
        raise UnitError(_("{value} is too large").format(value=reprlib.repr(value)))
    return _rounded(amount)


def parse_cores(value: object) -> Fraction:
    """Return a share of CPU in cores (`250m` is a quarter of one), exactly.

    Raises UnitError where it is no quantity, negative, or finer than a thousandth of a core.
    """
    cores = _not_negative(value)
    if (cores / MILLICORE).denominator != 1:
        raise UnitError(
            _("{value} is finer than 1m, a thousandth of a core").format(value=reprlib.repr(value))
        )
    return cores


def parse_bytes(value: object) -> int:
    """Return an amount of memory in whole bytes; a part of a byte counts as one, as in Kubernetes.

    Raises UnitError where it is no quantity, or negative.
    """
    return ceil(_not_negative(value))


def _not_negative(value: object) -> Fraction:
    amount = parse_quantity(value)
    if amount < 0:
        raise UnitError(
            _("expected a quantity of 0 or more; got {value}").format(value=reprlib.repr(value))
        )
    return amount


def _read(text: str) -> Fraction:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise UnitError(_expected(text))
    sign, digits, exponent, suffix = match.groups()
    return Fraction(f"{sign}{digits}") * (
        _suffix_factor(text, suffix) if exponent is None else _power_of_ten(text, int(exponent))
    )


def _power_of_ten(text: str, exponent: int) -> Fraction:
    if exponent > _LARGEST_EXPONENT:  # before the power, which would be that long
        raise UnitError(_("{value} is too large").format(value=repr(text)))
    return Fraction(10) ** max(exponent, -_LARGEST_EXPONENT)


def _suffix_factor(text: str, suffix: str) -> Fraction:
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    near = hint(_nearest(suffix), filter(None, SUFFIXES))
    raise UnitError(
        _("unknown suffix {suffix!r} in {value}{hint}").format(
            suffix=suffix, value=repr(text), hint=near
        )
    )


def _nearest(suffix: str) -> str:
    """Return what who writes `MB`, `MiB` or `mi` means; the suffix itself where that is unclear."""
    prefix = suffix.removesuffix("B").removesuffix("b")
    alike = [known for known in SUFFIXES if known and known.lower() == prefix.lower()]
    return prefix if prefix in SUFFIXES else (alike or [suffix])[0]


def _rounded(amount: Fraction) -> Fraction:
    if amount.denominator <= 10**9 and 10**9 % amount.denominator == 0:
        return amount
    steps = ceil(abs(amount) / FINEST)
    return steps * FINEST if amount > 0 else -steps * FINEST


def _expected(value: object) -> str:
    form = _(
        "expected a quantity: a number with a suffix or none, as 250m, 1.5 or 512Mi; got {value}"
    )
    return form.format(value=reprlib.repr(value))
