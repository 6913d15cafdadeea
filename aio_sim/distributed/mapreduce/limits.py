"""What a user's own code may take."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bytes of memory of a process, and seconds of real time that one task may run for."""

    memory: int = 2 * 2**30
    time: float = 60.0
