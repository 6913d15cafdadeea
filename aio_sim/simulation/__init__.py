"""From a scenario to a run: `build` wires the components, `simulate` lets time pass."""

from aio_sim.simulation.build import System, build
from aio_sim.simulation.run import Progress, Run, simulate

__all__ = ["Progress", "Run", "System", "build", "simulate"]
