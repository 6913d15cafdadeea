"""The containers of a run: a row each, and what could not be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

MOST_CONTAINERS: Final = 20
"""So many containers have a row; of more, the first."""

ALWAYS: Final = ("served", "cpu", "memory.peak")
"""The columns that are there even where all is 0."""

COLUMNS: Final = (
    *("served", "lost", "cpu", "throttled", "memory.peak", "oom_kills", "restarts"),
    *("processes.most", "processes.refused"),
)
_BY_IMPORTANCE: Final = (
    *("container", "served", "lost", "cpu", "throttled", "memory.peak", "oom_kills"),
    *("processes.refused", "restarts", "state", "processes.most", "on"),
)


def containers_of(trace: Trace) -> Mapping[str, Mapping[str, Any]]:
    """Return what a trace tells of its containers, by their names."""
    containers: Mapping[str, Mapping[str, Any]] = trace.meta.get("containers", {})
    return containers


def in_a_row(name: str, containers: Mapping[str, Any]) -> bool:
    """Return whether a metric is one of a container that has a row."""
    family, _dot, rest = name.partition(".")
    if family != "container":
        return False
    return any(rest.startswith(f"{each}.") for each in containers)


class ContainerTable:
    """A row a container; `told` writes a metric in its unit."""

    def __init__(
        self,
        containers: Mapping[str, Mapping[str, Any]],
        numbers: Metrics,
        told: Callable[[str, float], str],
    ) -> None:
        self._containers = dict(list(containers.items())[:MOST_CONTAINERS])
        self._more = len(containers) - len(self._containers)
        self._numbers = numbers
        self._told = told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        left = ("container", "on", "state")
        yield fitting_table(self._columns(), options.max_width, _BY_IMPORTANCE, left)
        if self._more:
            form = plural("and {more} more container", "and {more} more containers", self._more)
            yield Text(form.format(more=self._more), style="dim")
        for name, told in self._containers.items():
            if reason := told.get("refusal"):
                form = _("{container} could not be made: {reason}")
                yield Text(form.format(container=plain(name), reason=plain(reason)))

    def _columns(self) -> dict[str, list[str]]:
        names = list(self._containers)
        columns = {
            "container": [_("container"), *map(plain, names)],
            "on": [_("on"), *(plain(each["on"]) for each in self._containers.values())],
        }
        for column in COLUMNS:
            metrics = [f"container.{name}.{column}" for name in names]
            values = [self._numbers.get(metric, 0) for metric in metrics]
            if any(values) or column in ALWAYS:
                told = zip(metrics, values, strict=True)
                columns[column] = [_title(column), *(self._told(*each) for each in told)]
        columns["state"] = [_("at the end"), *self._states()]
        return columns

    def _states(self) -> Iterator[str]:
        for each in self._containers.values():
            code = each.get("exit_code")
            state = plain(each["state"])
            yield state if code is None else _("{state}, {code}").format(state=state, code=code)


def _title(column: str) -> str:
    titles = {
        "served": _("served"),
        "lost": _("lost"),
        "cpu": _("CPU time"),
        "throttled": _("throttled"),
        "memory.peak": _("peak memory"),
        "oom_kills": _("OOM kills"),
        "restarts": _("restarts"),
        "processes.most": _("most processes"),
        "processes.refused": _("forks refused"),
    }
    return titles[column]
