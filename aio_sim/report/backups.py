"""The backups of a run: a row for each of several services, and what each recovery gave back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration
from aio_sim.report.tables import fitting_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, ConsoleOptions, RenderResult

    from aio_sim.kernel.trace import Trace

MOST_REMARKS: Final = 20
"""So many recoveries are told; of more, the first."""

COLUMNS: Final = (
    *("count", "failed", "skipped", "kept", "duration.max", "exposure.max"),
    *("recovery_point", "recovery_time", "ratio", "log_bytes", "merged"),
)
ALWAYS: Final = ("count", "kept", "duration.max")
"""The columns that are there even where all is 0."""
_BY_IMPORTANCE: Final = (
    *("backup", "kept", "duration.max", "recovery_point", "recovery_time", "failed", "count"),
    *("exposure.max", "ratio", "log_bytes", "skipped", "merged"),
)


def backups_of(trace: Trace) -> Mapping[str, Mapping[str, float]]:
    """Return the numbers of the backup services of a trace, by name."""
    backups: Mapping[str, Mapping[str, float]] = trace.meta.get("backups", {})
    return backups


def in_a_row(name: str, backups: Mapping[str, Any]) -> bool:
    """Return whether a metric is one of a service that has a row."""
    return any(name.startswith(f"backup.{each}.") for each in backups if len(backups) > 1)


class BackupTable:
    """A row a service where there are several, and a line a recovery; `told` writes a metric."""

    def __init__(self, trace: Trace, told: Callable[[str, float], str]) -> None:
        self._backups = backups_of(trace)
        self._recoveries: list[Mapping[str, Any]] = trace.meta.get("recoveries", [])
        self._told = told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if len(self._backups) > 1:
            table = fitting_table(self._columns(), options.max_width, _BY_IMPORTANCE, ("backup",))
            yield table
        for recovery in self._recoveries[:MOST_REMARKS]:
            yield Text(_sentence(recovery))
        if more := len(self._recoveries[MOST_REMARKS:]):
            form = plural("and {more} more recovery", "and {more} more recoveries", more)
            yield Text(form.format(more=more), style="dim")

    def _columns(self) -> dict[str, list[str]]:
        columns = {"backup": [_("backups of"), *map(plain, self._backups)]}
        for column in COLUMNS:
            values = [numbers.get(column) for numbers in self._backups.values()]
            if any(values) or column in ALWAYS:
                columns[column] = [_title(column), *self._cells(column, values)]
        return columns

    def _cells(self, column: str, values: list[float | None]) -> Iterator[str]:
        for value in values:
            yield "" if value is None else self._told(f"backup..{column}", value)


def _sentence(recovery: Mapping[str, Any]) -> str:
    name, at = plain(recovery["backup"]), _time(recovery["at"])
    if recovery["reason"]:
        form = _("{name}, {disaster} at {at}: nothing is restored: {reason}")
        return form.format(
            name=name, disaster=_disaster(recovery), at=at, reason=plain(recovery["reason"])
        )
    form = _("{name}, {disaster} at {at}: {lost} of writes lost, back in {took}, {promise}")
    told = form.format(
        name=name,
        disaster=_disaster(recovery),
        at=at,
        lost=_time(recovery["lost"]),
        took=_time(recovery["took"]),
        promise=_("as promised") if recovery["promise_kept"] else _("not as promised"),
    )
    return "; ".join([told, *map(plain, recovery["faults"])])


def _disaster(recovery: Mapping[str, Any]) -> str:
    words = {"disk_lost": _("disk lost"), "corruption": _("corruption")}
    return words.get(recovery["disaster"], plain(recovery["disaster"]))


def _time(seconds: float) -> str:
    return format_duration(round(seconds * 1e9))


def _title(column: str) -> str:
    titles = {
        "count": _("taken"),
        "failed": _("failed"),
        "skipped": _("skipped"),
        "kept": _("kept"),
        "duration.max": _("window"),
        "exposure.max": _("at risk"),
        "recovery_point": _("lost"),
        "recovery_time": _("back in"),
        "ratio": _("ratio"),
        "log_bytes": _("log"),
        "merged": _("merged"),
    }
    return titles[column]
