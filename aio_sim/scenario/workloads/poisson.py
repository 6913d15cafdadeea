"""Tasks that arrive at random and independently: a Poisson process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import Number
from aio_sim.scenario.readers.terms import CHUNK
from aio_sim.scenario.workloads.common import Extent, GeneratedWorkload
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class PoissonWorkload(GeneratedWorkload, Extent):
    """Tasks that arrive at random, `rate` a second on average, whatever came before."""

    kind: Literal["poisson"] = "poisson"
    rate: Annotated[Number, Field(gt=0)]
    """Arrivals a second, on average; above 0."""
    start: Duration = Field(0, alias="from", description="No task arrives before this instant.")

    def arrivals(
        self, streams: RandomStreams, label: str, chunk: int = CHUNK
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield instants whose gaps are exponential with mean 1 / rate."""
        from aio_sim.scenario.workloads.arrivals import poisson, within

        generator = streams.stream(f"{label}.arrivals")
        chunk = min(chunk, self.count or chunk)
        instants = poisson(generator, self.rate, self.start, chunk, f"{label}.arrivals")
        return within(instants, self.count, self.until)
