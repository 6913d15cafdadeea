"""The owner of a task in a container, which counts what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from aio_sim.scheduling.process import Process


class Served:
    """Tells a container of the end of a task, and then the task's owner."""

    __slots__ = ("_lose", "_serve", "owner")

    def __init__(
        self, process: Process, serve: Callable[[], None], lose: Callable[[Process, str], None]
    ) -> None:
        self.owner = process.owner
        """Whose the task is."""
        self._serve = serve
        self._lose = lose

    def finished(self, process: Process) -> None:
        """Count it as served, and tell the task's owner."""
        self._serve()
        process.owner = self.owner
        if self.owner is not None:
            self.owner.finished(process)

    def lost(self, process: Process, reason: str) -> None:
        """Count it as lost; the task's owner is told of that."""
        process.owner = self.owner
        self._lose(process, reason)
