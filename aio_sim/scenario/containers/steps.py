"""What a scenario lets happen to a container, one step after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.program_steps import SignalName
from aio_sim.scenario.fields import Name, Whole, require_choice
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.vm_life import too_early
from aio_sim.scenario.vm_steps import Step
from aio_sim.scheduling.policy import Duration


class PauseContainer(Step):
    """Freeze all its processes; they keep their memory."""

    do: Literal["pause"]


class ResumeContainer(Step):
    """Let a paused container go on."""

    do: Literal["resume"]


class StopContainer(Step):
    """Ask its first process to end, and kill it after the grace period."""

    do: Literal["stop"]
    grace: Duration | None = None
    """How long that is; as the container, or else the runtime, has it, where absent."""


class StartContainer(Step):
    """Start a container that has ended; its files are as it left them."""

    do: Literal["start"]


class RestartContainer(Step):
    """Stop it, and start it again."""

    do: Literal["restart"]


class KillContainer(Step):
    """Send its first process a signal from outside."""

    do: Literal["kill"]
    signal: SignalName = "KILL"
    """Which signal; its restart policy is not asked after a KILL."""


class DestroyContainer(Step):
    """Kill it where it runs, and take all that it has away for good."""

    do: Literal["destroy"]


class ExecContainer(Step):
    """Let one more process run in it, from outside."""

    do: Literal["exec"]
    program: Name
    """What it runs."""


class UpdateContainer(Step):
    """Change its CPU shares."""

    do: Literal["update"]
    shares: Annotated[Whole, Field(ge=2, le=262_144)]
    """Those that it has from now on."""


def _require_do(data: object) -> object:
    return require_choice(data, "do")


ContainerStep = Annotated[
    Annotated[
        PauseContainer
        | ResumeContainer
        | StopContainer
        | StartContainer
        | RestartContainer
        | KillContainer
        | DestroyContainer
        | ExecContainer
        | UpdateContainer,
        Field(discriminator="do"),
    ],
    BeforeValidator(_require_do),
]
"""A step, by what is done."""

LIVES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        # It may have ended by itself at any time, so that it can be started again in all states.
        "running": {
            "pause": "paused",
            "stop": "stopped",
            "start": "running",
            "restart": "running",
            "kill": "running",
            "exec": "running",
            "update": "running",
            "destroy": "destroyed",
        },
        "paused": {
            "resume": "running",
            "stop": "stopped",
            "restart": "running",
            "kill": "running",
            "update": "paused",
            "destroy": "destroyed",
        },
        "stopped": {
            "start": "running",
            "restart": "running",
            "update": "stopped",
            "destroy": "destroyed",
        },
        "destroyed": {},
    }
)
"""What can be done to a container in each state, and the state that it is in afterwards."""


def check_steps(start: int, steps: Sequence[ContainerStep]) -> None:
    """Raise unless a container that is made at `start` (ns) can go through the steps."""
    findings = Findings("steps")
    state, before = "running", start
    for at, step in enumerate(steps):
        if step.at < before:
            told = too_early(step.at, before, steps_before=bool(at))
            findings.say(told, "steps", at, "at", value=step.at)
        before = max(before, step.at)
        if step.do not in LIVES[state]:
            findings.say(
                _impossible(step.do, state, LIVES[state]), "steps", at, "do", value=step.do
            )
        state = LIVES[state].get(step.do, state)
    findings.raise_any()


def _impossible(do: str, state: str, possible: Collection[str]) -> str:
    if not possible:
        return _("a container that was destroyed is gone for good")
    return _("a container that is {state} by then cannot {do}; expected one of {possible}").format(
        state=_WORDS[state](), do=do, possible=", ".join(possible)
    )


# Functions, so that each word is looked up in the language of the moment.
_WORDS: Final = {
    "running": lambda: _("running"),
    "paused": lambda: _("paused"),
    "stopped": lambda: _("stopped"),
}
