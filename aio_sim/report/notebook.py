"""A run in a notebook: a small piece of HTML without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from aio_sim.analysis.task_table import task_table
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.report.components import MOST_MACHINES, in_its_unit, machine_columns
from aio_sim.report.words import number

if TYPE_CHECKING:
    from aio_sim.simulation import Run

MOST_TASKS: Final = 20
_SHOWN: Final = (
    *("tasks.completed", "tasks.rejected", "makespan", "throughput", "waiting.mean"),
    *("response.mean", "turnaround.mean", "cpu.utilization", "context_switches"),
    *("fairness.jain", "vm.boot.mean", "vm.refused", "vm.consolidation", "memory.fault_rate"),
    *("vm.migration.time", "vm.migration.downtime", "image.copy.time"),
)


def to_html(run: Run) -> str:
    """Return a run as HTML: its key numbers, and its tasks when they are few; names are escaped."""
    title = _("{scenario}: seed {seed}, {time} simulated").format(
        scenario=run.scenario.name,
        seed=run.seed,
        time=format_duration(run.trace.meta["ended_at"]),
    )
    metrics = run.metrics
    numbers = [(name, in_its_unit(name, metrics[name])) for name in _SHOWN if name in metrics]
    parts = [f"<p><strong>{escape(title)}</strong></p>", _table((_("metric"), _("value")), numbers)]
    if machines := machine_columns(metrics, run.trace):
        titles, *rows = zip(*machines.values(), strict=True)
        parts.append(_table(titles, rows[:MOST_MACHINES]))
    if 0 < len(run.trace.tasks) <= MOST_TASKS:
        table = task_table(run.trace)
        parts.append(_table(table.dtype.names or (), table.tolist()))
    return f"<div>{''.join(parts)}</div>"


def _table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = _row("th", titles)
    body = "".join(_row("td", [_cell(value) for value in row]) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value != value else number(value)  # NaN is not itself
