"""A dispatcher for each group of machines that workloads send their tasks to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.distributed.attended import AttendedDispatcher
from aio_sim.distributed.dispatcher import Dispatcher, MachineGroup
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads, Outages, loads_of
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.manager import ResourceManager
from aio_sim.scenario import Scenario
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import Moment
from aio_sim.simulation.attending import attendants, graphs_of

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import DistributedFileSystem


def dispatchers(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    books: TaskBooks,
    machines: Mapping[str, Machine],
    manager: ResourceManager,
    exclusive: ExclusiveCores,
    outages: Outages,
    network: Network | None,
    files: DistributedFileSystem | None,
) -> list[Dispatcher]:
    """Return the dispatcher of each workload; those of the same machines have the same one.

    `machines` has all machines that the scenario names: hosts, and virtual machines, of whose
    `outages` the loads are told.
    """
    of_workloads = scenario.groups()
    groups = list(dict.fromkeys(of_workloads))
    loads = loads_of(groups, {name: machine.cores for name, machine in machines.items()})
    numbers = {capacity.name: number for number, capacity in enumerate(manager.capacities)}
    made: dict[tuple[str, ...], Dispatcher] = {}
    failing = {failure.host for failure in scenario.failures}
    mortal = machines.keys() - (numbers.keys() - failing)
    for group, load in zip(groups, loads, strict=True):
        outages.watch(mortal, group, load)
        choices = scenario.workload[of_workloads.index(group)].on
        stream = _stream(choices, hosts=group == tuple(numbers))
        policy = scenario.dispatch.build()
        graphs = graphs_of(scenario, of_workloads, group)
        _note(trace, graphs.values())
        own = [machines[name] for name in group]
        looking = attendants(scenario, policy, own, network, files, graphs, streams, stream)
        parts = (
            *(env, trace, books, _group(group, load, machines, numbers), policy),
            *(Moment(partial(streams.stream, stream)), manager, exclusive),
        )
        made[group] = AttendedDispatcher(*parts, looking) if looking else Dispatcher(*parts)
    return [made[group] for group in of_workloads]


def _note(trace: Trace, graphs: Iterable[TaskGraph]) -> None:
    """Note the longest way through a task graph, in seconds of work."""
    for graph in graphs:
        longest = max(graph.bottom_levels(), default=0) / SECOND
        name = "graph.critical_path"
        trace.totals[name] = max(trace.totals.get(name, 0), longest)


def _group(
    names: Sequence[str],
    loads: MachineLoads,
    machines: Mapping[str, Machine],
    numbers: Mapping[str, int],
) -> MachineGroup:
    hosts = [numbers[name] for name in names] if numbers.keys() >= set(names) else []
    return MachineGroup([machines[name] for name in names], loads, hosts)


def _stream(on: Sequence[str] | None, hosts: bool) -> str:
    """Return the name of a group's random stream, which no other workload changes."""
    if hosts:
        return "dispatch"
    return "dispatch.vms" if on is None else f"dispatch.on.{','.join(on)}"
