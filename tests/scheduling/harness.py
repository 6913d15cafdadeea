"""Runs reference processes on a real Cpu and answers in the reference's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Step, Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policy import SchedulingPolicy
from aio_sim.scheduling.process import Process
from tests.scheduling.reference import Outcome, ReferenceProcess, Result, Slice, joined


class _Owner:
    def __init__(self, env: Environment) -> None:
        self._env = env
        self.finish: dict[int, int] = {}

    def finished(self, process: Process) -> None:
        self.finish[process.number] = self._env.now


def as_process(described: ReferenceProcess, unit: int = 1) -> Process:
    """Return the Process that a reference process describes, `unit` nanoseconds to its unit."""
    parts = [part * unit for part in described.parts]
    return Process(
        described.number,
        described.arrival * unit,
        sum(parts[::2]),
        priority=described.priority,
        weight=described.weight,
        deadline=None if described.deadline is None else described.deadline * unit,
        bursts=parts,
        source=described.source,
    )


def simulate_cpu(
    policy: SchedulingPolicy,
    described: Sequence[ReferenceProcess],
    cores: int = 1,
    *,
    switch_cost: int = 0,
    level: Any = "full",
    **options: Any,
) -> Result:
    """Run the processes on a Cpu of one shared queue, a nanosecond to the unit of time.

    The stays are those of the slice loop; what runs in closed form has none.
    """
    env, trace = Environment(), Trace(level)
    cpu = Cpu(env, trace, "cpu", cores, policy, switch_cost=switch_cost, **options)
    owner = _Owner(env)
    processes = [as_process(each) for each in described]
    for process in sorted(processes, key=lambda process: (process.arrival, process.number)):
        process.owner = owner
        Timer(env, lambda process=process: cpu.accept(process), ARRIVAL).set(process.arrival)
    env.run()
    outcomes = {p.number: _outcome(p, owner.finish[p.number]) for p in processes}
    slice_by_slice = policy.mechanism == "slices" and trace.full
    return Result(outcomes, stays(trace) if slice_by_slice else [], cpu.switches)


def _outcome(process: Process, finish: int) -> Outcome:
    waiting = finish - process.arrival - process.received - process.blocked
    return Outcome(process.start, finish, waiting, process.start - process.arrival)


def stays(trace: Trace) -> list[Slice]:
    """Return the stays on cores that the schedule rows of a full trace tell of."""
    open_: dict[int, tuple[int, int, int]] = {}
    slices = []
    for time, step, _cpu, core, process, _reason, cost, *_rest in trace.schedule.rows():
        if step == Step.DISPATCH:
            open_[core] = (process, time, cost)
        elif step == Step.STOP and core >= 0:
            taken, start, paid = open_.pop(core)
            assert taken == process
            slices.append(Slice(core, process, start, time, min(paid, time - start)))
    assert not open_
    return joined(slices)


def close(outcomes: dict[int, Outcome], exact: dict[int, Outcome], within: int) -> bool:
    """Return whether all finishes are the exact ones to a few nanoseconds."""
    return all(
        abs(Fraction(outcomes[number].finish) - exact[number].finish) <= within for number in exact
    )
