"""One run of a scenario, from the first instant to its trace."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from aio_sim.distributed.audit import Audit
from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Level, Trace
from aio_sim.scenario import Scenario
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policy import SCHEDULING_POLICIES
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.simulation.build import System, build
from aio_sim.simulation.switching import report_switching

if TYPE_CHECKING:
    from aio_sim.analysis.task_table import TaskTable

EVENTS_AT_A_TIME: Final = 4096
ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 100_000
SECONDS_BETWEEN_REPORTS: Final = 0.1

Progress = Callable[[int, float | None], bool | None]
"""Told the simulated time in nanoseconds, and the fraction done where the end is known.

Where it answers False, the run ends there, and what was finished is kept.
"""


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
    def tasks(self) -> TaskTable:
        """A structured array, one row a task in order of arrival; times in seconds."""
        from aio_sim.analysis.task_table import task_table

        return task_table(self.trace)

    def __repr__(self) -> str:
        tasks = len(self.trace.tasks)
        return (
            f"<Run of {self.scenario.name!r}: seed {self.seed}, {tasks} tasks, {self.ended_at:g} s>"
        )

    def _repr_html_(self) -> str:
        from aio_sim.report.notebook import to_html

        return to_html(self)


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
    an invariant does not hold, InputError where simulated time passes 292 years.
    """
    seed = scenario.seed if seed is None else seed
    if not isinstance(seed, int) or seed < 0:
        raise InputError(_("a seed is a whole number of 0 or more, got {seed!r}").format(seed=seed))
    scenario = scenario.model_copy(update={"seed": seed})
    with rare_collection():
        system = build(scenario, Trace(level))
        checks = _audit(system) if audit else None
        try:
            _let_pass(system.env, scenario.until, checks, progress)
            _close(system, scenario)
        except OverflowError as error:
            raise InputError(
                _("simulated time passed 292 years, which is as far as a trace can tell")
            ) from error
    if checks is not None:
        checks.check_end(system.trace)
    return Run(scenario, seed, system.trace)


def _audit(system: System) -> Audit:
    return Audit(
        system.env,
        system.books,
        system.dispatchers,
        system.manager,
        lambda: system.all_cpus,
        lambda: sum(1 for _task in system.held()),
        [part.check for part in system.parts],
    )


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for reference cycles seldom: a run makes many objects that live long, and few cycles."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS_BETWEEN_COLLECTIONS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _let_pass(
    env: Environment, until: int | None, checks: Audit | None, progress: Progress | None
) -> None:
    """Let time pass to the end, with a look at the books, and a word of how far it has come."""
    reported = monotonic()
    events = EVENTS_AT_A_TIME if checks is None else 1
    while env.advance(events):
        if checks is not None:
            checks.after_event()
        if progress is not None and monotonic() - reported >= SECONDS_BETWEEN_REPORTS:
            reported = monotonic()
            if progress(env.now, env.now / until if until else None) is False:
                return


def _close(system: System, scenario: Scenario) -> None:
    """Bring all accounts up to the end, and hand the totals to the trace."""
    trace, books = system.trace, system.books
    for cpu in system.all_cpus:
        cpu.charge()
    _close_tasks(system)
    _close_parts(system)
    own = sum(cpu.system_time for cpu in system.all_cpus)
    trace.add_total("cpu.busy", sum(cpu.busy for cpu in system.cpus) + system.exclusive.busy - own)
    trace.add_total("cpu.cores", sum(cpu.cores for cpu in system.cpus))
    trace.add_total("context_switches", sum(cpu.switches for cpu in system.cpus))
    report_switching(system.all_cpus, trace)
    if books.deadlines_set:
        trace.add_total("deadlines.set", books.deadlines_set)
        trace.add_total("deadlines.missed", books.deadlines_missed)
    if skipped := sum(source.skipped() for source in system.sources):
        trace.add_total("workload.skipped", skipped)
    system.manager.report(trace)
    if system.network is not None:
        system.network.report(trace)
    trace.meta.update(
        scenario=scenario.to_data(),
        seed=scenario.seed,
        ended_at=system.env.now,
        policy=scenario.scheduler.policy,
        hosts=[_host_meta(spec) for spec in scenario.hosts],
    )
    if scenario.has_guests:
        trace.meta["schedulers"] = _schedulers(system, scenario)
    if trace.full:
        trace.meta["criteria"] = {
            cpu.name: [_policy_name(scenario, cpu), cpu.policy.criterion] for cpu in system.all_cpus
        }


def _close_parts(system: System) -> None:
    """Close the parts, each before those that it stands on, and hand over what they tell."""
    for part in reversed(system.parts):
        part.close()
    for part in system.parts:
        system.trace.totals.update(part.totals())
        system.trace.meta.update(part.meta())


def _close_tasks(system: System) -> None:
    """Write the tasks that the end finds inside, each by the dispatcher of its source."""
    held = system.exclusive.close()
    inside: dict[Dispatcher, list[Process]] = {serving: [] for serving in system.serving}
    for task in chain(held, *(cpu.processes() for cpu in system.all_cpus), system.held()):
        if task.source != SYSTEM:
            inside[system.serving[task.source]].append(task)
    for dispatcher, tasks in inside.items():
        dispatcher.close(tasks, held)


def _host_meta(spec: HostSpec) -> dict[str, Any]:
    counted = {"count": spec.count} if len(spec.names) > 1 or spec.names[0] != spec.name else {}
    return {"name": spec.name, "cores": spec.cores, "memory": spec.memory, **counted}


def _schedulers(system: System, scenario: Scenario) -> dict[str, Any]:
    """Return which policies schedule what, each once, and whose profiles run guests."""
    hosts = set(system.cpus)
    guests = [cpu for cpu in system.all_cpus if cpu not in hosts]
    profiles = [scenario.vmm.profile] if scenario.vms else []
    profiles += [scenario.container_runtime.profile] if scenario.containers else []
    return {
        "guests": list(dict.fromkeys(_policy_name(scenario, cpu) for cpu in guests)),
        "hosts": list(dict.fromkeys(_policy_name(scenario, cpu) for cpu in system.cpus)),
        "profile": " + ".join(profiles),
    }


def _policy_name(scenario: Scenario, cpu: Cpu) -> str:
    return next(
        (name for name, cls in SCHEDULING_POLICIES.items() if cls is type(cpu.policy)),
        scenario.scheduler.policy,
    )
