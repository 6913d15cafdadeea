"""What is to be simulated: the schema of a scenario, its loading, workloads and trace readers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aio_sim.scenario.json_schema import scenario_schema
    from aio_sim.scenario.locate import find_scenario, shipped
    from aio_sim.scenario.schema import Scenario

__all__ = ["Scenario", "find_scenario", "scenario_schema", "shipped"]

# Loaded when first asked for: names of scenarios are wanted without pydantic.
_HOMES: Final = {
    "Scenario": "aio_sim.scenario.schema",
    "find_scenario": "aio_sim.scenario.locate",
    "scenario_schema": "aio_sim.scenario.json_schema",
    "shipped": "aio_sim.scenario.locate",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
