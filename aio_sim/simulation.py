"""From a scenario to a run: build wires the components, simulate lets time pass."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from aio_sim.distributed.arrivals import Arrivals, block_processes
from aio_sim.distributed.audit import Audit
from aio_sim.distributed.closed_users import ClosedUsers
from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.distributed.exclusive import ExclusiveCores
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.hardware.device import Disk, NetworkCard
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import END, Environment, Timer
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Level, Trace
from aio_sim.resources.demand import Capacity
from aio_sim.resources.manager import ResourceManager
from aio_sim.resources.placement import PLACEMENT_POLICIES
from aio_sim.resources.quota import Quota
from aio_sim.scenario import Scenario
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.workloads import ClosedWorkload, OpenWorkload, Request, TaskSource
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

EVENTS_AT_A_TIME: Final = 4096
ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 100_000
SECONDS_BETWEEN_REPORTS: Final = 0.1

Progress = Callable[[int, float | None], None]
"""Told the simulated time in nanoseconds, and the fraction done where the end is known."""


@dataclass(frozen=True)
class Run:
    """One run of a scenario; all there is to know of it is in the trace."""

    scenario: Scenario
    seed: int
    trace: Trace

    @property
    def ended_at(self) -> float:
        """Seconds of simulated time at the end."""
        return float(self.trace.meta["ended_at"] / 1e9)

    @cached_property
    def metrics(self) -> dict[str, int | float]:
        """Numbers by flat dotted name, in seconds, bytes and counts."""
        from aio_sim.analysis.metrics import metrics

        return metrics(self.trace)

    @cached_property
    def tasks(self) -> Any:
        """A structured array, one row a task in order of arrival; times in seconds."""
        from aio_sim.analysis.metrics import task_table

        return task_table(self.trace)

    def _repr_html_(self) -> str:
        from aio_sim.report.notebook import to_html

        return to_html(self)


@dataclass(frozen=True)
class System:
    """The wired components of one run."""

    env: Environment
    trace: Trace
    cpus: list[Cpu]
    hosts: list[Host]
    manager: ResourceManager
    exclusive: ExclusiveCores
    dispatcher: Dispatcher
    sources: list[TaskSource]
    """The open workloads, whose readers count what they skip."""


def simulate(
    scenario: Scenario,
    seed: int | None = None,
    *,
    level: Level = "tasks",
    audit: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run a scenario, under another seed than its own where one is given.

    `level` says how much the trace keeps; `audit` checks every invariant as the run goes. Raises
    PolicyError where a policy fails, WorkloadError where a workload's file does, AuditError where
    an invariant does not hold.
    """
    seed = scenario.seed if seed is None else seed
    scenario = scenario.model_copy(update={"seed": seed})
    system = build(scenario, Trace(level))
    checks = Audit(system.env, system.dispatcher, system.manager, system.cpus) if audit else None
    _let_pass(system.env, scenario.until, checks, progress)
    _close(system, scenario)
    if checks is not None:
        checks.check()
    return Run(scenario, seed, system.trace)


def build(scenario: Scenario, trace: Trace) -> System:
    """Wire the components of a scenario; time has not begun yet."""
    env = Environment()
    streams = RandomStreams(scenario.seed)
    cpus, hosts = _hosts(env, trace, scenario, streams)
    manager = _manager(env, trace, scenario, hosts, streams)
    exclusive = ExclusiveCores(env, trace, cpus)
    dispatcher = Dispatcher(
        env,
        trace,
        hosts,
        scenario.dispatch.build(),
        Moment(partial(streams.stream, "dispatch")),
        manager,
        exclusive,
    )
    sources = _workloads(env, trace, scenario, streams, dispatcher, manager)
    if scenario.until is not None:
        Timer(env, env.stop, END).set(scenario.until)
    return System(env, trace, cpus, hosts, manager, exclusive, dispatcher, sources)


def _hosts(
    env: Environment, trace: Trace, scenario: Scenario, streams: RandomStreams
) -> tuple[list[Cpu], list[Host]]:
    cpus, hosts = [], []
    for spec in scenario.hosts:
        scheduler = spec.scheduler or scenario.scheduler
        policy = scheduler.build()
        for name in spec.names:
            cpu = Cpu(
                env,
                trace,
                name,
                spec.cores,
                policy,
                switch_cost=scheduler.switch_cost,
                queue=scheduler.queue,
                speed=spec.speed,
                random_stream=streams.stream,
            )
            cpus.append(cpu)
            hosts.append(Host(name, cpu, spec.memory, *_devices(env, spec)))
    return cpus, hosts


def _devices(env: Environment, spec: HostSpec) -> tuple[Disk | None, NetworkCard | None]:
    disk = card = None
    if spec.disk is not None:
        read, write = spec.disk.read // 8, spec.disk.write // 8
        disk = Disk(env, spec.disk.size, read, write, spec.disk.latency)
    if spec.network is not None:
        card = NetworkCard(env, spec.network.bandwidth, spec.network.latency)
    return disk, card


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


