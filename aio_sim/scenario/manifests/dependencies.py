"""In which order the services of a compose file start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.order import circle
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.sentences import shown

STARTED: Final = "service_started"
HEALTHY: Final = "service_healthy"
COMPLETED: Final = "service_completed_successfully"

CONDITIONS: Final = {each: each for each in (STARTED, HEALTHY, COMPLETED)}


class Dependency(NamedTuple):
    """What a service waits for: another one, until it is as the condition says."""

    part: Part
    name: str
    condition: str
    required: bool = True


def dependencies(service: Part) -> list[Dependency]:
    """Return what a service waits for; `depends_on` is a list of names, or a mapping."""
    part = service.field("depends_on")
    if not part.present:
        return []
    if isinstance(part.data, list):
        return [Dependency(each, each.text(), STARTED) for each in part.entries()]
    if not isinstance(part.data, dict):
        told = _("must be a list of services, or a mapping of them, got {value}")
        part.wrong(told.format(value=shown(part.data)))
        return []
    found = []
    for name, each in part.fields().items():
        condition = each.field("condition")
        required = each.field("required").data is not False
        found.append(Dependency(each, name, condition.choice(CONDITIONS) or STARTED, required))
    return found


def check(waits: Mapping[str, list[Dependency]], left_out: Mapping[str, str]) -> None:
    """Note services that are waited for and are not there, and circles.

    `left_out` says why services do not run that the file has.
    """
    for each in (dependency for listed in waits.values() for dependency in listed):
        if not each.required:
            continue
        if each.name in left_out:
            told = _("the service {name} does not run: {reason}")
            each.part.wrong(told.format(name=each.name, reason=left_out[each.name]))
        elif each.name not in waits:
            told = _("there is no service {name}{hint}")
            each.part.wrong(told.format(name=shown(each.name), hint=hint(each.name, waits)))
    if names := circle({name: [each.name for each in listed] for name, listed in waits.items()}):
        told = _("waits for itself in a circle: {circle}")
        first = next(each for each in waits[names[0]] if each.name == names[1])
        first.part.wrong(told.format(circle=" -> ".join(names)))
