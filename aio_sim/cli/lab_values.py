"""From the words of `aio-sim lab` to numbers, lists and segments, with errors that name the option.

Everything raises InputError for what cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.errors import InputError, UnitError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import LARGEST, parse_duration, parse_rate, parse_size

if TYPE_CHECKING:
    from aio_sim.virtualization.memory.segmentation import Segment

_NUMBER: Final = re.compile(r"[0-9]{1,20}|0[xX][0-9a-fA-F]{1,16}", re.ASCII)
_WEIGHT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_LONGEST_REQUEST: Final = 20
_DIRECTIONS: Final = ("up", "down")


def parts(option: str, texts: Iterable[str] | None) -> list[str] | None:
    """Return the values between the commas of all uses of an option, None where it is not used."""
    if texts is None:
        return None
    found = [part.strip() for text in texts for part in text.split(",")]
    if not all(found):
        raise InputError(_("{option}: a value between commas is missing").format(option=option))
    return found


def whole_numbers(option: str, texts: Iterable[str] | None) -> list[int] | None:
    """Return the whole numbers of an option, None where it is not used."""
    found = parts(option, texts)
    return None if found is None else [whole_number(option, text) for text in found]


def whole_number(option: str, text: str) -> int:
    """Return a whole number of 0 or more, decimal or as in 0x1f."""
    if _NUMBER.fullmatch(text):
        number = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
        if number <= LARGEST:
            return number
    raise InputError(
        _("{option}: expected whole numbers of 0 or more; got {text!r}").format(
            option=option, text=text[:64]
        )
    )


def size(option: str, text: str | None) -> int | None:
    """Return a size in bytes, None where the option is not used."""
    if text is None:
        return None
    try:
        return parse_size(text)
    except UnitError as error:
        raise UnitError(f"{option}: {error}") from None


def duration(option: str, text: str | None) -> int | None:
    """Return a time in nanoseconds, None where the option is not used."""
    if text is None:
        return None
    try:
        return parse_duration(text)
    except UnitError as error:
        raise UnitError(f"{option}: {error}") from None


def rate(option: str, text: str | None) -> int | None:
    """Return a rate in bits a second, None where the option is not used."""
    if text is None:
        return None
    try:
        return parse_rate(text)
    except UnitError as error:
        raise UnitError(f"{option}: {error}") from None


def page_table(option: str, texts: Iterable[str] | None) -> dict[int, int] | None:
    """Return the frame of each page, written `PAGE:FRAME`; None where the option is not used."""
    found = parts(option, texts)
    if found is None:
        return None
    table: dict[int, int] = {}
    for text in found:
        page, sign, frame = text.partition(":")
        if not sign:
            raise InputError(
                _("{option}: expected PAGE:FRAME, as in 0:24; got {text!r}").format(
                    option=option, text=text
                )
            )
        number = whole_number(option, page)
        if number in table:
            raise InputError(
                _("{option}: page {page} is given twice").format(option=option, page=number)
            )
        table[number] = whole_number(option, frame)
    return table


def segments(option: str, texts: Iterable[str] | None) -> list[Segment] | None:
    """Return segments, written `BASE:LIMIT:up` or `:down`; None where the option is not used."""
    found = parts(option, texts)
    return None if found is None else [_segment(option, text) for text in found]


def _segment(option: str, text: str) -> Segment:
    from aio_sim.virtualization.memory.segmentation import Segment

    fields = text.split(":")
    if len(fields) != 3:
        raise InputError(
            _("{option}: expected BASE:LIMIT:GROWTH, as in 0:20:up; got {text!r}").format(
                option=option, text=text
            )
        )
    base, limit, direction = fields
    if direction not in _DIRECTIONS:
        raise UnknownName("direction of growth", direction, _DIRECTIONS)
    return Segment(
        size(option, base) or 0, size(option, limit) or 0, grows_down=direction == "down"
    )


def requests(option: str, texts: Iterable[str] | None) -> list[str] | None:
    """Return requests such as `+20` and `-0`, None where the option is not used."""
    found = parts(option, texts)
    for text in found or ():
        if len(text) > _LONGEST_REQUEST:
            raise InputError(
                _("{option}: {text!r} is too large").format(option=option, text=text[:32])
            )
    return found


def weights(option: str, texts: Iterable[str] | None) -> dict[str, float] | None:
    """Return a weight for each name, written `NAME=WEIGHT`; None where the option is not used."""
    found = parts(option, texts)
    if found is None:
        return None
    given: dict[str, float] = {}
    for text in found:
        name, _sign, weight = text.partition("=")
        if not _WEIGHT.fullmatch(weight):
            raise InputError(
                _("{option}: expected NAME=WEIGHT, as in lookup=9; got {text!r}").format(
                    option=option, text=text[:64]
                )
            )
        if name in given:
            raise InputError(_("{option}: {name} is given twice").format(option=option, name=name))
        given[name] = float(weight)
    return given
