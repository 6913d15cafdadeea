"""Tasks that arrive all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import Count
from aio_sim.scenario.readers.terms import CHUNK
from aio_sim.scenario.workloads.common import GeneratedWorkload
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class BatchWorkload(GeneratedWorkload):
    """Tasks that arrive all at one instant."""

    kind: Literal["batch"] = "batch"
    at: Duration = 0
    """When they arrive (seconds); 0 where absent."""
    count: Count
    """How many tasks."""

    def arrivals(
        self,
        streams: RandomStreams,  # nothing about it is random
        label: str,
        chunk: int = CHUNK,
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield `count` times the same instant."""
        import numpy as np

        for first in range(0, self.count, chunk):
            yield np.full(min(chunk, self.count - first), self.at, dtype=np.int64)
