"""The states of a process's life, and which may follow which.

Source: Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed., 3.1.2 (five states), and
wait(2) of Linux for the zombie between the end of a process and its parent's learning of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ProcessState(StrEnum):
    """Where a process of a container is in its life."""

    NEW = "new"
    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    ZOMBIE = "zombie"
    """It has ended and its parent has not asked yet: a number in the table, no memory, no CPU."""
    TERMINATED = "terminated"
    """It has been reaped and is in the table no more."""


NEW, READY, RUNNING = ProcessState.NEW, ProcessState.READY, ProcessState.RUNNING
BLOCKED, ZOMBIE, TERMINATED = ProcessState.BLOCKED, ProcessState.ZOMBIE, ProcessState.TERMINATED

NEXT: Final[Mapping[ProcessState, frozenset[ProcessState]]] = MappingProxyType(
    {
        NEW: frozenset({READY, ZOMBIE, TERMINATED}),
        READY: frozenset({RUNNING, ZOMBIE, TERMINATED}),
        RUNNING: frozenset({READY, BLOCKED, ZOMBIE, TERMINATED}),
        BLOCKED: frozenset({READY, ZOMBIE, TERMINATED}),
        ZOMBIE: frozenset({TERMINATED}),
        TERMINATED: frozenset(),
    }
)
"""The states that may follow each; TERMINATED without ZOMBIE where the whole container ends."""
