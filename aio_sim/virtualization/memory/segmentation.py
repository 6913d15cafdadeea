"""Segmentation: an address is a segment and an offset, checked against limit and protection.

The top bits of the address pick the segment, as on the VAX and in R. and A. Arpaci-Dusseau,
Operating Systems: Three Easy Pieces, ch. 16. A segment that grows down ends at its base in memory,
and at the end of its part of the address space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.translation import (
    FaultReason,
    Permission,
    Translation,
    power_of_two_bits,
)


@dataclass(frozen=True)
class Segment:
    """`limit` bytes from `base` upwards, or those just below `base` where the segment grows down.

    InputError for a negative number, or a segment that would begin below physical address 0.
    """

    base: int
    limit: int
    grows_down: bool = False
    permission: Permission = Permission.ALL

    def __post_init__(self) -> None:
        if self.base < 0 or self.limit < 0:
            raise InputError(_("base and limit of a segment must not be negative"))
        if self.grows_down and self.limit > self.base:
            raise InputError(
                _("a segment of {limit} bytes cannot end at physical address {base}").format(
                    limit=self.limit, base=self.base
                )
            )

    @property
    def start(self) -> int:
        """The lowest physical address of the segment."""
        return self.base - self.limit if self.grows_down else self.base


class SegmentTable:
    """The segments of an address space of `address_space` bytes, a power of two.

    As many top bits as are needed to tell the segments apart pick one; each may take its whole part
    of the address space. InputError where there is no segment, or one is larger than its part.
    """

    def __init__(self, address_space: int, segments: Sequence[Segment]) -> None:
        bits = power_of_two_bits(address_space, "address space")
        selector = (len(segments) - 1).bit_length()
        if not segments or selector > bits:
            raise InputError(
                _("an address space of {size} bytes cannot have {count} segments").format(
                    size=address_space, count=len(segments)
                )
            )
        self.address_space = address_space
        self.segments = tuple(segments)
        self.part = address_space >> selector
        self._check_limits()

    def translate(self, address: int, access: Permission = Permission.READ) -> Translation:
        """Return where a virtual address leads, or its fault; `path` is segment and offset."""
        if not 0 <= address < self.address_space:
            return Translation(address, None, FaultReason.OUT_OF_RANGE)
        number, offset = divmod(address, self.part)
        if number >= len(self.segments):
            return Translation(address, None, FaultReason.NO_SEGMENT, (number, offset))
        segment = self.segments[number]
        if segment.grows_down:
            offset -= self.part
        reason = _fault(segment, offset, access)
        physical = None if reason else segment.base + offset
        return Translation(address, physical, reason, (number, offset))

    def _check_limits(self) -> None:
        for number, segment in enumerate(self.segments):
            if segment.limit > self.part:
                raise InputError(
                    _("segment {number} has a limit of {limit}, but a part of {part} bytes").format(
                        number=number, limit=segment.limit, part=self.part
                    )
                )


def _fault(segment: Segment, offset: int, access: Permission) -> FaultReason | None:
    inside = -segment.limit <= offset if segment.grows_down else offset < segment.limit
    if not inside:
        return FaultReason.BEYOND_LIMIT
    return None if access in segment.permission else FaultReason.PROTECTION
