"""A bar of simulated time on stderr, for runs that take a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE: Final = 0.7
"""Seconds of real time for which nobody wonders whether anything is happening."""


class ProgressBar:
    """Called with simulated time and the fraction done; opens itself once patience is over."""

    def __init__(self) -> None:
        self._opens_at = monotonic() + PATIENCE
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, now: int, fraction: float | None) -> None:
        if self._bar is None:
            if monotonic() < self._opens_at:
                return
            self._open()
        self._show(now, fraction)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def _show(self, now: int, fraction: float | None) -> None:
        from aio_sim.kernel.units import format_duration

        if self._bar is None or self._task is None:
            return
        self._bar.update(
            self._task,
            description=_("simulated {time}").format(time=format_duration(now)),
            total=None if fraction is None else 1.0,
            completed=fraction or 0.0,
        )


@contextmanager
def progress_bar() -> Iterator[ProgressBar | None]:
    """Give a bar to report to, or None where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.close()
