"""The platform of a run: a row a deployment, what its autoscalers did, what is not as wanted."""

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

MOST_DEPLOYMENTS: Final = 20
"""So many deployments have a row; of more, the first."""

MOST_LINES: Final = 5
"""So many decisions and troubles are told; of more, the first."""

COLUMNS: Final = ("replicas", "replicas.most", "ready", "served", "lost")
_BY_IMPORTANCE: Final = (
    *("deployment", "replicas", "ready", "served", "lost", "replicas.most", "image", "namespace"),
)


def platform_of(trace: Trace) -> Mapping[str, Any]:
    """Return what a trace tells of its platform; nothing where there is none."""
    told: Mapping[str, Any] = trace.meta.get("platform", {})
    return told


def in_a_row(name: str, platform: Mapping[str, Any]) -> bool:
    """Return whether a metric is one of a deployment that has a row."""
    return any(
        name in {f"container.{each['name']}.{column}" for column in COLUMNS}
        for each in platform.get("deployments", ())
    )


class PlatformTable:
    """A row a deployment; `told` writes a metric in its unit."""

    def __init__(
        self, platform: Mapping[str, Any], numbers: Metrics, told: Callable[[str, float], str]
    ) -> None:
        self._platform = platform
        self._deployments = platform["deployments"][:MOST_DEPLOYMENTS]
        self._numbers = numbers
        self._told = told

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        left = ("deployment", "image", "namespace")
        yield fitting_table(self._columns(), options.max_width, _BY_IMPORTANCE, left)
        if more := len(self._platform["deployments"]) - len(self._deployments):
            form = plural("and {more} more deployment", "and {more} more deployments", more)
            yield Text(form.format(more=more), style="dim")
        yield from _first(list(self._decisions()))
        yield from _first([plain(trouble) for trouble in self._platform["troubles"]])

    def _columns(self) -> dict[str, list[str]]:
        columns = {
            "deployment": [_("deployment"), *self._words("name")],
            "namespace": [_("namespace"), *self._words("namespace")],
            "image": [_("image"), *self._words("image")],
        }
        for column in COLUMNS:
            metrics = [f"container.{each['name']}.{column}" for each in self._deployments]
            cells = [self._told(metric, self._numbers.get(metric, 0)) for metric in metrics]
            columns[column] = [_title(column), *cells]
        if set(columns["namespace"][1:]) == {"default"}:
            del columns["namespace"]
        if columns["replicas"][1:] == columns["replicas.most"][1:]:
            del columns["replicas.most"]
        return columns

    def _words(self, field: str) -> Iterator[str]:
        return (plain(each[field]) for each in self._deployments)

    def _decisions(self) -> Iterator[str]:
        """Yield what the autoscaler of each deployment made of its replicas, a line each."""
        changes: dict[str, list[str]] = {}
        for each in self._platform["decisions"]:
            told = _("{replicas} at {time:g} s").format(replicas=each["replicas"], time=each["at"])
            changes.setdefault(each["deployment"], []).append(told)
        for name, steps in changes.items():
            shown, more = steps[: 2 * MOST_LINES], len(steps) - 2 * MOST_LINES
            if more > 0:
                shown.append(plural("{more} more", "{more} more", more).format(more=more))
            form = _("replicas of {name} by its autoscaler: {steps}")
            yield form.format(name=plain(name), steps=", ".join(shown))


def _first(lines: list[str]) -> Iterator[Text]:
    for line in lines[:MOST_LINES]:
        yield Text(line)
    if (more := len(lines) - MOST_LINES) > 0:
        yield Text(
            plural("and {more} more", "and {more} more", more).format(more=more), style="dim"
        )


def _title(column: str) -> str:
    titles = {
        "replicas": _("replicas"),
        "replicas.most": _("at most"),
        "ready": _("ready"),
        "served": _("served"),
        "lost": _("lost"),
    }
    return titles[column]
