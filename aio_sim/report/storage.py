"""The storage servers of a run: a row for each load, and one for each server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.report.tables import fitting_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, ConsoleOptions, RenderResult

    from aio_sim.analysis.metrics import Metrics
    from aio_sim.kernel.trace import Trace

MOST_SENTENCES: Final = 10
"""So many things that do not hold of the data are told; of more, the first."""

OF_LOADS: Final = (
    *("answered", "failed", "throughput"),
    *("latency.mean", "latency.p50", "latency.p95", "latency.p99", "latency.max", "violations"),
)
OF_SERVERS: Final = (
    *("hit_rate", "disk.utilization", "commits_per_flush", "write_amplification", "lock_waits"),
    *("restarts", "lost", "recovery.max", "cpu", "pages_read", "pages_written"),
    *("steps", "bytes_per_record"),
)
ALWAYS: Final = ("answered", "throughput", "hit_rate", "disk.utilization")
"""The columns that are there even where all is 0."""
_BY_IMPORTANCE: Final = (
    *("name", "answered", "throughput", "latency.mean", "latency.p99", "failed", "violations"),
    *("hit_rate", "disk.utilization", "lost", "recovery.max", "commits_per_flush"),
    *("write_amplification", "latency.p50", "latency.p95", "latency.max", *OF_SERVERS),
)


def storage_of(trace: Trace) -> Mapping[str, Sequence[str]]:
    """Return the names of the storage servers and loads of a trace, none where it has none."""
    storage: Mapping[str, Sequence[str]] = trace.meta.get("storage", {})
    return storage


def in_a_row(name: str, storage: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a metric is one of a server or load that has a row."""
    return any(name.startswith(f"storage.{each}.") for names in storage.values() for each in names)


class StorageTables:
    """The tables of loads and servers; `told` writes a metric in its unit."""

    def __init__(self, trace: Trace, numbers: Metrics, told: Callable[[str, float], str]) -> None:
        self._storage = storage_of(trace)
        self._violations: Mapping[str, Sequence[str]] = trace.meta.get("storage_violations", {})
        self._numbers = numbers
        self._told = told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for kind, columns, title in (
            ("loads", OF_LOADS, _("load")),
            ("servers", OF_SERVERS, _("storage server")),
        ):
            if names := self._storage.get(kind):
                shown = {"name": [title, *map(plain, names)], **self._columns(names, columns)}
                if kind == "servers":
                    yield Text()
                yield fitting_table(shown, options.max_width, _BY_IMPORTANCE, ("name",))
        sentences = [
            f"{name}: {sentence}" for name, found in self._violations.items() for sentence in found
        ]
        for sentence in sentences[:MOST_SENTENCES]:
            yield Text(plain(sentence))
        if more := len(sentences[MOST_SENTENCES:]):
            form = plural("and {more} more of this kind", "and {more} more of this kind", more)
            yield Text(form.format(more=more), style="dim")

    def _columns(self, names: Sequence[str], columns: Sequence[str]) -> dict[str, list[str]]:
        shown: dict[str, list[str]] = {}
        for column in columns:
            values: list[Any] = [self._numbers.get(f"storage.{name}.{column}") for name in names]
            if any(values) or (column in ALWAYS and values != [None] * len(values)):
                shown[column] = [_title(column), *self._cells(column, values)]
        return shown

    def _cells(self, column: str, values: Sequence[float | None]) -> Iterator[str]:
        for value in values:
            yield "" if value is None else self._told(f"storage..{column}", value)


def _title(column: str) -> str:
    titles = {
        "answered": _("answered"),
        "failed": _("failed"),
        "throughput": _("a second"),
        "latency.mean": _("mean"),
        "latency.p50": "p50",
        "latency.p95": "p95",
        "latency.p99": "p99",
        "latency.max": _("max"),
        "violations": _("violations"),
        "hit_rate": _("hit rate"),
        "disk.utilization": _("disk busy"),
        "commits_per_flush": _("commits a flush"),
        "write_amplification": _("amplification"),
        "lock_waits": _("lock waits"),
        "restarts": _("restarts"),
        "lost": _("lost"),
        "recovery.max": _("recovery"),
        "cpu": _("CPU time"),
        "pages_read": _("pages read"),
        "pages_written": _("pages written"),
        "steps": _("steps"),
        "bytes_per_record": _("bytes a record"),
    }
    return titles[column]
