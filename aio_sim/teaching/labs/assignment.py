"""The lab on task allocation: which machine does each task, and how far from the best that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from json import dumps
from typing import Any, Final, NamedTuple

from aio_sim.distributed.bounds import least_makespan, list_bound, longest_first_bound
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import seconds
from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate
from aio_sim.teaching.labs.drawing import integer, integers, one_of, stream

MOST_TASKS: Final = 200
MOST_MACHINES: Final = 100
LISTS: Final = {"list": "file", "lpt": "lpt", "sjf": "sjf"}
"""Rules by which the next task of a list goes to the first machine that is free, and its order."""
PUSHED: Final = ("round_robin", "random", "least_loaded", "join_shortest_queue", "power_of_two")
"""Rules by which each task goes to a machine at once, whose queue it joins."""
RULES: Final = (*LISTS, *PUSHED)
BY_HAND: Final = ("list", "lpt", "sjf", "round_robin")
"""Rules that are drawn."""

_SECOND: Final = 10**9


class Duty(NamedTuple):
    """A task: how long it takes a machine, in nanoseconds."""

    name: str
    work: int


@dataclass(frozen=True)
class AssignmentProblem:
    """Tasks that are all there at the start, for equal machines that do one at a time."""

    rule: str
    machines: int
    duties: tuple[Duty, ...]
    seed: int = 0
    """What fixes the choices of a rule that draws."""

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it, times in seconds."""
        tasks = [{"id": duty.name, "work": seconds(duty.work)} for duty in self.duties]
        return {"rule": self.rule, "machines": self.machines, "tasks": tasks}

    @cached_property
    def scenario(self) -> Scenario:
        """The problem as a scenario."""
        rule = self.rule
        order = {"policy": "list", "order": LISTS[rule]} if rule in LISTS else {"policy": rule}
        fields = {
            "name": "assignment",
            "seed": self.seed,
            "hosts": [{"name": "m", "count": self.machines, "cores": 1}],
            "dispatch": order,
            "workload": [{"kind": "list", "tasks": self.as_json()["tasks"]}],
        }
        return Scenario.from_text(dumps(fields))  # JSON is YAML


class Done(NamedTuple):
    """Where a task was done, and from when to when, in seconds."""

    name: str
    machine: str
    start: float
    finish: float

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {"id": self.name, **dict(zip(self._fields[1:], self[1:], strict=True))}


@dataclass(frozen=True)
class AssignmentAnswer:
    """What became of each task; `run` has the whole schedule."""

    problem: AssignmentProblem
    run: Run

    @cached_property
    def done(self) -> tuple[Done, ...]:
        """Where and when each task was done, in the order of the problem."""
        rows = {str(row["id"]): row for row in self.run.tasks}
        return tuple(
            Done(duty.name, str(row["machine"]), float(row["start"]), float(row["finish"]))
            for duty in self.problem.duties
            for row in [rows[duty.name]]
        )

    @property
    def makespan(self) -> float:
        """When the last task is done, in seconds."""
        return max(each.finish for each in self.done)

    @property
    def least(self) -> float:
        """Seconds that no schedule is shorter than."""
        works = [duty.work for duty in self.problem.duties]
        return float(least_makespan(works, self.problem.machines)) / _SECOND

    @property
    def guarantee(self) -> Fraction:
        """How many times the best makespan the rule takes at most.

        Where a rule may send everything to one machine that is their number: that one takes the
        work of all, and the best schedule at least its share.
        """
        machines = self.problem.machines
        if self.problem.rule == "lpt":
            return longest_first_bound(machines)
        return list_bound(machines) if self.problem.rule in LISTS else Fraction(machines)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it, times in seconds."""
        return {
            "tasks": [each.as_json() for each in self.done],
            "makespan": self.makespan,
            "mean_finish": sum(each.finish for each in self.done) / len(self.done),
            "least_makespan": self.least,
            "guarantee": float(self.guarantee),
        }


def draw(
    seed: int,
    *,
    rule: str | None = None,
    machines: int | None = None,
    duties: Sequence[Duty] | None = None,
) -> AssignmentProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    Raises UnknownName for another rule, InputError for too many or too few tasks or machines.
    """
    if rule is None:
        rule = one_of(stream(seed, "assign", "rule"), BY_HAND)
    if machines is None:
        machines = integer(stream(seed, "assign", "machines"), 2, 3)
    if duties is None:
        count = integer(stream(seed, "assign", "count"), 6, 8)
        works = integers(stream(seed, "assign", "work"), 1, 12, count)
        duties = [Duty(f"T{at}", work * _SECOND) for at, work in enumerate(works, start=1)]
    problem = AssignmentProblem(rule, machines, tuple(duties), seed)
    _check(problem)
    return problem


def _check(problem: AssignmentProblem) -> None:
    duties = problem.duties
    if problem.rule not in RULES:
        raise UnknownName(_("rule"), problem.rule, RULES)
    for name, value, most in (
        ("machines", problem.machines, MOST_MACHINES),
        ("tasks", len(duties), MOST_TASKS),
    ):
        if not 1 <= value <= most:
            sentence = _("{name}: expected 1 to {most}, got {value}")
            raise InputError(sentence.format(name=name, most=most, value=value))
    if len({duty.name for duty in duties}) < len(duties):
        raise InputError(_("two tasks have one name"))
    if any(duty.work < 1 for duty in duties):
        raise InputError(_("a task takes more than no time"))


def solve(problem: AssignmentProblem) -> AssignmentAnswer:
    """Return what happens, as any run of the simulator has it."""
    return AssignmentAnswer(problem, simulate(problem.scenario, level="full"))
