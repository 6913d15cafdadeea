"""The lab on processes: a script of calls, and the tree after each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aio_sim.containers.processes.answers import What
from aio_sim.containers.processes.script import (
    Outcome,
    Row,
    Step,
    parse_step,
    rows,
    run_script,
)
from aio_sim.containers.processes.states import NEW, READY, RUNNING
from aio_sim.containers.processes.table import INIT, ProcessTable
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, one_of, stream

if TYPE_CHECKING:
    import numpy as np

MOST_STEPS: Final = 200
"""A tree is drawn for each, and may be as deep as there are steps."""

_STEPS: Final = 8
_CROWD: Final = 5
"""Processes that a drawn script has at most."""
_NAMES: Final = ("web", "log", "job", "db")
_VERBS: Final = ("spawn", "fork", "exit", "exit", "wait", "wait", "kill", "exec")
"""What is drawn once there are some processes; those named twice are drawn twice as often."""


@dataclass(frozen=True)
class ProcessesProblem:
    """Steps for a container; `limit` bounds its processes, `reaps` makes PID 1 an init."""

    steps: tuple[Step, ...]
    limit: int | None = None
    reaps: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "steps": [str(step) for step in self.steps],
            "limit": self.limit,
            "init": "reaper" if self.reaps else "program",
        }

    def table(self) -> ProcessTable:
        """Return the process table as it is before the first step, PID 1 new in it."""
        return ProcessTable("init" if self.reaps else "app", limit=self.limit, reaps=self.reaps)


@dataclass(frozen=True)
class ProcessesAnswer:
    """What each step came to."""

    outcomes: tuple[Outcome, ...]

    @property
    def exit_code(self) -> int | None:
        """What the container exited with; None where it still runs."""
        for happening in self.outcomes[-1].happened if self.outcomes else ():
            if happening.what is What.ENDED and happening.pid == INIT and happening.status:
                return happening.status.reported
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {
            "steps": [_outcome_json(outcome) for outcome in self.outcomes],
            "exit_code": self.exit_code,
        }


def draw(
    seed: int,
    *,
    steps: Sequence[str] | None = None,
    limit: int | None = None,
    reaps: bool = True,
) -> ProcessesProblem:
    """Return a problem with the steps that are given, or steps drawn under `seed`.

    Raises InputError for a step that cannot be read, and for a limit below 1.
    """
    if steps is None:
        return ProcessesProblem(_draw_steps(seed, limit, reaps), limit, reaps)
    if len(steps) > MOST_STEPS:
        raise InputError(
            _("{count} steps are too many for a lab: at most {most}").format(
                count=len(steps), most=MOST_STEPS
            )
        )
    return ProcessesProblem(tuple(parse_step(step) for step in steps), limit, reaps)


def solve(problem: ProcessesProblem) -> ProcessesAnswer:
    """Return the answer; InputError, naming the step, where its process cannot act."""
    return ProcessesAnswer(tuple(run_script(problem.table(), problem.steps)))


def returned(outcome: Outcome) -> int | str | None:
    """Return what the call gives its process; None where it does not return, or not yet."""
    if outcome.refusal is not None:
        return str(outcome.refusal)
    verb = outcome.step.verb
    if verb in ("fork", "spawn"):
        return outcome.happened[0].pid
    if verb in ("wait", "poll"):
        first = outcome.happened[0]
        if first.what is What.REAPED:
            return first.pid
        return 0 if first.what is What.NOT_YET else None
    return 0 if verb in ("kill", "handle") else None


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "step": str(outcome.step),
        "returned": returned(outcome),
        "happened": [
            {"what": str(each.what), "pid": each.pid, "other": each.other}
            for each in outcome.happened
        ],
        "processes": [_row_json(row) for row in outcome.rows],
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "pid": row.pid,
        "parent": row.parent,
        "name": row.name,
        "state": str(row.state),
        "exit_code": None if row.status is None else row.status.reported,
    }


def _draw_steps(seed: int, limit: int | None, reaps: bool) -> tuple[Step, ...]:
    """Return steps each of which its process can take; some calls may be refused."""
    generator = stream(seed, "processes", "steps")
    table = ProcessesProblem((), limit, reaps).table()
    drawn: list[Step] = []
    while len(drawn) < _STEPS:
        able = [row.pid for row in rows(table) if row.state in (NEW, READY, RUNNING)]
        step = _draw_step(generator, able, [row.pid for row in rows(table)], len(drawn))
        drawn.append(step)
        list(run_script(table, [step]))
    return tuple(drawn)


def _draw_step(
    generator: np.random.Generator, able: list[int], pids: list[int], number: int
) -> Step:
    verb = one_of(generator, _VERBS)
    if number < 3 or len(able) < 2:
        verb = "spawn" if number < 2 else "fork"
    elif verb in ("spawn", "fork") and len(pids) >= _CROWD:
        verb = "exit"
    # PID 1 stays, for its end would be that of the container.
    others = [pid for pid in able if pid != INIT]
    actors = others if verb in ("exit", "exec") else able
    actor = actors[integer(generator, 0, len(actors) - 1)]
    return Step(verb, actor, _draw_rest(generator, verb, [pid for pid in pids if pid != INIT]))


def _draw_rest(generator: np.random.Generator, verb: str, targets: list[int]) -> tuple[str, ...]:
    if verb in ("spawn", "exec"):
        return (one_of(generator, _NAMES),)
    if verb == "exit":
        return (str(integer(generator, 0, 3)),)
    if verb == "kill":
        target = targets[integer(generator, 0, len(targets) - 1)]
        return (str(target), one_of(generator, ("TERM", "KILL")))
    return ()
