"""How much memory a program needs: working sets, thrashing, LRU stack distances.

P. Denning, The working set model for program behavior, CACM 11(5), 1968; R. Mattson et al.,
Evaluation techniques for storage hierarchies, IBM Systems Journal 9(2), 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.replacement import Page


def working_set(reference: Sequence[Page], time: int, window: int) -> frozenset[Page]:
    """Return W(time, window): the pages of the last `window` accesses, that at `time` included."""
    return frozenset(reference[max(time + 1 - _positive(window), 0) : time + 1])


def working_set_sizes(reference: Sequence[Page], window: int) -> list[int]:
    """Return the number of pages in the working set after each access. O(1) an access."""
    _positive(window)
    inside: Counter[Page] = Counter()
    sizes = []
    for time, page in enumerate(reference):
        inside[page] += 1
        if time >= window:
            leaving = reference[time - window]
            inside[leaving] -= 1
            if not inside[leaving]:
                del inside[leaving]
        sizes.append(len(inside))
    return sizes


def working_set_faults(reference: Sequence[Page], window: int) -> int:
    """Return the faults of a program that always holds exactly its working set of `window`."""
    _positive(window)
    last: dict[Page, int] = {}
    faults = 0
    for time, page in enumerate(reference):
        faults += page not in last or time - last[page] > window
        last[page] = time
    return faults


def thrashes(working_sets: Iterable[int], frames: int) -> bool:
    """Return whether programs with working sets of these sizes want more than the `frames`."""
    return sum(working_sets) > frames


@dataclass(frozen=True)
class FaultFrequency:
    """Bounds on the faults an access: above `upper` more frames are needed, below `lower` fewer.

    W. Chu and H. Opderbeck, The page fault frequency replacement algorithm, AFIPS 1972;
    Silberschatz, Galvin and Gagne, Operating System Concepts, 10.6.3. InputError unless
    0 <= lower < upper <= 1.
    """

    lower: float = 0.01
    upper: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.lower < self.upper <= 1:
            raise InputError(
                _(
                    "fault frequencies must be 0 <= lower < upper <= 1, not {lower} and {upper}"
                ).format(lower=self.lower, upper=self.upper)
            )

    def advice(self, faults: int, accesses: int) -> Literal["grow", "keep", "shrink"]:
        """Return what to do with the frames of a program with `faults` in `accesses` (> 0)."""
        rate = faults / accesses
        if rate > self.upper:
            return "grow"
        return "shrink" if rate < self.lower else "keep"


def stack_distances(reference: Sequence[Page]) -> list[int | None]:
    """Return for each access the distinct pages accessed since its page last was, itself included.

    None for a first access. LRU with m frames hits exactly where the distance is at most m.
    O(log n) an access: a Fenwick tree counts the last accesses of pages by time.
    """
    marks = _Counts(len(reference))
    last: dict[Page, int] = {}
    distances: list[int | None] = []
    for time, page in enumerate(reference):
        before = last.get(page)
        if before is None:
            distances.append(None)
        else:
            distances.append(len(last) - marks.below(before))
            marks.add(before, -1)
        marks.add(time, 1)
        last[page] = time
    return distances


def lru_fault_curve(reference: Sequence[Page]) -> list[int]:
    """Return the faults of LRU with 1, 2, ... frames, up to the number of pages, in one pass."""
    distances = stack_distances(reference)
    hits_at = Counter(distances)
    faults, curve = len(distances), []
    for frames in range(1, hits_at[None] + 1):
        faults -= hits_at[frames]
        curve.append(faults)
    return curve


class _Counts:
    """Numbers by index, with the sum of all before an index in O(log n) (P. Fenwick, 1994)."""

    def __init__(self, size: int) -> None:
        self._sums = [0] * (size + 1)

    def add(self, index: int, amount: int) -> None:
        index += 1
        while index < len(self._sums):
            self._sums[index] += amount
            index += index & -index

    def below(self, index: int) -> int:
        total = 0
        while index:
            total += self._sums[index]
            index -= index & -index
        return total


def _positive(window: int) -> int:
    if window < 1:
        raise InputError(
            _("a window must be at least 1 access, not {window}").format(window=window)
        )
    return window
