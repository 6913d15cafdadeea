"""What a scenario says of the container runtime of every machine that has containers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from aio_sim.containers.profile import PROFILES
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Count, Size, Spec
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scenario.sentences import shown


def _known_profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(
            _("unknown profile of a container runtime {name}{hint}").format(
                name=shown(name), hint=hint(name, PROFILES)
            )
        )
    return name


def _fair() -> SchedulerSpec:
    """Return the usual scheduler of control groups, with the defaults of Linux."""
    return SchedulerSpec.model_validate({"policy": "fair"})


class ContainerRuntimeSpec(Spec):
    """The container runtime of every host and virtual machine that has containers."""

    profile: Annotated[
        str, AfterValidator(_known_profile), WithJsonSchema({"enum": list(PROFILES)})
    ] = "docker"
    """Whose costs, grace period and back-offs it has."""
    layer_cache: Size | None = None
    """How much of the disk images may take; layers that nobody uses then leave. All, if absent."""
    attempts: Annotated[Count, Field(le=1000)] = 5
    """How often a container is tried to be made, with back-off, before that is given up."""
    scheduler: SchedulerSpec = Field(default_factory=_fair)
    """How those machines order containers and their own processes, unless a machine has its own;
    `fair`, which honours shares, where absent."""
