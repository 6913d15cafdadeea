"""From the words of the container labs to numbers, with errors that name the option.

Everything raises InputError for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aio_sim.cli.lab_files import reading
from aio_sim.cli.lab_values import duration, parts, whole_number
from aio_sim.kernel.errors import InputError, UnitError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.containers.scaling_rules import ScalingPolicy, ScalingRules

_LONGEST_SCRIPT: Final = 1 << 20


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


def scaling_rules(
    option: str, texts: Iterable[str] | None, window_option: str, window: str, tolerance: str
) -> ScalingRules:
    """Return the rules of one direction: its policies, its window and the tolerance."""
    from aio_sim.containers.scaling_rules import ScalingRules, Select

    share = quantity("--tolerance", tolerance) or Fraction(0)
    length = duration(window_option, window) or 0
    return ScalingRules(length, _policies(option, texts), Select.MAX, share)


def _policies(option: str, texts: Iterable[str] | None) -> tuple[ScalingPolicy, ...]:
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


def script_steps(texts: Iterable[str] | None, file: str | None) -> list[str] | None:
    """Return the steps of `--steps`, or of the lines of a script; None where neither is given.

    In a script `#` begins a comment.
    """
    if file is None:
        return parts("--steps", texts)
    if texts is not None:
        raise InputError(_("--steps and --script cannot be given together"))
    lines = (line.partition("#")[0].strip() for line in _text(file).splitlines())
    return [line for line in lines if line]


def _text(file: str) -> str:
    with reading(file) as source:
        content = bytearray()
        for chunk in source.chunks:
            content += chunk
            if len(content) > _LONGEST_SCRIPT:
                raise InputError(_("{path}: is too long for a script").format(path=file))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError(_("{path}: is not a text in UTF-8").format(path=file)) from None
