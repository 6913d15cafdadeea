"""Tasks that arrive at regular intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import CHUNK
from aio_sim.scenario.workloads.common import Extent, GeneratedWorkload, PositiveDuration
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class PeriodicWorkload(GeneratedWorkload, Extent):
    """Tasks that arrive at regular intervals, each up to `jitter` late."""

    kind: Literal["periodic"] = "periodic"
    every: PositiveDuration
    """Seconds from one release to the next; above 0."""
    offset: Duration = 0
    """When the first is released (seconds); 0 where absent."""
    jitter: Duration = 0
    """Each task arrives late by a time drawn uniformly from [0, jitter); at most `every`."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        findings = Findings("jitter")
        if self.jitter > self.every:
            findings.say(_("must not be above `every`, or tasks would overtake"), "jitter")
        findings.raise_any()
        return self

    def arrivals(
        self, streams: RandomStreams, label: str, chunk: int = CHUNK
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield offset + k * every, each plus its jitter."""
        from aio_sim.scenario.workloads.arrivals import periodic, within

        generator = streams.stream(f"{label}.arrivals")
        chunk = min(chunk, self.count or chunk)
        instants = periodic(
            generator, self.every, self.offset, self.jitter, chunk, f"{label}.arrivals"
        )
        return within(instants, self.count, self.until)
