"""Alibaba GPU cluster trace of 2023 (openb): one pod a row.

Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
Descent, USENIX ATC 2023; cluster-trace-gpu-v2023 in alibaba/clusterdata.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason
from aio_sim.scenario.readers import csv_table
from aio_sim.scenario.readers.numbers import SECOND, FieldError, scaled
from aio_sim.scenario.readers.rows import Rows, Skips

COLUMNS: Final = (
    "name",
    "cpu_milli",
    "memory_mib",
    "creation_time",
    "deletion_time",
    "scheduled_time",
)
_MEBIBYTE: Final = 2**20
_MILLI: Final = 1000


def read(path: Path, skips: Skips, *, exclusive: bool, memory: bool) -> Iterator[Rows]:
    """Yield the pods of a trace.

    A pod arrives at its creation and works from its scheduling to its deletion, on as many whole
    cores as hold its cpu_milli where `exclusive`. One that was never scheduled is refused.

    Raises WorkloadError for what is not in the format, as `skips` has it.
    """

    def pod(texts: Sequence[str]) -> dict[str, Any]:
        name, cpu, size, created, deleted, scheduled = texts
        work, refused = _work(deleted, scheduled)
        cores = -(-_amount(cpu, 1, "cpu_milli") // _MILLI)
        row = {
            "name": name,
            "arrival": csv_table.field(_seconds, created, "creation_time"),
            "work": work,
            "cores": max(cores, 1) if exclusive else 0,
            "refused": refused,
        }
        return row | ({"memory": _amount(size, _MEBIBYTE, "memory_mib")} if memory else {})

    return csv_table.read(csv_table.Table(path), COLUMNS, pod, skips)


def _work(deleted: str, scheduled: str) -> tuple[int, RejectionReason | None]:
    """Return nanoseconds from scheduling to deletion, or why there is no such time."""
    if not scheduled.strip():
        return 0, RejectionReason(Cause.NEVER_SCHEDULED, _("never scheduled"))
    start = csv_table.field(_seconds, scheduled, "scheduled_time")
    if not deleted.strip():
        return 0, RejectionReason(Cause.NO_RUN_TIME, _("unknown run time"))
    work = csv_table.field(_seconds, deleted, "deletion_time") - start
    if work < 0:
        raise FieldError(_("deleted before it was scheduled"), "deletion_time")
    return work, None if work else RejectionReason(Cause.NO_RUN_TIME, _("zero run time"))


def _amount(text: str, unit: int, column: str) -> int:
    amount = csv_table.field(lambda each: scaled(each, unit), text, column)
    if amount < 0:
        raise FieldError(_("expected 0 or more, got {text}").format(text=text), column)
    return amount


def _seconds(text: str) -> int:
    return scaled(text, SECOND)
