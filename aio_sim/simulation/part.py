"""A part of a run: what one section of a scenario adds to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.process import Process

Totals = Mapping[str, int | float]


def _nothing() -> None:
    pass


def _of_no_concern(_machine: str) -> None:
    pass


@dataclass(frozen=True)
class Part:
    """What a run asks of a part; what a part has nothing to say to is left as it is here."""

    machines: Mapping[str, Machine] = field(default_factory=dict)
    """Machines that workloads may send tasks to, by name."""
    cpus: Callable[[], Iterable[Cpu]] = tuple
    """Returns the Cpus of its own."""
    held: Callable[[], Iterable[Process]] = tuple
    """Returns the tasks inside that are on none of these."""
    failed: Callable[[str], None] = _of_no_concern
    """Told of a machine that dies, by name, before what is left on its Cpu is lost."""
    repaired: Callable[[str], None] = _of_no_concern
    """Told of a machine that is back, with nothing on it."""
    link_repaired: Callable[[], None] = _nothing
    """Told that some link is there again."""
    check: Callable[[], None] = _nothing
    """Audits its books; AuditError where they do not add up."""
    close: Callable[[], None] = _nothing
    """Brings its accounts up to the end, and gives back what was lent to it."""
    totals: Callable[[], Totals] = dict
    """Returns its totals, by metric name: seconds, bytes and counts."""
    meta: Callable[[], Mapping[str, Any]] = dict
    """Returns what else the trace is to tell of it, as JSON has it."""
