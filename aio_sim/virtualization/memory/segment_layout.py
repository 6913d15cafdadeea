"""How the pages of a task are grouped into segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import fsum
from typing import NamedTuple

from aio_sim.virtualization.memory.translation import Permission


@dataclass(frozen=True)
class SegmentPlan:
    """A segment that each task has: its share of the pages against the others' shares.

    One that `grows` begins with one page and grows downwards, as a stack, to the deepest visited.
    """

    name: str
    share: float = 1.0
    permission: Permission = Permission.READ | Permission.WRITE
    grows: bool = False


class LaidSegment(NamedTuple):
    """The pages from `first` up to before `end`, and their `size` in bytes.

    In a segment that grows the first page is at the top and the others follow downwards.
    """

    plan: SegmentPlan
    first: int
    end: int
    size: int

    def size_up_to(self, page: int, page_size: int) -> int:
        """Return the bytes from the segment's beginning through `page`."""
        return min(self.size, (page + 1 - self.first) * page_size)


def lay_out(
    plans: Sequence[SegmentPlan], pages: int, size: int, page_size: int
) -> list[LaidSegment]:
    """Return the segments of a task of so many pages, by the shares; empty ones are left out.

    `size` in bytes is what the task asked for, its last page perhaps not full; 0 where all are.
    """
    whole = fsum(plan.share for plan in plans)
    upto = [round(share * pages / whole) for share in accumulate(plan.share for plan in plans)]
    upto[-1] = pages
    unused = -size % page_size
    return [
        LaidSegment(plan, first, end, (end - first) * page_size - (unused if end == pages else 0))
        for plan, (first, end) in zip(plans, pairwise([0, *upto]), strict=True)
        if end > first
    ]
