"""In which order containers of a scenario start: which of them wait for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Name, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown
from aio_sim.scheduling.policy import Duration


class AfterSpec(Spec):
    """Containers that another one waits for before it is made and started."""

    container: Name
    """Their name; of several that are alike, without the number, all of them."""
    state: Literal["running", "completed"] = "running"
    """Until they run, or until they have ended with the exit code 0."""
    delay: Duration = 0
    """For how long they must have run, as until a check of their health."""


def circle(waits: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a circle of names that wait for each other, the first again at its end; else none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def check_order(after: Mapping[str, Sequence[AfterSpec]], findings: Findings) -> None:
    """Note containers that wait for what is not there, or for themselves; `after` is in order."""
    for at, specs in enumerate(after.values()):
        for number, spec in enumerate(specs):
            if spec.container not in after:
                told = _("there is no container {name}{hint}").format(
                    name=shown(spec.container), hint=hint(spec.container, after)
                )
                place = "containers", at, "after", number, "container"
                findings.say(told, *place, value=spec.container)
    waits = {name: [each.container for each in specs] for name, specs in after.items()}
    if names := circle(waits):
        told = _("waits for itself in a circle: {circle}").format(circle=" -> ".join(names))
        findings.say(told, "containers", list(after).index(names[0]), "after")
