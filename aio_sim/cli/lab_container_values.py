"""From the words of the container labs to numbers, with errors that name the option.

Everything raises InputError for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aio_sim.cli.lab_values import duration, parts, whole_number
from aio_sim.kernel.errors import InputError, UnitError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from fractions import Fraction

    from aio_sim.containers.scaling_rules import ScalingPolicy


def quantity(option: str, text: str | None) -> Fraction | None:
    """Return a number of 0 or more, written as in a manifest; None where it is not used."""
    from aio_sim.containers.quantity import parse_quantity

    if text is None:
        return None
    try:
        value = parse_quantity(text)
    except UnitError as error:
        raise UnitError(f"{option}: {error}") from None
    if value < 0:
        raise InputError(
            _("{option}: expected a number of 0 or more; got {text}").format(
                option=option, text=text
            )
        )
    return value


def ages(option: str, texts: Iterable[str] | None) -> list[tuple[int, int]]:
    """Return `AGE:REPLICAS` pairs, ages in nanoseconds; replicas may have a sign."""
    found = []
    for text in parts(option, texts) or ():
        age, colon, replicas = text.partition(":")
        if not colon:
            raise InputError(
                _("{option}: expected AGE:REPLICAS, as in 60s:8; got {text!r}").format(
                    option=option, text=text
                )
            )
        number = whole_number(option, replicas.removeprefix("-").removeprefix("+"))
        sign = -1 if replicas.startswith("-") else 1
        found.append((duration(option, age) or 0, sign * number))
    return found


def policies(option: str, texts: Iterable[str] | None) -> tuple[ScalingPolicy, ...]:
    """Return scaling policies, written `PODS/PERIOD` or `PERCENT%/PERIOD`."""
    return tuple(_policy(option, text) for text in parts(option, texts) or ())


def _policy(option: str, text: str) -> ScalingPolicy:
    from aio_sim.containers.scaling_rules import ScalingPolicy, Unit

    value, slash, period = text.partition("/")
    if not slash:
        raise InputError(
            _("{option}: expected 4/15s or 100%/15s; got {text!r}").format(option=option, text=text)
        )
    unit = Unit.PERCENT if value.endswith("%") else Unit.PODS
    number = whole_number(option, value.removesuffix("%"))
    return ScalingPolicy(unit, number, duration(option, period) or 0)
