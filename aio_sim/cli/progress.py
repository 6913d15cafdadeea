"""A bar on stderr, on a terminal only, for what takes a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE: Final = 0.7
"""Seconds of real time for which nobody wonders whether anything is happening."""


class Bar:
    """A bar that opens itself once patience is over."""

    def __init__(self) -> None:
        self._opens_at = monotonic() + PATIENCE
        self._bar: Progress | None = None

    def show(self, text: str, fraction: float | None) -> None:
        """Say what is happening, and how much of it is done (None where that is not known)."""
        if monotonic() < self._opens_at:
            return
        if self._bar is None:
            self._bar = _opened()
        (task,) = self._bar.task_ids
        total = None if fraction is None else 1.0
        self._bar.update(task, description=text, total=total, completed=fraction or 0.0)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()


def _opened() -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from aio_sim.report.console import console

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console(sys.stderr),
        transient=True,
    )
    bar.add_task("", total=None)
    bar.start()
    return bar


@contextmanager
def progress_bar() -> Iterator[Callable[[int, float | None], None] | None]:
    """Give a bar to report simulated time to, or None where stderr is not a terminal."""
    from aio_sim.kernel.units import format_duration

    with _bar() as bar:
        if bar is None:
            yield None
            return
        yield lambda now, fraction: bar.show(
            _("simulated {time}").format(time=format_duration(now)), fraction
        )


@contextmanager
def counting_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a bar to report the runs done to, or None where stderr is not a terminal."""
    with _bar() as bar:
        if bar is None:
            yield None
            return
        yield lambda done, total: bar.show(
            _("run {done} of {total}").format(done=done, total=total), done / total
        )


@contextmanager
def size_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a bar to report the bytes done to, or None where stderr is not a terminal."""
    from aio_sim.kernel.units import format_size

    with _bar() as bar:
        if bar is None:
            yield None
            return
        yield lambda done, total: bar.show(
            _("{done} of {total}").format(done=format_size(done), total=format_size(total)),
            done / total,
        )


@contextmanager
def _bar() -> Iterator[Bar | None]:
    if not sys.stderr.isatty():
        yield None
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()
