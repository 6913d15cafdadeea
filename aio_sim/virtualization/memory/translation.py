"""What a translation answers: a physical address, or a fault and its reason."""

from __future__ import annotations

from enum import Flag, StrEnum, auto
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Permission(Flag):
    """What may be done with a page or segment, and what an access wants to do."""

    READ = auto()
    WRITE = auto()
    EXECUTE = auto()
    ALL = READ | WRITE | EXECUTE


def permission(letters: str) -> Permission:
    """Return the permission that `letters` of r, w and x stand for; InputError for another."""
    of = {"r": Permission.READ, "w": Permission.WRITE, "x": Permission.EXECUTE}
    if not letters or not set(letters) <= of.keys():
        raise InputError(
            _("a permission is made of the letters r, w and x, not {letters!r}").format(
                letters=letters
            )
        )
    return Permission(sum(of[letter].value for letter in set(letters)))


class FaultReason(StrEnum):
    """Why an address has no translation."""

    OUT_OF_RANGE = "out_of_range"
    NOT_MAPPED = "not_mapped"
    NO_SEGMENT = "no_segment"
    BEYOND_LIMIT = "beyond_limit"
    PROTECTION = "protection"


class Translation(NamedTuple):
    """A virtual address and where it leads; `physical` is None for a fault, else `reason` is.

    `path` says how: the index at each level of the page table and the offset, or the segment and
    the offset in it (negative in one that grows down).
    """

    virtual: int
    physical: int | None
    reason: FaultReason | None = None
    path: tuple[int, ...] = ()


def explain(translation: Translation) -> str:
    """Return the sentence for the outcome of a translation."""
    virtual = translation.virtual
    if translation.reason is None:
        return _("address {virtual} is at {physical}").format(
            virtual=virtual, physical=translation.physical
        )
    sentences = {
        FaultReason.OUT_OF_RANGE: _("address {virtual} is outside the address space"),
        FaultReason.NOT_MAPPED: _("address {virtual} is on a page that is not valid"),
        FaultReason.NO_SEGMENT: _("address {virtual} names a segment that there is not"),
        FaultReason.BEYOND_LIMIT: _("address {virtual} is beyond the limit of its segment"),
        FaultReason.PROTECTION: _("address {virtual} may not be accessed in this way"),
    }
    return sentences[translation.reason].format(virtual=virtual)


def power_of_two_bits(value: int, what: str) -> int:
    """Return b where `value` is 2**b; InputError, naming `what` it is, where it is not."""
    if value < 1 or value & (value - 1):
        raise InputError(
            _("the {what} must be a power of two, not {value}").format(what=what, value=value)
        )
    return value.bit_length() - 1
