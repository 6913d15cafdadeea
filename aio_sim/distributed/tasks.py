"""Tasks in columns: what a workload hands to the simulation, a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class TaskBlock:
    """A chunk of tasks in order of arrival; a column is an array, or one value for all rows.

    Times are nanoseconds, sizes bytes; arrays have shape (n,). Chunks of one source follow each
    other in time.
    """

    arrival: npt.NDArray[np.int64]
    work: npt.NDArray[np.int64]
    index: Sequence[int]
    """Which task of its source each row is; what its name is made from."""
    priority: npt.NDArray[np.float64] | float = 0
    weight: npt.NDArray[np.float64] | float = 1
    vector: npt.NDArray[np.float64] | float = 0
    """The share of its slices in which a task uses vector registers."""
    deadline: npt.NDArray[np.int64] | int = -1
    """After arrival; -1 for none."""
    cores: npt.NDArray[np.int64] | int = 0
    """Whole cores held by an exclusive task; 0 for a task that shares cores by time."""
    memory: npt.NDArray[np.int64] | int = 0
    estimate: npt.NDArray[np.int64] | int = -1
    """Run time asked for, which backfilling plans with; -1 for the actual one."""
    span: bool = False
    """Whether an exclusive task may take cores of several hosts."""
    tenant: Sequence[str | None] | str | None = None
    bursts: Sequence[Sequence[int] | None] | None = None
    """CPU, I/O, CPU, ... of each row; `work` is then the sum of the CPU bursts."""
    holders: Sequence[Sequence[str]] | None = None
    """The machines that hold each row's input; None where there is no input to speak of."""
    rank: npt.NDArray[np.int64] | int = 0
    """Nanoseconds from a task's start to the end of its task graph, at the least."""
    refused: Sequence[str | None] | None = None
    """Why a row cannot be run at all (it is counted as rejected), or None.

    A RejectionReason where it is to be counted with its likes.
    """

    def __len__(self) -> int:
        return len(self.arrival)
