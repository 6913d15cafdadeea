"""From the words of the command line to a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aio_sim.scenario import Scenario


def load(
    name: str, settings: Sequence[str], plugins: Sequence[str], on_error: str | None = None
) -> Scenario:
    """Return the scenario of that name or file, its fields changed as `settings` say.

    `on_error` is set on every workload that reads a log.
    """
    from aio_sim.cli.plugins import load_plugins
    from aio_sim.scenario import Scenario

    load_plugins(plugins)
    scenario = Scenario.load(name, set=settings)
    if on_error is None:
        return scenario
    logs = [
        f"workload.{position}.on_error={on_error}"
        for position, workload in enumerate(scenario.workload)
        if workload.kind == "trace"
    ]
    return Scenario.load(name, set=[*settings, *logs])
