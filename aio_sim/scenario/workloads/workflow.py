"""Task graphs of real workflows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import ExistingFile
from aio_sim.scenario.workloads.common import OpenWorkload, TaskAttributes
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.scenario.readers.wfformat import Workflow


class WfFormatTrace(OpenWorkload, TaskAttributes):
    """The task graph of a workflow that was run, in the JSON of WfCommons (WfFormat 1.5).

    Each task takes the run time that it had, of one core; what it hands to another are the files
    that it wrote and the other read.
    """

    kind: Literal["trace"] = "trace"
    format: Literal["wfformat"]
    path: ExistingFile
    """The file, JSON or .gz; relative to the folder of the scenario."""
    at: Duration = 0
    """When the workflow arrives (seconds); 0 where absent."""

    @model_serializer(mode="wrap")
    def _keep_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the fields as a file has them, `kind` and `format` first, even where left out."""
        return {"kind": self.kind, "format": self.format, **super()._keep_kind(serialize)}

    @cached_property
    def _workflow(self) -> Workflow:
        from aio_sim.scenario.readers.wfformat import read

        return read(self.path)

    def names(self, label: str) -> list[str]:  # tasks have names of their own
        """Return the ids of the tasks."""
        return self._workflow.ids

    def graph(self) -> TaskGraph:
        """Return which of its tasks come before which, and the bytes that they hand over.

        Raises WorkloadError with file and field of what cannot be used.
        """
        return self._workflow.graph

    def blocks(self, streams: RandomStreams, label: str) -> Iterator[TaskBlock]:
        """Yield all tasks at once. Raises WorkloadError as `graph` does."""
        import numpy as np

        from aio_sim.scenario.workloads.columns import Attributes

        graph = self.graph()
        works = graph.works
        yield TaskBlock(
            arrival=np.full(len(works), self.at, dtype=np.int64),
            work=np.array(works, dtype=np.int64),
            rank=np.array(graph.bottom_levels(), dtype=np.int64),
            **{"index": range(len(works)), **Attributes(self, streams, label).draw(len(works))},
        )
