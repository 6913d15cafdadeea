"""What a summary tells of backups."""

from __future__ import annotations

import io

from rich.console import Console

from aio_sim.kernel.trace import Trace
from aio_sim.report.backups import BackupTable, in_a_row
from aio_sim.report.components import in_its_unit

NUMBERS = {"count": 3, "failed": 0, "kept": 2**30, "duration.max": 90}
RECOVERY = {
    "backup": "a",
    "disaster": "disk_lost",
    "at": 3600,
    "lost": 60,
    "took": 5,
    "promise_kept": False,
    "faults": ["x is damaged"],
    "reason": "",
}


def shown(backups: dict[str, dict[str, float]], width: int = 80) -> str:
    """Return what the table looks like with two recoveries, one of which failed."""
    trace = Trace()
    trace.meta["backups"] = backups
    trace.meta["recoveries"] = [RECOVERY, {**RECOVERY, "reason": "wrong key"}]
    console = Console(file=io.StringIO(), width=width)
    console.print(BackupTable(trace, in_its_unit))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_several_services_have_a_row_each_and_one_alone_has_none() -> None:
    text = shown({"a": NUMBERS, "b": {**NUMBERS, "recovery_point": 60}})
    assert "1 GiB" in text
    assert "90 s" in text
    assert "lost" in text
    assert "failed" not in text.splitlines()[0]
    assert "GiB" not in shown({"a": NUMBERS})


def test_each_recovery_is_told_with_what_is_lost_or_why_nothing_came_back() -> None:
    text = " ".join(shown({"a": NUMBERS}).split())
    assert "a, disk lost at 3600 s: 60 s of writes lost, back in 5 s, not as promised;" in text
    assert "x is damaged" in text
    assert "nothing is restored: wrong key" in text


def test_rows_keep_their_numbers_out_of_the_rest() -> None:
    both = {"a": NUMBERS, "b": NUMBERS}
    assert in_a_row("backup.a.kept", both)
    assert not in_a_row("backup.kept", both)
    assert not in_a_row("backup.a.kept", {"a": NUMBERS})
