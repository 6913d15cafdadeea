"""Runs made of traces written by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from aio_sim.analysis.metrics import metrics
from aio_sim.analysis.task_table import task_table
from aio_sim.kernel.trace import Trace


@dataclass(frozen=True)
class ScenarioStub:
    """What reports read of a scenario."""

    name: str = "by-hand"
    seed: int = 0

    def model_copy(self, *, update: dict[str, Any]) -> ScenarioStub:
        return replace(self, **update)

    def to_yaml(self) -> str:
        return f"name: {self.name}\nseed: {self.seed}\n"


@dataclass(frozen=True)
class RunStub:
    """What reports read of a run."""

    trace: Trace
    seed: int = 7
    scenario: ScenarioStub = ScenarioStub()

    @property
    def metrics(self) -> dict[str, int | float]:
        return metrics(self.trace)

    @property
    def tasks(self) -> Any:
        return task_table(self.trace)
