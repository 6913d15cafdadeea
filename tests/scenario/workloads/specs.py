"""How the tests of workloads read and gather."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.workloads import OpenWorkload, WorkloadSpec
from aio_sim.scenario.workloads.common import GeneratedWorkload

SECOND = 10**9

_ADAPTER: TypeAdapter[Any] = TypeAdapter(WorkloadSpec)


def spec(kind: str, folder: Path = Path(), **fields: Any) -> Any:
    """Return the workload that a scenario in `folder` would write so; `start` stands for `from`."""
    if "start" in fields:
        fields["from"] = fields.pop("start")
    return _ADAPTER.validate_python({"kind": kind, **fields}, context={"folder": folder})


def blocks(workload: OpenWorkload, seed: int = 1, chunk: int | None = None) -> list[TaskBlock]:
    """Return all blocks of a workload that ends."""
    streams, label = RandomStreams(seed), workload.label()
    if chunk is not None:
        assert isinstance(workload, GeneratedWorkload)
        return list(workload.blocks(streams, label, chunk))
    return list(workload.blocks(streams, label))


def column(parts: list[TaskBlock], name: str) -> list[Any]:
    """Return one column of all blocks, a value a task."""
    values: list[Any] = []
    for part in parts:
        whole = getattr(part, name)
        each = whole.tolist() if isinstance(whole, np.ndarray) else whole
        values.extend(each if isinstance(each, list | range) else [each] * len(part))
    return values


def arrivals(workload: OpenWorkload, seed: int = 1) -> npt.NDArray[np.int64]:
    """Return all instants of arrival."""
    return np.concatenate([part.arrival for part in blocks(workload, seed)])
