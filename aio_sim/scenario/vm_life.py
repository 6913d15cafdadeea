"""Whether the steps of a virtual machine are possible, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.vm_steps import ColdMigration, Migration, StepSpec

LIVES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "running": {
            "pause": "paused",
            "snapshot": "running",
            "migrate": "running",
            "balloon": "running",
            "shut_down": "off",
            "destroy": "destroyed",
        },
        "paused": {
            "resume": "running",
            "snapshot": "paused",
            "migrate": "paused",
            "destroy": "destroyed",
        },
        "off": {"boot": "running", "snapshot": "off", "migrate": "off", "destroy": "destroyed"},
        "destroyed": {},
    }
)
"""What can be done to a machine in each state, and the state that it is in afterwards."""


def check_steps(start: int, steps: Sequence[StepSpec], host: str | None) -> None:
    """Raise unless a machine that starts at `start` (ns) on `host` can go through the steps."""
    findings = Findings("steps")
    state, before = "running", start
    for at, step in enumerate(steps):
        if step.at < before:
            findings.say(
                too_early(step.at, before, steps_before=bool(at)), "steps", at, "at", value=step.at
            )
        before = max(before, step.at)
        if step.do not in LIVES[state]:
            sentence = impossible(step.do, state, LIVES[state])
            findings.say(sentence, "steps", at, "do", value=step.do)
        state = LIVES[state].get(step.do, state)
        if isinstance(step, Migration):
            _check_migration(step, state, host, at, findings)
            host = step.to
    findings.raise_any()


def _check_migration(
    step: Migration, state: str, host: str | None, at: int, findings: Findings
) -> None:
    if step.to == host:
        sentence = _("it is on {host} by then; expected another host").format(host=host)
        findings.say(sentence, "steps", at, "to", value=step.to)
    if state == "off" and not isinstance(step, ColdMigration):
        sentence = _("a machine that is off has no memory to copy; expected cold")
        findings.say(sentence, "steps", at, "method")


def too_early(at: int, before: int, *, steps_before: bool) -> str:
    """Return that a step is too early, after the one above it or the start (all ns)."""
    if steps_before:
        sentence = _("{at} is before the step above it, at {before}; steps stand in order of time")
    else:
        sentence = _("{at} is before the machine starts, at {before}")
    return sentence.format(at=format_duration(at), before=format_duration(before))


def impossible(do: str, state: str, possible: Collection[str]) -> str:
    """Return why a machine in some state cannot do something: what is possible is something else.

    `absent` is the state of one that is not yet made.
    """
    if not possible:
        return _("a machine that was destroyed is gone for good")
    return _("a machine that is {state} by then cannot {do}; expected one of {possible}").format(
        state=_WORDS[state](), do=do, possible=", ".join(possible)
    )


# Functions, so that each word is looked up in the language of the moment.
_WORDS: Final = {
    "absent": lambda: _("not created"),
    "running": lambda: _("running"),
    "paused": lambda: _("paused"),
    "off": lambda: _("off"),
}
