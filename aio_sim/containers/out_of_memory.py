"""Who dies when memory runs out: the badness score of the Linux kernel, and its choice of a victim.

    badness = resident pages + swapped pages + page tables + adjustment x (all pages // 1000)

Source: Linux, mm/oom_kill.c, oom_badness and oom_evaluate_task, since 5.9 (commit 9066e5cfb73c);
Documentation/admin-guide/cgroup-v2.rst for memory.oom.group. Sizes here are bytes, scores pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

PAGE: Final = 4096
"""Bytes: the base page of x86-64 and of most arm64 kernels."""

SPARED: Final = -1000
"""OOM_SCORE_ADJ_MIN: the adjustment of what must never be killed for memory."""

MOST_WANTED: Final = 1000
"""OOM_SCORE_ADJ_MAX: the adjustment of what is killed first."""


class MemoryUse(NamedTuple):
    """What the kernel knows of a process when memory has run out; `memory` is all that it holds."""

    pid: int
    memory: int
    adjustment: int = 0


def badness(use: MemoryUse, total: int) -> int | None:
    """Return the score of a process in pages, None for one that is spared.

    `total` is the memory that has run out, in bytes: the container's limit, or all of the host's.

    Raises InputError for an adjustment outside -1000 to 1000, or a negative size.
    """
    if not SPARED <= use.adjustment <= MOST_WANTED:
        raise InputError(
            _("an OOM adjustment is from {least} to {most}, not {adjustment}").format(
                least=SPARED, most=MOST_WANTED, adjustment=use.adjustment
            )
        )
    if use.memory < 0 or total < 0:
        raise InputError(_("a size of memory must not be negative"))
    if use.adjustment == SPARED:
        return None
    return -(-use.memory // PAGE) + use.adjustment * (total // PAGE // 1000)


def victim(processes: Iterable[MemoryUse], total: int) -> MemoryUse | None:
    """Return the process with the highest badness, the last of those that are equal, or None.

    The kernel goes on to the next process only where that one is better, so that of equals the
    last one looked at is chosen. Raises InputError as `badness` does.
    """
    chosen, highest = None, 0
    for use in processes:
        points = badness(use, total)
        if points is not None and (chosen is None or points >= highest):
            chosen, highest = use, points
    return chosen


def victims(processes: Iterable[MemoryUse], total: int, *, together: bool) -> list[MemoryUse]:
    """Return all that are killed: the victim, or with `together` the whole group but the spared.

    `together` is memory.oom.group, which Kubernetes sets for containers on cgroup v2.
    """
    uses = list(processes)
    chosen = victim(uses, total)
    if chosen is None:
        return []
    return [use for use in uses if use.adjustment != SPARED] if together else [chosen]
