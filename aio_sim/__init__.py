"""A teaching simulator of an AI operating system.

>>> from aio_sim import Scenario, simulate
>>> run = simulate(Scenario.load("silberschatz-rr"), seed=1)
>>> run.metrics["waiting.mean"]
5.666666666666667
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aio_sim.analysis.comparison import compare
    from aio_sim.kernel.environment import SECOND
    from aio_sim.kernel.errors import AioSimError, ScenarioError
    from aio_sim.scenario import Scenario
    from aio_sim.scheduling.policy import SchedulingPolicy, scheduling_policy
    from aio_sim.scheduling.process import Process
    from aio_sim.simulation import Run, simulate

__version__ = "0.1.0"

__all__ = [
    "SECOND",
    "AioSimError",
    "Process",
    "Run",
    "Scenario",
    "ScenarioError",
    "SchedulingPolicy",
    "__version__",
    "compare",
    "scheduling_policy",
    "simulate",
]

# Loaded when first asked for, so that `import aio_sim` costs nothing and `--help` answers at once.
_HOMES: Final = {
    "SECOND": "aio_sim.kernel.environment",
    "AioSimError": "aio_sim.kernel.errors",
    "Process": "aio_sim.scheduling.process",
    "Run": "aio_sim.simulation",
    "Scenario": "aio_sim.scenario",
    "ScenarioError": "aio_sim.kernel.errors",
    "SchedulingPolicy": "aio_sim.scheduling.policy",
    "compare": "aio_sim.analysis.comparison",
    "scheduling_policy": "aio_sim.scheduling.policy",
    "simulate": "aio_sim.simulation",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
