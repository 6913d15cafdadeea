"""Wires the components of a scenario: each is made whole, with all that it works with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.machine_loads import Outages
from aio_sim.distributed.task_books import TaskBooks
from aio_sim.hardware.device import Disk
from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import END, Environment, Timer
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.resources.quota import Quota
from aio_sim.scenario import Scenario
from aio_sim.scenario.hosts import USUAL_DISK, DiskSpec
from aio_sim.scenario.wiring import Wiring
from aio_sim.scenario.workloads import TaskSource
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.simulation.dispatching import dispatchers
from aio_sim.simulation.ending import Ending
from aio_sim.simulation.feeding import feed
from aio_sim.simulation.file_system import file_stories
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.host_failures import HostFailures
from aio_sim.simulation.link_failures import fail_link
from aio_sim.simulation.part import Part
from aio_sim.simulation.sections import section_parts
from aio_sim.simulation.switching import switches
from aio_sim.simulation.virtual_machines import VirtualSystem, virtual_system

if TYPE_CHECKING:
    from aio_sim.simulation.securing import Secured


@dataclass(frozen=True)
class System:
    """The wired components of one run."""

    env: Environment
    trace: Trace
    cpus: list[Cpu]
    hosts: list[Host]
    network: Network | None
    manager: ResourceManager
    exclusive: ExclusiveCores
    books: TaskBooks
    serving: list[Dispatcher]
    """The dispatcher of each source of tasks; those of the same machines have the same one."""
    sources: list[TaskSource]
    """The open workloads, whose readers count what they skip."""
    virtual: VirtualSystem | None
    """The virtual machines, if there are any."""
    parts: list[Part]
    """What the sections of the scenario have added, each on what those before it have made."""

    @property
    def all_cpus(self) -> list[Cpu]:
        """The Cpus of hosts, and of what is on them."""
        return [*self.cpus, *chain.from_iterable(part.cpus() for part in self.parts)]

    def held(self) -> Iterator[Process]:
        """Yield the tasks that parts have inside and on no Cpu."""
        held = chain.from_iterable(part.held() for part in self.parts)
        return (process for process in held if process.source != SYSTEM)

    @property
    def dispatchers(self) -> list[Dispatcher]:
        """Each dispatcher once, in the order of the workloads that they serve."""
        return list(dict.fromkeys(self.serving))


def build(scenario: Scenario, trace: Trace) -> System:
    """Wire the components of a scenario; time has not begun yet."""
    env = Environment()
    streams = RandomStreams(scenario.seed)
    cpus, hosts = _hosts(env, trace, scenario, streams)
    network = _network(env, trace, scenario)
    manager = _manager(env, trace, scenario, hosts, streams)
    exclusive = ExclusiveCores(env, trace, cpus)
    books = TaskBooks(env, trace, exclusive)
    ending, outages = Ending(env), Outages()
    machines: dict[str, Machine] = {host.name: host for host in hosts}
    secured = _secured(env, trace, scenario, streams, network, hosts)
    transport = network if secured is None else secured.transport
    ground = Ground(
        *(env, trace, scenario, streams, hosts, network, manager, ending, outages.note, machines),
        transport,
    )
    virtual = virtual_system(ground)
    stories = file_stories(ground)
    parts = section_parts(ground, virtual, stories)
    parts += [] if secured is None else [secured.part]
    parts.append(HostFailures(ground, parts, cpus, exclusive).part)
    _fail_links(ground, parts)
    serving = dispatchers(
        env,
        trace,
        scenario,
        streams,
        books,
        machines,
        manager,
        exclusive,
        outages,
        transport,
        None if stories is None else stories.files,
    )
    sources = feed(env, trace, scenario, streams, books, serving, ending)
    if scenario.until is not None:
        Timer(env, env.stop, END).set(scenario.until)
    return System(
        *(env, trace, cpus, hosts, network, manager, exclusive, books, serving, sources),
        *(virtual, parts),
    )


def _hosts(
    env: Environment, trace: Trace, scenario: Scenario, streams: RandomStreams
) -> tuple[list[Cpu], list[Host]]:
    cpus, hosts = [], []
    for spec in scenario.hosts:
        scheduler = spec.scheduler or scenario.host_scheduler
        policy = scheduler.build()
        for name in spec.names:
            cpu = Cpu(
                env,
                trace,
                name,
                spec.cores,
                policy,
                switch_cost=switches(scenario, scheduler, streams, name),
                queue=scheduler.queue,
                speed=spec.speed,
                random_stream=streams.stream,
            )
            cpus.append(cpu)
            usual = USUAL_DISK if scenario.uses_disks else None
            hosts.append(Host(name, cpu, spec.memory, _disk(env, spec.disk or usual)))
    return cpus, hosts


def _disk(env: Environment, spec: DiskSpec | None) -> Disk | None:
    if spec is None:
        return None
    return Disk(env, spec.size, spec.read // 8, spec.write // 8, spec.latency)


def _network(env: Environment, trace: Trace, scenario: Scenario) -> Network | None:
    """Return the network that hosts are on, None where none is."""
    if scenario.network is None and not any(host.network for host in scenario.hosts):
        return None
    return Network(env, Wiring(scenario.hosts, scenario.network).topology(), trace)


def _secured(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    network: Network | None,
    hosts: list[Host],
) -> Secured | None:
    """Return the network on which some of it is encrypted, or somebody listens; None for others."""
    if network is None or not scenario.is_secured:
        return None
    from aio_sim.simulation.securing import secured  # ciphers take a while to load

    return secured(env, trace, scenario, streams, network, hosts)


def _fail_links(ground: Ground, parts: Sequence[Part]) -> None:
    """Let links fail as the scenario says, and parts hear of it that wait for the repair."""
    network = ground.scenario.network
    for failure in network.failures if network is not None else ():
        assert ground.network is not None  # for only a link that is there fails
        ground.env.process(fail_link(ground.env, ground.network, failure, parts))


def _manager(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    hosts: list[Host],
    streams: RandomStreams,
) -> ResourceManager:
    allocation = scenario.allocation
    capacities = [
        Capacity(host.name, host.cores, host.memory, host.disk.size if host.disk else 0)
        for host in hosts
    ]
    return ResourceManager(
        env,
        capacities,
        placement=PLACEMENT_POLICIES[allocation.placement](),
        order=allocation.build(),
        backfill=allocation.backfill,
        quotas={
            tenant: Quota(quota.cores, quota.memory) for tenant, quota in scenario.quotas.items()
        },
        trace=trace,
        streams=streams,
    )
