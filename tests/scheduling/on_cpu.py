"""Runs the reference's processes on the real Cpu, and tells what became of them in its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from aio_sim.analysis.replay import slices
from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Level, Trace
from aio_sim.scheduling import policies as _built_in  # noqa: F401  # importing registers them
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy
from aio_sim.scheduling.process import Process, VectorProcess
from aio_sim.scheduling.switching import SwitchModel
from tests.scheduling.reference import Outcome, Result, Slice
from tests.scheduling.reference_rules import ReferenceProcess


class Finishes:
    """An owner that notes when its processes finish."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.at: dict[int, int] = {}

    def finished(self, process: Process) -> None:
        self.at[process.number] = self.env.now

    def lost(self, process: Process, reason: str) -> None:
        raise AssertionError(reason)


def in_nanoseconds(name: str, **options: Any) -> SchedulingPolicy:
    """Return a policy whose options are whole nanoseconds already."""
    cls = SCHEDULING_POLICIES[name]
    defaults = {field: info.default for field, info in cls.model_fields.items()}
    return cls.model_construct(**(defaults | options))


def outcome(process: Process, finish: int) -> Outcome:
    waiting = finish - process.arrival - process.received - process.blocked
    return Outcome(process.start, finish, waiting, process.start - process.arrival)


def run_on_cpu(
    policy: SchedulingPolicy,
    processes: Sequence[ReferenceProcess],
    cores: int = 1,
    *,
    switch_cost: int | SwitchModel = 0,
    level: Level = "full",
    meddle: Callable[[Environment, Cpu, list[Process]], None] | None = None,
    **options: Any,
) -> Result:
    """Return what the Cpu makes of processes; slices only where the trace is full.

    `meddle` is called before time begins, and may set timers; `options` are the Cpu's own.
    """
    env, trace = Environment(), Trace(level)
    cpu = Cpu(env, trace, "cpu", cores, policy, switch_cost=switch_cost, **options)
    owner, real = Finishes(env), [real_process(process) for process in processes]
    for process in real:
        process.owner = owner
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(process.arrival)
    if meddle is not None:
        meddle(env, cpu, real)
    while env.advance(1):
        cpu.check()
    cpu.charge()
    cpu.check()
    assert cpu.busy == sum(process.received for process in real)
    trace.meta["ended_at"] = max(owner.at.values(), default=0)
    outcomes = {
        process.number: outcome(process, owner.at[process.number])
        for process in real
        if process.number in owner.at
    }
    return Result(outcomes, list(_stays(trace)) if trace.full else [], cpu.switches)


def real_process(process: ReferenceProcess) -> Process:
    make = partial(VectorProcess, vector=process.vector) if process.vector else Process
    return make(
        process.number,
        process.arrival,
        sum(process.parts[::2]),
        process.priority,
        process.weight,
        process.deadline,
        process.bursts or None,
        process.source,
    )


def _stays(trace: Trace) -> list[Slice]:
    """Return the slices of a trace, those that follow each other without a switch as one."""
    stays: list[Slice] = []
    ordered = sorted(slices(trace), key=lambda each: (each.core, each.start))
    for _core, group in groupby(ordered, key=lambda each: each.core):
        for each in group:
            last = stays[-1] if stays else None
            if (
                last is not None
                and (last.core, last.process, last.end) == (each.core, each.process, each.start)
                and each.cost == 0
            ):
                stays[-1] = last._replace(end=each.end)
            else:
                stays.append(Slice(each.core, each.process, each.start, each.end, each.cost))
    return sorted(stays, key=lambda each: (each.start, each.core))
