"""A dispatcher for each group of machines that workloads send their tasks to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.distributed.attended import Attendant, AttendedDispatcher
from aio_sim.distributed.dispatch_policy import DispatchPolicy, WorkStealing
from aio_sim.distributed.dispatcher import Dispatcher, MachineGroup
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import MachineLoads, Outages, loads_of
from aio_sim.distributed.retrying import BackOff, Retrying
from aio_sim.distributed.speculation import Speculating
from aio_sim.distributed.stealing import Stealing
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.manager import ResourceManager
from aio_sim.scenario import Scenario
from aio_sim.scenario.policies import DispatchSpec
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import Moment

if TYPE_CHECKING:
    import numpy as np


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
    guests = {name for spec in scenario.vms for name in spec.names}
    for group, load in zip(groups, loads, strict=True):
        outages.watch(guests, group, load)
        choices = scenario.workload[of_workloads.index(group)].on
        stream = _stream(choices, hosts=group == tuple(numbers))
        policy = scenario.dispatch.build()
        attendants = _attendants(
            scenario.dispatch, policy, partial(streams.stream, f"{stream}.retry")
        )
        parts = (
            *(env, trace, books, _group(group, load, machines, numbers), policy),
            *(Moment(partial(streams.stream, stream)), manager, exclusive),
        )
        made[group] = AttendedDispatcher(*parts, attendants) if attendants else Dispatcher(*parts)
    return [made[group] for group in of_workloads]


def _attendants(
    spec: DispatchSpec, policy: DispatchPolicy, stream: Callable[[], np.random.Generator]
) -> list[Attendant]:
    """Return who looks after tasks, none where they are sent once and never looked at again."""
    attendants: list[Attendant] = []
    if isinstance(policy, WorkStealing):
        attendants.append(Stealing(policy.cost))
    if spec.speculation is not None:
        attendants.append(Speculating(spec.speculation.factor, spec.speculation.least))
    if (retry := spec.retry) is not None:
        back_off = BackOff(retry.wait, retry.factor, retry.most, retry.jitter, stream)
        attendants.append(Retrying(retry.attempts, back_off))
    return attendants


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
