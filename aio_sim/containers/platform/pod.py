"""A pod: one container to be, on whatever node it is scheduled to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.platform.selector import Labels
from aio_sim.containers.platform.template import PodTemplate

if TYPE_CHECKING:
    from aio_sim.containers.container import Container
    from aio_sim.containers.platform.worker import Worker


class PodPhase(StrEnum):
    """Where a pod is in its life."""

    PENDING = "pending"
    """It has no node."""
    BOUND = "bound"
    """It has one, where its container is made, runs, or is restarted."""
    TERMINATING = "terminating"
    """It is to go: it has no more requests, and its container ends."""
    GONE = "gone"


class Pod:
    """A pod, and what the platform knows of it. Times are nanoseconds."""

    __slots__ = (
        "container",
        "deployment",
        "healthy",
        "labels",
        "name",
        "namespace",
        "nominated",
        "number",
        "phase",
        "ready",
        "ready_since",
        "since",
        "started_at",
        "template",
        "trouble",
        "worker",
    )

    def __init__(
        self,
        name: str,
        namespace: str,
        deployment: str,
        number: int,
        template: PodTemplate,
        labels: Labels,
        now: int,
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.deployment = deployment
        self.number = number
        """The order of creation."""
        self.template = template
        self.labels = labels
        self.since = now
        """When it was created."""
        self.phase = PodPhase.PENDING
        self.worker: Worker | None = None
        self.nominated: Worker | None = None
        """The node on which room is being made for it."""
        self.container: Container | None = None
        self.started_at = -1
        """When its container was last started; -1 before."""
        self.healthy = False
        """Whether its program serves, whatever probes know of it."""
        self.ready = False
        """Whether services send requests here."""
        self.ready_since = -1
        self.trouble = ""
        """Why it is not further, in a sentence; empty where nothing is wrong."""

    def __repr__(self) -> str:
        return f"<Pod {self.name} {self.phase}>"

    @property
    def priority(self) -> int:
        """Higher ones come first."""
        return self.template.priority

    @property
    def active(self) -> bool:
        """Whether it counts as a replica."""
        return self.phase in (PodPhase.PENDING, PodPhase.BOUND)

    @property
    def running(self) -> bool:
        """Whether its container runs."""
        return self.container is not None and self.container.state is ContainerState.RUNNING

    def available(self, now: int, minimum: int) -> bool:
        """Return whether it is ready, and has been for at least `minimum` ns."""
        return self.ready and now - self.ready_since >= minimum
