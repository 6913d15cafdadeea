"""The summary of a run that a teacher can project: key numbers, a chart of the cores, the tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.metrics import Metrics, metrics
from aio_sim.analysis.task_table import task_table
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.report.components import Components
from aio_sim.report.console import console as standard_console
from aio_sim.report.gantt import Gantt
from aio_sim.report.jobs import JobTable, jobs_of
from aio_sim.report.reasons import reasons
from aio_sim.report.tables import KeyNumbers, fitting_table, summary_table
from aio_sim.report.transfers import transfers
from aio_sim.report.words import encodable, number, percentage, seconds_number

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from aio_sim.kernel.trace import Trace

MOST_TASKS: Final = 20
"""A run of no more tasks than this has them listed."""

_TIMES: Final = ("waiting", "response", "turnaround")
_STATISTICS: Final = ("mean", "p50", "p95", "p99", "max")
_NARROW: Final = 60
_FIELDS: Final = (
    *("id", "arrival", "work", "start", "finish", "waiting", "response", "turnaround"),
    *("status", "machine"),
)
# Where it is narrow, the last of these go first.
_BY_IMPORTANCE: Final = (
    *("id", "finish", "turnaround", "status", "waiting", "start", "arrival", "work"),
    *("machine", "response"),
)


def print_summary(trace: Trace, console: Console | None = None) -> None:
    """Print the summary of a run to a console of rich (standard output where None)."""
    (console or standard_console()).print(Summary(trace))


class Summary:
    """A run as one page: title, key numbers, Gantt chart, and its tasks when they are few."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number_of_part, part in enumerate(self._parts()):
            if number_of_part:
                yield Text("")
            yield from encodable(part, console, options)

    def _parts(self) -> Iterator[RenderableType]:
        trace, numbers = self._trace, metrics(self._trace)
        yield Text(self._title(), style="bold")
        yield KeyNumbers(_key_numbers(numbers))
        if lines := reasons(trace):
            yield Text("\n".join(lines))
        if "turnaround.mean" in numbers:
            yield Times(numbers)
        if jobs := jobs_of(trace):
            yield JobTable(jobs)
        yield from transfers(trace)
        yield from Components(_other_numbers(numbers), trace).parts()
        if trace.full and (len(trace.schedule) or len(trace.rotations) or len(trace.spans)):
            yield Gantt(trace)
        if 0 < len(trace.tasks) <= MOST_TASKS:
            yield Tasks(trace)

    def _title(self) -> str:
        meta = self._trace.meta
        scenario = meta.get("scenario", {})
        name = scenario.get("name", "") if isinstance(scenario, dict) else str(scenario)
        form = _("{scenario}: {policy}, seed {seed}, {time} simulated")
        return form.format(
            scenario=plain(name),
            policy=_policies(meta),
            seed=meta.get("seed", "?"),
            time=format_duration(meta.get("ended_at", 0)),
        )


class Times:
    """Waiting, response and turnaround, with as many of their statistics as fit."""

    def __init__(self, numbers: Metrics) -> None:
        self._numbers = numbers

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrow = options.max_width < _NARROW
        shown = ("mean", "p95", "max") if narrow else _STATISTICS
        table = summary_table()
        table.add_column(_("seconds"))
        for statistic in shown:
            table.add_column(_statistic(statistic), justify="right")
        for name in _TIMES:
            values = (seconds_number(self._numbers[f"{name}.{statistic}"]) for statistic in shown)
            table.add_row(_column_title(name), *values)
        yield table


class Tasks:
    """A row a task, with as many columns as fit, the most telling ones first."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = {name: [_column_title(name), *cells] for name, cells in self._columns().items()}
        left = ("id", "status", "machine")
        yield fitting_table(columns, options.max_width, _BY_IMPORTANCE, left)

    def _columns(self) -> dict[str, list[str]]:
        """Return the cells of each column that says something."""
        table = task_table(self._trace)
        columns = {name: [_cell(value) for value in table[name].tolist()] for name in _FIELDS}
        if len(set(columns["machine"])) == 1:
            del columns["machine"]
        if set(columns["status"]) == {"completed"}:
            del columns["status"]
        return columns


def _policies(meta: dict[str, Any]) -> str:
    """Return what schedules what."""
    levels = meta.get("schedulers")
    if not levels:
        return str(meta.get("policy", "?"))
    return _("guests {guests}, hosts {hosts}, {profile}").format(
        guests=" + ".join(levels["guests"]),
        hosts=" + ".join(levels["hosts"]),
        profile=plain(levels["profile"]),
    )


def _key_numbers(numbers: Metrics) -> list[tuple[str, str]]:
    pairs = [(_("tasks"), _tasks_in_words(numbers))]
    forms: dict[str, tuple[str, str]] = {
        "makespan": (_("makespan"), _("{number} s")),
        "throughput": (_("throughput"), _("{number} tasks/s")),
        "context_switches": (_("context switches"), "{number}"),
        "fairness.jain": (_("fairness (Jain)"), "{number}"),
    }
    for name, (label, form) in forms.items():
        if name in numbers:
            pairs.append((label, form.format(number=number(numbers[name]))))
    if "cpu.utilization" in numbers:
        pairs.append((_("CPU utilization"), percentage(numbers["cpu.utilization"])))
    return pairs


def _tasks_in_words(numbers: Metrics) -> str:
    forms = {
        "completed": _("{count} completed"),
        "rejected": _("{count} rejected"),
        "failed": _("{count} failed"),
        "inside": _("{count} still inside"),
    }
    words = [
        form.format(count=f"{count:,}")
        for status, form in forms.items()
        if (count := numbers[f"tasks.{status}"]) or status == "completed"
    ]
    return ", ".join(words)


def _other_numbers(numbers: Metrics) -> Metrics:
    """Return the metrics of components."""
    known = ("tasks.", *(f"{name}." for name in _TIMES), "fairness.")
    shown = {"makespan", "throughput", "cpu.utilization", "context_switches"}
    return {
        name: value
        for name, value in numbers.items()
        if not name.startswith(known) and name not in shown
    }


def _column_title(name: str) -> str:
    titles = {
        "id": _("task"),
        "arrival": _("arrival"),
        "work": _("work"),
        "start": _("start"),
        "finish": _("finish"),
        "waiting": _("waiting"),
        "response": _("response"),
        "turnaround": _("turnaround"),
        "status": _("status"),
        "machine": _("machine"),
    }
    return titles[name]


def _statistic(name: str) -> str:
    titles = {
        "mean": _("mean"),
        "p50": _("median"),
        "p95": _("95 %"),
        "p99": _("99 %"),
        "max": _("longest"),
    }
    return titles[name]


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return plain(value)
    return "" if value != value else seconds_number(value)  # NaN is not itself
