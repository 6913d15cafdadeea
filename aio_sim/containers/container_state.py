"""Where a container is in its life."""

from __future__ import annotations

from enum import StrEnum

from aio_sim.kernel.messages import _


class ContainerState(StrEnum):
    """Where a container is in its life."""

    NEW = "new"
    """Nothing of it is on its node yet."""
    CREATING = "creating"
    """Its image is pulled, its files are set up."""
    CREATED = "created"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    """It was asked to end, and its grace period runs."""
    EXITED = "exited"
    RESTARTING = "restarting"
    """It has ended, and waits for its back-off to be over."""
    REMOVED = "removed"


UP = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.STOPPING})
"""States in which it has processes."""

BEFORE = frozenset({ContainerState.NEW, ContainerState.CREATING, ContainerState.CREATED})
"""States before it was ever started, in which tasks wait for it, as they do while it starts."""


def standing(name: str, state: ContainerState) -> str:
    """Return in which state a container of that name is, in a sentence."""
    form = (
        _("{machine} has exited") if state is ContainerState.EXITED else _("{machine} is {state}")
    )
    return form.format(machine=name, state=str(state))
