"""What a query did: its plan, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass

from aio_sim.storage.cost import Cost


@dataclass(frozen=True)
class Explanation:
    """How a query found its documents.

    Source of the names of the stages: MongoDB Manual, Explain Results.
    """

    stages: tuple[str, ...]
    """From the last to the first: such as `SORT`, `FETCH`, `IXSCAN`; `COLLSCAN`; `IDHACK`."""
    index: str | None
    """The index that is used, None where all documents are looked at."""
    ranges: int
    """Ranges of keys of the index."""
    keys_examined: int
    documents_examined: int
    returned: int
    cost: Cost
    """What it took: pages read, and pages found in the cache."""

    def __str__(self) -> str:
        using = f" {self.index}" if self.index else ""
        return (
            f"{' <- '.join(self.stages)}{using}: {self.keys_examined} keys, "
            f"{self.documents_examined} documents examined, {self.returned} returned, "
            f"{self.cost.pages_touched} pages, {self.cost.pages_read} of them read"
        )
