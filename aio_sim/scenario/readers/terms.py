"""Terms that workloads and readers share, light to import: checking a scenario reads no log."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

from aio_sim.distributed.tasks import TaskBlock

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CHUNK: Final = 16_384
"""Tasks that are handed on at a time, at most."""

Fits = Callable[[TaskBlock], "npt.NDArray[np.bool_]"]
"""Says of each task of a block whether the machine could hold it at all; shape (n,)."""

Target = Literal[
    "id",
    "arrival",
    "finish",
    "work",
    "cores",
    "memory",
    "priority",
    "weight",
    "deadline",
    "estimate",
    "tenant",
]
"""What a column of a CSV can be."""

Unit = int | Fraction | Literal["timestamp"]
"""What 1 in a column is, in nanoseconds, bytes or cores; "timestamp" for dates."""

Tenants = Literal["user", "group", "queue", "partition"]
"""Which field of a batch log a tenant is."""
