"""What a process table answers: what happened, or why a call was refused."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.kernel.errors import AioSimError


class What(StrEnum):
    """The kinds of happenings; `other` of each is said here."""

    FORKED = "forked"
    """A process began; other: its parent."""
    REPLACED = "replaced"
    """A process runs another program."""
    ENDED = "ended"
    """A process ended and is a zombie; other: its parent."""
    ADOPTED = "adopted"
    """A process lost its parent and has PID 1 for one; other: the parent that it lost."""
    REAPED = "reaped"
    """A zombie left the table; other: who asked for its exit status, or never wanted it."""
    BLOCKED = "blocked"
    """A process waits; other: the child that it waits for, 0 for any."""
    WOKE = "woke"
    """A process that waited is ready; other: the child that it was told of, 0 for none."""
    NOT_YET = "not_yet"
    """A process asked without waiting, and no child has ended."""
    CAUGHT = "caught"
    """A handler ran; other: who sent the signal, 0 for outside."""
    IGNORED = "ignored"
    """A signal did nothing; other: who sent it, 0 for outside."""
    SHIELDED = "shielded"
    """A signal did nothing, for PID 1 has no handler for it; other: who sent it."""
    SET = "set"
    """A process said what it does with a signal."""
    CLEARED = "cleared"
    """PID 1 has ended, and the kernel ended this one with it."""


class Happening(NamedTuple):
    """One thing that happened to process `pid`."""

    what: What
    pid: int
    other: int = 0
    signal: Signal | None = None
    status: ExitStatus | None = None


class Refusal(StrEnum):
    """Why the kernel refuses a call, by the names of errno(3)."""

    ECHILD = "ECHILD"
    """There is no such child to wait for."""
    ESRCH = "ESRCH"
    """There is no such process."""
    EAGAIN = "EAGAIN"
    """The limit of processes is reached."""
    EINVAL = "EINVAL"
    """A signal whose disposition nobody may change."""


class CallRefused(AioSimError):  # noqa: N818 - says what happened, as UnknownName does
    """A call that the process table refused; nothing has changed."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(str(refusal))
