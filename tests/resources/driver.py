"""Puts jobs through a ResourceManager, with every decision audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aio_sim.kernel.environment import ARRIVAL, COMPLETION, Environment, Timer
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Capacity, Demand
from aio_sim.resources.manager import ResourceManager

GIB = 2**30


def hosts(*cores: int, memory: int = 0, disk: int = 0) -> list[Capacity]:
    """Return hosts h-0, h-1, ... with so many cores each."""
    return [Capacity(f"h-{i}", count, memory, disk) for i, count in enumerate(cores)]


def at(env: Environment, instant: int, callback: Callable[[], Any], phase: int = ARRIVAL) -> None:
    """Call back at an instant."""
    Timer(env, callback, phase).set(instant)


class Load:
    """Demands with an arrival and a time to be held; keeps when and where each was granted."""

    def __init__(self, manager: ResourceManager) -> None:
        self.manager = manager
        self.env = manager.env
        self.starts: dict[int, int] = {}
        self.places: dict[int, tuple[tuple[int, int], ...]] = {}
        self.allocations: dict[int, Any] = {}

    def add(self, number: int, arrival: int, held: int, demand: Demand) -> None:
        """Ask for something at an instant, to return it when it was held for a time."""
        at(self.env, arrival, partial(self._ask, number, held, demand))

    def _ask(self, number: int, held: int, demand: Demand) -> None:
        granted = partial(self._granted, number, held)
        self.allocations[number] = self.manager.ask(demand, granted)

    def _granted(self, number: int, held: int, allocation: Allocation) -> None:
        self.manager.check()
        self.starts[number] = self.env.now
        self.places[number] = allocation.places
        at(self.env, self.env.now + held, allocation.release, COMPLETION)

    def run(self) -> dict[int, int]:
        """Return when each was granted, by number, after all was returned."""
        self.env.run()
        self.manager.check_returned()
        return self.starts


def starts(
    capacities: Sequence[Capacity], jobs: Sequence[Any], *, span: bool = False, **options: Any
) -> dict[int, int]:
    """Return the start of each job (number, arrival, run, cores, estimate) by its number."""
    load = Load(ResourceManager(Environment(), capacities, **options))
    for job in jobs:
        demand = Demand(cores=job.cores, estimate=job.estimate, span=span)
        load.add(job.number, job.arrival, job.run, demand)
    return load.run()
