"""What a scenario lets happen to a virtual machine, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from aio_sim.scenario.fields import Count, Name, Size, Spec, require_choice
from aio_sim.scenario.hosts import Throughput
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.virtualization.image_copy import ImageCopy
    from aio_sim.virtualization.migration.methods import MigrationOptions


class Step(Spec):
    """Something that is done to a virtual machine; it waits for the end of the step before it."""

    at: Duration
    """When it is done (seconds)."""


class PauseStep(Step):
    """Take its virtual cores off the host; it keeps its memory."""

    do: Literal["pause"]


class ResumeStep(Step):
    """Let a paused machine go on."""

    do: Literal["resume"]


class SnapshotStep(Step):
    """Write its state to the host's disk."""

    do: Literal["snapshot"]


class ShutDownStep(Step):
    """Let the guest end, and give back its memory."""

    do: Literal["shut_down"]


class BootStep(Step):
    """Start a machine that was shut down."""

    do: Literal["boot"]


class DestroyStep(Step):
    """Take all that it has away at once, and for good."""

    do: Literal["destroy"]


class BalloonStep(Step):
    """Change the memory that the guest has, by a balloon inside it."""

    do: Literal["balloon"]
    memory: Annotated[Size, Field(gt=0)]
    """What the guest has left of its memory."""


class Migration(Step):
    """Move it to another host."""

    do: Literal["migrate"]
    method: str
    to: Name
    """The host it moves to."""
    bandwidth: Throughput | None = None
    """The most that the migration sends, such as 1Gbps; what the network gives where absent."""

    def options(
        self, working_set: int | None = None, image: ImageCopy | None = None
    ) -> MigrationOptions:
        """Return how the machine moves, which writes to `working_set` bytes of its memory.

        `image` is its disk image, which only moves where the step says so.
        """
        from aio_sim.virtualization.migration.methods import Method, MigrationOptions

        given = {name: value for name, value in self._own().items() if value is not None}
        return MigrationOptions(
            Method.named(self.method),
            rate_limit=self.bandwidth,
            working_set=working_set,
            image=image if self.moves_image else None,
            **given,
        )

    @property
    def moves_image(self) -> bool:
        """Whether the disk image moves too."""
        return False

    def _own(self) -> dict[str, int | None]:
        """Return what only this method has, by the names of MigrationOptions."""
        return {}


class ColdMigration(Migration):
    """Stop it, copy its memory, go on there."""

    method: Literal["cold"]
    image: bool = False
    """Whether its disk image moves too; else both hosts read it from a store that they share."""

    @property
    def moves_image(self) -> bool:
        """Whether the disk image moves too."""
        return self.image


class PreCopyMigration(Migration):
    """Copy its memory while it runs, then again what it wrote meanwhile, round after round.

    Source: Clark et al., Live Migration of Virtual Machines, NSDI 2005.
    """

    method: Literal["pre_copy"] = "pre_copy"
    threshold: Size | None = None
    """It is stopped once no more than this is left to copy; 50 pages of 4 KiB where absent."""
    rounds: Annotated[Count, Field(le=1_000_000)] | None = None
    """It is stopped after so many rounds; 30 where absent."""
    factor: Annotated[Count, Field(le=1_000_000)] | None = None
    """It is stopped when so many times its memory has been sent; 3 where absent."""

    def _own(self) -> dict[str, int | None]:
        return {
            "threshold": self.threshold,
            "max_rounds": self.rounds,
            "max_factor": self.factor,
        }


class PostCopyMigration(Migration):
    """Let it go on there at once, and fetch its memory as it is touched.

    Source: Hines and Gopalan, Post-Copy Based Live Virtual Machine Migration, VEE 2009.
    """

    method: Literal["post_copy"]
    fault: Duration | None = None
    """What fetching a page that is not there yet costs the guest; 250us where absent."""

    def _own(self) -> dict[str, int | None]:
        return {"fault": self.fault}


def _with_method(data: object) -> object:
    if isinstance(data, Mapping) and "method" not in data:
        return {**data, "method": PreCopyMigration.model_fields["method"].default}
    return data


MigrateStep = Annotated[
    ColdMigration | PreCopyMigration | PostCopyMigration,
    Field(discriminator="method"),
    BeforeValidator(_with_method),
]
"""A migration, by its method."""


def _require_do(data: object) -> object:
    return require_choice(data, "do")


StepSpec = Annotated[
    Annotated[
        PauseStep
        | ResumeStep
        | SnapshotStep
        | ShutDownStep
        | BootStep
        | DestroyStep
        | BalloonStep
        | MigrateStep,
        Field(discriminator="do"),
    ],
    BeforeValidator(_require_do),
]
"""A step, by what is done."""

__all__ = [
    "BalloonStep",
    "BootStep",
    "ColdMigration",
    "DestroyStep",
    "MigrateStep",
    "Migration",
    "PauseStep",
    "PostCopyMigration",
    "PreCopyMigration",
    "ResumeStep",
    "ShutDownStep",
    "SnapshotStep",
    "Step",
    "StepSpec",
]