def _workloads(
    env: Environment,
    trace: Trace,
    scenario: Scenario,
    streams: RandomStreams,
    dispatcher: Dispatcher,
    manager: ResourceManager,
) -> list[TaskSource]:
    """Let the workloads feed the dispatcher, and the run end with the last of their tasks."""
    number = count().__next__
    opened: list[TaskSource] = []
    feeds: list[tuple[int, Iterator[TaskBlock]]] = []
    closed: dict[int, ClosedUsers] = {}
    for spec, label in zip(scenario.workload, scenario.labels(), strict=True):
        if isinstance(spec, OpenWorkload):
            task_source = spec.open(streams, label, partial(_fits, manager))
            opened.append(task_source)
            feeds.append((trace.add_source(label, task_source.names), task_source.blocks))
        elif isinstance(spec, ClosedWorkload):
            source = trace.add_source(label, spec.names(label))
            requests = [_requests(spec, source, streams, label, user) for user in range(spec.users)]
            closed[source] = ClosedUsers(env, requests, number, dispatcher.accept, spec.until)
    arrivals = Arrivals(env, feeds, number, dispatcher.accept)

    def answer(task: Process) -> None:
        users = closed.get(task.source)
        if users is not None and task.received:
            users.answered(task)

    def end_if_over() -> None:
        if arrivals.over and all(users.over for users in closed.values()):
            env.stop()

    dispatcher.on_end = answer if closed else None
    dispatcher.on_empty = end_if_over
    return opened


def _requests(
    spec: ClosedWorkload, source: int, streams: RandomStreams, label: str, user: int
) -> Iterator[tuple[int, Process]]:
    """Yield a user's thinking times and requests; request k of user u is task k * users + u."""
    requests = spec.requests(streams, label, user)
    for turn, request in enumerate(requests):
        if spec.count is not None and turn >= spec.count:
            return
        block = _block_of(request, turn * spec.users + user, spec)
        yield request.think, next(block_processes(source, block))


def _block_of(request: Request, index: int, spec: ClosedWorkload) -> TaskBlock:
    import numpy as np

    return TaskBlock(
        arrival=np.zeros(1, dtype=np.int64),
        work=np.array([request.work], dtype=np.int64),
        index=[index],
        priority=request.priority,
        weight=request.weight,
        deadline=request.deadline,
        cores=request.cores,
        memory=request.memory,
        estimate=request.estimate,
        span=spec.span,
        tenant=spec.tenant,
        bursts=None if request.bursts is None else [request.bursts],
    )


def _fits(manager: ResourceManager, block: TaskBlock) -> npt.NDArray[np.bool_]:
    """Return which tasks of a block some host (or, where they span, all of them) could hold."""
    import numpy as np

    cores = [capacity.cores for capacity in manager.capacities]
    most = sum(cores) if block.span else max(cores)
    fits = (np.asarray(block.cores) <= most) & (
        np.asarray(block.memory) <= max(capacity.memory for capacity in manager.capacities)
    )
    return np.broadcast_to(fits, len(block))


def _let_pass(
    env: Environment, until: int | None, checks: Audit | None, progress: Progress | None
) -> None:
    """Let time pass to the end, with a look at the books, and a word of how far it has come."""
    with rare_collection():
        _advance(env, until, checks, progress)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for reference cycles seldom: a run makes many objects that live long, and few cycles."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS_BETWEEN_COLLECTIONS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _advance(
    env: Environment, until: int | None, checks: Audit | None, progress: Progress | None
) -> None:
    reported = monotonic()
    events = EVENTS_AT_A_TIME if checks is None else 1
    while env.advance(events):
        if checks is not None:
            checks.after_event()
        if progress is not None and monotonic() - reported >= SECONDS_BETWEEN_REPORTS:
            reported = monotonic()
            progress(env.now, env.now / until if until else None)


def _close(system: System, scenario: Scenario) -> None:
    """Bring all accounts up to the end, and hand the totals to the trace."""
    trace, dispatcher = system.trace, system.dispatcher
    for cpu in system.cpus:
        cpu.charge()
    dispatcher.close([process for cpu in system.cpus for process in cpu.processes()])
    trace.add_total("cpu.busy", sum(cpu.busy for cpu in system.cpus) + system.exclusive.busy)
    trace.add_total("cpu.cores", sum(cpu.cores for cpu in system.cpus))
    trace.add_total("context_switches", sum(cpu.switches for cpu in system.cpus))
    if dispatcher.deadlines_set:
        trace.add_total("deadlines.set", dispatcher.deadlines_set)
        trace.add_total("deadlines.missed", dispatcher.deadlines_missed)
    if skipped := sum(source.skipped() for source in system.sources):
        trace.add_total("workload.skipped", skipped)
    system.manager.report(trace)
    trace.meta.update(
        scenario=scenario.to_data(),
        seed=scenario.seed,
        ended_at=system.env.now,
        policy=scenario.scheduler.policy,
        hosts=[_host_meta(spec) for spec in scenario.hosts],
    )
    if trace.full:
        trace.meta["criteria"] = {
            cpu.name: [_policy_name(scenario, cpu), cpu.policy.criterion] for cpu in system.cpus
        }


def _host_meta(spec: HostSpec) -> dict[str, Any]:
    counted = {"count": spec.count} if len(spec.names) > 1 or spec.names[0] != spec.name else {}
    return {"name": spec.name, "cores": spec.cores, "memory": spec.memory, **counted}


def _policy_name(scenario: Scenario, cpu: Cpu) -> str:
    from aio_sim.scheduling.policy import SCHEDULING_POLICIES

    return next(
        (name for name, cls in SCHEDULING_POLICIES.items() if cls is type(cpu.policy)),
        scenario.scheduler.policy,
    )
