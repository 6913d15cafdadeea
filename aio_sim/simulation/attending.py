"""Who looks after the tasks of a dispatcher, by what a scenario says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from aio_sim.distributed.attended import Attendant
from aio_sim.distributed.central_queue import CentralQueue, InFileOrder
from aio_sim.distributed.data_count import DataCount
from aio_sim.distributed.dispatch_policy import (
    FILE_ORDER,
    DispatchPolicy,
    Heft,
    ListScheduling,
    WorkStealing,
)
from aio_sim.distributed.fetching import Fetching, host_of
from aio_sim.distributed.graph_gate import GraphGate
from aio_sim.distributed.heft import heft
from aio_sim.distributed.input_fetching import InputFetching
from aio_sim.distributed.planned import InTurn, Planned, Plans
from aio_sim.distributed.retrying import BackOff, Retrying
from aio_sim.distributed.speculation import Speculating
from aio_sim.distributed.stealing import Stealing
from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario import Scenario
from aio_sim.scenario.policies import DispatchSpec
from aio_sim.scenario.workloads import ListWorkload, OpenWorkload
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Moment

if TYPE_CHECKING:
    import numpy as np

    from aio_sim.distributed.file_system import DistributedFileSystem

Group = Sequence[str]


def graphs_of(scenario: Scenario, groups: Sequence[Group], group: Group) -> dict[int, TaskGraph]:
    """Return the task graphs of the workloads of a group of machines, by their numbers."""
    specs = zip(scenario.workload, groups, strict=True)
    found = {
        number: spec.graph()
        for number, (spec, own) in enumerate(specs)
        if own == group and isinstance(spec, OpenWorkload)
    }
    return {number: graph for number, graph in found.items() if graph is not None}


def attendants(
    scenario: Scenario,
    policy: DispatchPolicy,
    machines: Sequence[Machine],
    network: Network | None,
    files: DistributedFileSystem | None,
    graphs: Mapping[int, TaskGraph],
    streams: RandomStreams,
    stream: str,
) -> list[Attendant]:
    """Return who looks after tasks, in the order in which they are asked.

    None where tasks are sent once and never looked at again, which costs nothing.
    """
    chosen: list[Attendant] = [GraphGate(graphs)] if graphs else []
    planned: Mapping[tuple[int, int], int] = {}
    in_turn: list[Attendant] = []
    if isinstance(policy, Heft) and graphs:
        plans = _plans(scenario, policy, machines, graphs)
        planned, in_turn = plans.machines, [InTurn(plans)]
        chosen.append(Planned(plans))
    if isinstance(policy, ListScheduling):
        chosen.append(_central_queue(policy, partial(streams.stream, f"{stream}.order")))
    if isinstance(policy, WorkStealing):
        chosen.append(Stealing(policy.cost))
    if any(isinstance(spec, ListWorkload) and spec.has_data for spec in scenario.workload):
        chosen.append(DataCount())
    inputs = {
        (source, place): wanted
        for source, spec in enumerate(scenario.workload)
        if isinstance(spec, ListWorkload)
        for place, wanted in spec.inputs.items()
    }
    if inputs:
        chosen.append(InputFetching(inputs, network, files))
    if network is not None and graphs:
        chosen.append(Fetching(graphs, network, planned))
    retry = _resending(scenario.dispatch, partial(streams.stream, f"{stream}.retry"))
    return [*chosen, *in_turn, *retry]


def _resending(spec: DispatchSpec, stream: Callable[[], np.random.Generator]) -> list[Attendant]:
    """Return who sends tasks more than once."""
    chosen: list[Attendant] = []
    if spec.speculation is not None:
        chosen.append(Speculating(spec.speculation.factor, spec.speculation.least))
    if (retry := spec.retry) is not None:
        back_off = BackOff(retry.wait, retry.factor, retry.most, retry.jitter, stream)
        chosen.append(Retrying(retry.attempts, back_off))
    return chosen


def _central_queue(
    policy: ListScheduling, stream: Callable[[], np.random.Generator]
) -> CentralQueue:
    by_file = policy.order == FILE_ORDER
    order = InFileOrder() if by_file else SCHEDULING_POLICIES[policy.order]()
    return CentralQueue(order, Moment(stream))


def _plans(
    scenario: Scenario, policy: Heft, machines: Sequence[Machine], graphs: Mapping[int, TaskGraph]
) -> Plans:
    """Plan each graph by itself, as if it had the machines alone."""
    places = [at for at, machine in enumerate(machines) for _ in range(machine.cores)]
    speeds = [_speed(machine) for machine in machines]
    transfer = _transfer(scenario, policy, machines)
    plans = {}
    for source, graph in graphs.items():
        times = [
            [-(-work * speeds[at].denominator // speeds[at].numerator) for at in places]
            for work in graph.works
        ]
        plans[source] = heft(graph, times, places, transfer)
    return Plans(plans, places)


def _transfer(
    scenario: Scenario, policy: Heft, machines: Sequence[Machine]
) -> Callable[[int], int]:
    """Return how long so many bytes are under way between two machines, in nanoseconds."""
    rate = policy.bandwidth
    hosts = {host_of(machine) for machine in machines}
    if rate is None:
        cards = (
            spec.network.bandwidth
            for spec in scenario.hosts
            if spec.network is not None and hosts.intersection(spec.names)
        )
        rate = min(cards, default=None)
    return partial(_time_of, rate)


def _time_of(rate: int | None, size: int) -> int:
    """Return how long that many bytes take at so many bits a second, in nanoseconds."""
    return 0 if rate is None else -(-size * 8 * SECOND // rate)


def _speed(machine: Machine) -> Fraction:
    """Return the work done in a nanosecond of one core; 1 for a service, which has none itself."""
    cpu: Cpu | None = getattr(machine, "cpu", None)
    return Fraction(1) if cpu is None else cpu.speed
