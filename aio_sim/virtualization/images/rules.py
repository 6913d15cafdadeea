"""Header fields held against what the format allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aio_sim.kernel.messages import _
from aio_sim.virtualization.images.image import Fault
from aio_sim.virtualization.images.image_file import ImageFile


class Rule(NamedTuple):
    """One field of a header: what was found, whether that may be, what was expected."""

    field: str
    offset: int
    found: object
    holds: bool
    expected: str

    def fault(self) -> Fault:
        """Return the fault that breaking the rule is."""
        message = _("{found} where {expected} was expected").format(
            found=self.found, expected=self.expected
        )
        return Fault(message, self.offset, self.field)


def demand(rules: Iterable[Rule], file: ImageFile) -> None:
    """Raise ImageError for the first rule that does not hold."""
    for rule in rules:
        if not rule.holds:
            fault = rule.fault()
            raise file.damaged(fault.message, fault.offset, fault.field)


def power_of_two(number: int, low: int, high: int) -> bool:
    """Return whether `number` is a power of two from `low` to `high`."""
    return low <= number <= high and number & (number - 1) == 0
