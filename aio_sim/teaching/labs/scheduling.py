"""The lab on scheduling: which process runs when under a policy, and how long each waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json import dumps
from typing import Any, Final, NamedTuple

from aio_sim.kernel.errors import InputError, ScenarioError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import seconds
from aio_sim.scenario import Scenario
from aio_sim.scheduling.policy import SCHEDULING_POLICIES
from aio_sim.simulation import Run, simulate
from aio_sim.teaching.labs.drawing import integer, integers, one_of, stream

MOST_PROCESSES: Final = 100
"""The most processes of a problem."""
BY_HAND: Final = ("fcfs", "sjf", "srtf", "rr", "priority")
"""Policies that are drawn: those that textbooks have by hand."""

_SECOND: Final = 10**9


class Job(NamedTuple):
    """A process: when it comes and how long it needs a core, in ns; the smaller priority first."""

    name: str
    arrival: int
    work: int
    priority: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it, times in seconds."""
        times = {"arrival": seconds(self.arrival), "work": seconds(self.work)}
        return {"id": self.name, **times, "priority": self.priority}


@dataclass(frozen=True)
class ScheduleProblem:
    """Processes on some cores under a policy, with the options that it needs, as scenarios do."""

    policy: str
    options: Mapping[str, Any]
    cores: int
    jobs: tuple[Job, ...]
    seed: int = 0
    """What fixes the choices of a policy that draws."""

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "policy": self.policy,
            **self.options,
            "cores": self.cores,
            "tasks": [job.as_json() for job in self.jobs],
        }

    @cached_property
    def scenario(self) -> Scenario:
        """The problem as a scenario; InputError where it cannot be one."""
        fields = {
            "name": "schedule",
            "seed": self.seed,
            "hosts": [{"name": "core" if self.cores == 1 else "cores", "cores": self.cores}],
            "scheduler": {"policy": self.policy, **self.options},
            "workload": [{"kind": "list", "tasks": [job.as_json() for job in self.jobs]}],
        }
        try:
            return Scenario.from_text(dumps(fields))  # JSON is YAML
        except ScenarioError as error:
            problems = (f"{each.field}: {each.message}" for each in error.problems)
            raise InputError("; ".join(problems)) from None


class Turn(NamedTuple):
    """A process's times, in seconds."""

    name: str
    start: float
    finish: float
    waiting: float
    turnaround: float
    response: float

    def as_json(self) -> dict[str, Any]:
        """Return them as `--json` prints them."""
        name, *times = self
        return {"id": name, **dict(zip(self._fields[1:], times, strict=True))}


@dataclass(frozen=True)
class ScheduleAnswer:
    """What became of each process; `run` has the whole schedule."""

    problem: ScheduleProblem
    run: Run

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """The times of each process, in the order of the problem."""
        rows = {str(row["id"]): row for row in self.run.tasks}
        fields = ("start", "finish", "waiting", "turnaround", "response")
        return tuple(
            Turn(job.name, *(float(rows[job.name][field]) for field in fields))
            for job in self.problem.jobs
        )

    def mean(self, field: str) -> float:
        """Return the mean of a field of the turns, in seconds."""
        values: list[float] = [getattr(turn, field) for turn in self.turns]
        return sum(values) / len(values)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it, times in seconds."""
        means = {field: self.mean(field) for field in ("waiting", "turnaround", "response")}
        return {
            "tasks": [turn.as_json() for turn in self.turns],
            "mean": means,
            "context_switches": self.run.metrics["context_switches"],
        }


def draw(
    seed: int,
    *,
    policy: str | None = None,
    options: Mapping[str, Any] | None = None,
    cores: int = 1,
    jobs: Sequence[Job] | None = None,
) -> ScheduleProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    Raises UnknownName for another policy, InputError where there are no processes or too many.
    """
    if policy is None:
        policy = one_of(stream(seed, "schedule", "policy"), BY_HAND)
    if policy not in SCHEDULING_POLICIES:
        raise UnknownName(_("scheduling policy"), policy, SCHEDULING_POLICIES)
    given = dict(options or {})
    if policy == "rr" and "quantum" not in given:
        given["quantum"] = integer(stream(seed, "schedule", "quantum"), 1, 4)
    jobs = _drawn(seed) if jobs is None else tuple(jobs)
    _check(jobs)
    return ScheduleProblem(policy, given, cores, jobs, seed)


def _check(jobs: Sequence[Job]) -> None:
    if not 1 <= len(jobs) <= MOST_PROCESSES:
        sentence = _("expected 1 to {most} processes, got {count}")
        raise InputError(sentence.format(most=MOST_PROCESSES, count=len(jobs)))
    names = [job.name for job in jobs]
    if not all(names):
        raise InputError(_("a process has no name"))
    if len(set(names)) < len(names):
        raise InputError(_("two processes have one name"))
    if any(job.work < 1 for job in jobs):
        raise InputError(_("a process works for more than no time"))


def solve(problem: ScheduleProblem) -> ScheduleAnswer:
    """Return what happens, step by step, as any run of the simulator has it."""
    return ScheduleAnswer(problem, simulate(problem.scenario, level="full"))


def _drawn(seed: int) -> tuple[Job, ...]:
    count = integer(stream(seed, "schedule", "count"), 4, 5)
    gaps = integers(stream(seed, "schedule", "gaps"), 0, 3, count)
    work = integers(stream(seed, "schedule", "work"), 1, 9, count)
    order = stream(seed, "schedule", "priority").permutation(count)
    arrivals = [sum(gaps[1 : at + 1]) for at in range(count)]
    return tuple(
        Job(f"P{at + 1}", arrivals[at] * _SECOND, work[at] * _SECOND, int(order[at]) + 1)
        for at in range(count)
    )
