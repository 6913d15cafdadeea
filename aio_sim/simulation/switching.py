"""What the context switches of the Cpus of a run cost, and what they were made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.scenario import Scenario
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.switching import SwitchModel


def switches(
    scenario: Scenario, scheduler: SchedulerSpec, streams: RandomStreams, name: str
) -> int | SwitchModel:
    """Return what the switches of the Cpu of that name cost: nanoseconds, or a model of its own."""
    if scheduler.switching is None:
        return scheduler.switch_cost
    uses_vectors = any(workload.uses_vectors for workload in scenario.workload)
    random = partial(streams.stream, f"{name}.vectors")
    return scheduler.switching.model(random, uses_vectors=uses_vectors)


def report_switching(cpus: Iterable[Cpu], trace: Trace) -> None:
    """Hand to the trace what the switches of all Cpus were made of, where one knows it."""
    tallies = [tally for cpu in cpus if (tally := cpu.switching) is not None]
    if not tallies:
        return
    for name in ("vector_saves", "vector_restores", "traps"):
        trace.add_total(f"switching.{name}", sum(getattr(tally, name) for tally in tallies))
    trace.add_total("switching.time", sum(tally.time for tally in tallies) / SECOND)
