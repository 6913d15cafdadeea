"""What is done to the files and nodes of a distributed file system, and when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from aio_sim.scenario.fields import Count, MachineNames, Name, Share, Spec, Whole, require_choice
from aio_sim.scenario.file_system.files import FilePath
from aio_sim.scheduling.policy import Duration


class FileSystemStepSpec(Spec):
    """Something that is done at a time, whatever else is under way."""

    at: Duration = 0
    """When it is done (seconds)."""


class GetStep(FileSystemStepSpec):
    """Read files; their bytes are compared with those that were written."""

    do: Literal["get"]
    path: FilePath
    """The file, or a pattern such as `/logs/*`, all of whose files are read at once."""
    client: MachineNames | None = None
    """The hosts that read, or patterns: each file by the next in turn; the first host where
    absent."""


class DeleteStep(FileSystemStepSpec):
    """Delete a file, or a directory with all in it."""

    do: Literal["delete"]
    path: FilePath
    """The file or directory."""


class RenameStep(FileSystemStepSpec):
    """Move a file or a directory."""

    do: Literal["rename"]
    path: FilePath
    """The file or directory."""
    to: FilePath
    """Its new path, or the directory that it goes into."""


class FailStep(FileSystemStepSpec):
    """Let data nodes go down, their hosts going on."""

    do: Literal["fail"]
    node: MachineNames
    """The nodes, or patterns."""
    disk_lost: bool = False
    """Whether all on their disks is gone."""


class ReviveStep(FileSystemStepSpec):
    """Let data nodes come back."""

    do: Literal["revive"]
    node: MachineNames
    """The nodes, or patterns."""


class RotStep(FileSystemStepSpec):
    """Flip one bit of a block on the disk of a node; nobody is told."""

    do: Literal["rot"]
    path: FilePath
    """The file."""
    block: Whole = 0
    """Which of its blocks, from 0."""
    node: Name | None = None
    """The node; the first that holds the block where absent."""
    byte: Whole = 0
    """Which byte of the piece."""
    bit: Annotated[Whole, Field(le=7)] = 0
    """Which bit of the byte."""


class ScanStep(FileSystemStepSpec):
    """Let nodes read all they hold, and drop what has rotted."""

    do: Literal["scan"]
    node: MachineNames
    """The nodes, or patterns."""


class DecommissionStep(FileSystemStepSpec):
    """Copy elsewhere what nodes hold, so that they may go."""

    do: Literal["decommission"]
    node: MachineNames
    """The nodes, or patterns."""


class BalanceStep(FileSystemStepSpec):
    """Move blocks from full nodes to empty ones."""

    do: Literal["balance"]
    threshold: Share = 0.1
    """How far a node may be fuller or emptier than the mean, 0 to 1."""


class RestartStep(FileSystemStepSpec):
    """Start the name node again: it is in safe mode until enough blocks have been reported."""

    do: Literal["restart"]


class RandomFailuresStep(FileSystemStepSpec):
    """Let data nodes go down at random times from then on, each again and again."""

    do: Literal["random_failures"]
    mean: Annotated[Duration, Field(gt=0)]
    """How long a node is up on the average (seconds); exponential."""
    repair: Annotated[Duration, Field(gt=0)] | None = None
    """How long it is down on the average (seconds), exponential; for good where absent."""
    until: Duration
    """When no more fail (seconds)."""
    most: Count | None = None
    """So many fail at most before all that they held has been made again; any number where
    absent."""
    disk_lost: bool = False
    """Whether all on their disks is gone."""


def _require_do(data: object) -> object:
    return require_choice(data, "do")


FileSystemStep = Annotated[
    Annotated[
        GetStep
        | DeleteStep
        | RenameStep
        | FailStep
        | ReviveStep
        | RotStep
        | ScanStep
        | DecommissionStep
        | BalanceStep
        | RestartStep
        | RandomFailuresStep,
        Field(discriminator="do"),
    ],
    BeforeValidator(_require_do),
]
"""A step, by what is done."""
