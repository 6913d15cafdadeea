"""What is done to a platform in the course of a run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from aio_sim.scenario.fields import MachineNames, Name, Spec, require_choice
from aio_sim.scenario.platform.affinity import TaintSpec
from aio_sim.scenario.platform.deployments import Replicas
from aio_sim.scenario.platform.pods import PodChange
from aio_sim.scheduling.policy import Duration


class PlatformStep(Spec):
    """Something that somebody does to the platform."""

    at: Duration
    """When it is done (seconds)."""


class UpdateStep(PlatformStep):
    """Change what the pods of a deployment are; they are replaced as its strategy says."""

    do: Literal["update"]
    deployment: Name
    """The deployment."""
    template: PodChange
    """What changes: each field that is given replaces the one before."""


class ScaleStep(PlatformStep):
    """Want another number of replicas."""

    do: Literal["scale"]
    deployment: Name
    """The deployment."""
    replicas: Replicas
    """How many."""


class NodeStep(PlatformStep):
    """Something that is done to nodes."""

    node: MachineNames
    """The node, or several by a pattern of their names."""


class DrainStep(NodeStep):
    """Take all pods off nodes, as fast as disruption budgets allow, and give them no more."""

    do: Literal["drain"]


class CordonStep(NodeStep):
    """Give nodes no more pods."""

    do: Literal["cordon"]


class UncordonStep(NodeStep):
    """Let nodes get pods again."""

    do: Literal["uncordon"]


class TaintStep(NodeStep):
    """Give nodes other taints."""

    do: Literal["taint"]
    taints: tuple[TaintSpec, ...]
    """Those that they have from then on, instead of what they had."""


def _require_do(data: object) -> object:
    return require_choice(data, "do")


PlatformStepSpec = Annotated[
    Annotated[
        UpdateStep | ScaleStep | DrainStep | CordonStep | UncordonStep | TaintStep,
        Field(discriminator="do"),
    ],
    BeforeValidator(_require_do),
]
"""A step, by what is done."""
