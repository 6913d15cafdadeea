"""Finding what lies on what, in whole maps at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from aio_sim.virtualization.images.paged_entries import PagedEntries

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from aio_sim.virtualization.images.paged_entries import Entries

FAULTS_SHOWN: Final = 20
"""How many faults of one kind are listed; a damaged map may have millions."""


def repeated(ascending: Entries) -> Entries:
    """Return the values that occur more than once in an ascending array."""
    import numpy as np

    return np.unique(ascending[1:][ascending[1:] == ascending[:-1]])


def some(
    entries: PagedEntries,
    chosen: Entries | Callable[[Entries], npt.NDArray[np.bool_]],
    last: int | None = None,
) -> Iterator[tuple[int, int]]:
    """Yield (index, entry) of the first entries that are among `chosen`, or for which it holds.

    Entries from `last` on are not looked at.
    """
    stop = entries.count if last is None else last
    return islice(_all(entries, chosen, stop), FAULTS_SHOWN)


def _all(entries: PagedEntries, chosen: Any, last: int) -> Iterator[tuple[int, int]]:
    import numpy as np

    for first, _count, cells in entries.arrays(0, last):
        if cells is None:
            continue
        hits = chosen(cells) if callable(chosen) else np.isin(cells, chosen)
        for at in np.flatnonzero(hits).tolist():
            yield first + at, int(cells[at])


def overlapping(
    starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> tuple[int, int] | None:
    """Return the indices of two intervals that overlap, the lower first, or None.

    `starts` and `lengths` are int64 of one shape, the lengths positive.
    """
    import numpy as np

    order = np.argsort(starts, kind="stable")
    begins, ends = starts[order], (starts + lengths)[order]
    hits = np.flatnonzero(begins[1:] < np.maximum.accumulate(ends)[:-1])
    if not len(hits):
        return None
    later = int(hits[0]) + 1
    earlier = int(np.argmax(ends[:later]))
    return int(order[earlier]), int(order[later])
