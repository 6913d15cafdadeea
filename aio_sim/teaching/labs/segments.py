"""The lab on address translation by segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.teaching.labs.drawing import integer, integers, stream
from aio_sim.teaching.labs.translation import TranslationAnswer
from aio_sim.virtualization.memory.segmentation import Segment, SegmentTable

_ADDRESS_SPACE: Final = 128
_ADDRESSES: Final = 5
_MEMORY: Final = 4
"""How many times as large as the address space physical memory is drawn."""


@dataclass(frozen=True)
class SegmentsProblem:
    """Virtual addresses to translate; the top bits of an address pick the segment. Bytes."""

    address_space: int
    segments: tuple[Segment, ...]
    addresses: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "address_space": self.address_space,
            "segments": [
                {"base": each.base, "limit": each.limit, "growth": growth(each)}
                for each in self.segments
            ],
            "addresses": list(self.addresses),
        }


def growth(segment: Segment) -> str:
    """Return the word for the direction in which a segment grows."""
    return "down" if segment.grows_down else "up"


def draw(
    seed: int,
    *,
    address_space: int | None = None,
    segments: Sequence[Segment] | None = None,
    addresses: Sequence[int] | None = None,
) -> SegmentsProblem:
    """Return a problem with what is given, the rest drawn under `seed` so that it fits."""
    if address_space is None:
        address_space = _room_for(segments or ())
    if segments is None:
        segments = _draw_segments(seed, address_space)
    if addresses is None:
        addresses = _draw_addresses(seed, address_space, segments)
    return SegmentsProblem(address_space, tuple(segments), tuple(addresses))


def solve(problem: SegmentsProblem) -> TranslationAnswer:
    """Return the answer; InputError where the segments do not fit the address space."""
    table = SegmentTable(problem.address_space, problem.segments)
    return TranslationAnswer(tuple(table.translate(each) for each in problem.addresses))


def _draw_addresses(seed: int, address_space: int, segments: Sequence[Segment]) -> tuple[int, ...]:
    """Return addresses of which more than half are within the limit of a segment."""
    generator = stream(seed, "segments", "addresses")
    part = max(address_space >> max(len(segments) - 1, 0).bit_length(), 1)
    drawn = list(integers(generator, 0, max(address_space - 1, 0), _ADDRESSES))
    for place in range(_ADDRESSES):
        number = integer(generator, 0, len(segments) - 1)
        segment = segments[number]
        if segment.limit and generator.random() < 0.5:
            offset = integer(generator, 0, segment.limit - 1)
            drawn[place] = number * part + (part - 1 - offset if segment.grows_down else offset)
    return tuple(drawn)


def _room_for(segments: Sequence[Segment]) -> int:
    """Return an address space, a power of two, with room for the largest segment in each part."""
    largest = max((segment.limit for segment in segments), default=0)
    parts = 1 << max(len(segments) - 1, 0).bit_length()
    return max(parts << max(largest - 1, 0).bit_length(), _ADDRESS_SPACE)


def _draw_segments(seed: int, address_space: int) -> tuple[Segment, Segment]:
    """Return one that grows up in the lower half of memory, one that grows down in the upper."""
    part = max(address_space // 2, 1)
    generator = stream(seed, "segments", "segments")
    limits = integers(generator, max(part // 4, 1), max(part // 2, 1), 2)
    half = address_space * _MEMORY // 2
    low = integer(generator, 0, max(half - limits[0], 0))
    high = half + integer(generator, limits[1], max(half, limits[1]))
    return Segment(low, limits[0]), Segment(high, limits[1], grows_down=True)
