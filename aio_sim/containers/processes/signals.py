"""Signals that ask and signals that kill, what a process does with them, and how it ended.

Source: signal(7) and wait(2) of Linux; numbers are those of x86 and ARM.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from aio_sim.kernel.errors import UnknownName


class Signal(IntEnum):
    """The signals that matter to the life of a process."""

    HUP = 1
    INT = 2
    QUIT = 3
    KILL = 9
    """Cannot be caught, nor ignored: the kernel ends the process."""
    USR1 = 10
    USR2 = 12
    TERM = 15
    """Asks a process to end; what `kill` sends, and a container runtime at first."""
    CHLD = 17
    """A child has ended; does nothing by default."""

    @classmethod
    def named(cls, name: str) -> Signal:
        """Return the signal of a name (`TERM`, `SIGTERM`) or number; UnknownName for another."""
        bare = name.upper().removeprefix("SIG")
        if bare in cls.__members__:
            return cls[bare]
        for each in cls:
            if bare == str(each.value):
                return each
        raise UnknownName("signal", name, cls.__members__)


class Response(StrEnum):
    """What a process does when a signal comes."""

    DEFAULT = "default"
    IGNORE = "ignore"
    RETURN = "return"
    """A handler runs, and the process goes on."""
    EXIT = "exit"
    """A handler tidies up, and ends the process itself."""


class Disposition(NamedTuple):
    """A response to one signal; `code` is what an exiting handler exits with."""

    response: Response = Response.DEFAULT
    code: int = 0


DEFAULT: Final = Disposition()


class ExitStatus(NamedTuple):
    """How a process ended: by itself with a code from 0 to 255, or by a signal."""

    code: int
    signal: Signal | None = None

    @property
    def reported(self) -> int:
        """The number that shells and container runtimes report: 128 + N for signal N (bash(1))."""
        return self.code if self.signal is None else 128 + self.signal
