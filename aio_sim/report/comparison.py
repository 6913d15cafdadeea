"""A comparison as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.statistics import Interval
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.report.console import console as standard_console
from aio_sim.report.results import finite
from aio_sim.report.tables import summary_table
from aio_sim.report.words import encodable, number, percentage

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table

    from aio_sim.analysis.comparison import Comparison, Variant

SCHEMA: Final = "aio-sim/compare/v1"
_ROUNDING: Final = 1e-9
"""A relative difference no larger is that of whole nanoseconds, and no effect of the variant."""


def comparison_result(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as `compare --json` prints it; null where one run tells no spread."""
    return {
        "schema": SCHEMA,
        "scenario": comparison.scenario,
        "seed": comparison.seed,
        "replications": comparison.replications,
        "variants": [
            {
                "values": variant.values,
                "metrics": _intervals(variant.metrics),
                "difference": _intervals(variant.difference),
            }
            for variant in comparison.variants
        ],
    }


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print a comparison to a console of rich (standard output where None)."""
    (console or standard_console()).print(ComparisonPage(comparison))


class ComparisonPage:
    """A table a metric: each variant's mean, and how it differs from the first variant."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in self._parts(options.ascii_only):
            yield from encodable(part, console, options)

    def _parts(self, ascii_only: bool) -> Iterator[RenderableType]:
        yield Text(self._title(), style="bold")
        paths = ", ".join(self._comparison.variants[0].values)
        yield Text(_("varied: {paths}").format(paths=plain(paths)))
        for name in self._comparison.shown:
            variants = [each for each in self._comparison.variants if name in each.metrics]
            if variants:
                yield Text("")
                yield self._table(name, variants, ascii_only)
        yield Text("")
        yield Text(_("difference: to the first variant, seed by seed"), style="dim")
        if self._comparison.replications > 1:
            form = _("{sign}: {confidence} confidence interval, *: it leaves 0 out")
            confidence = percentage(self._comparison.confidence)
            note = form.format(sign=_plus_minus(ascii_only), confidence=confidence)
            yield Text(note, style="dim")

    def _title(self) -> str:
        comparison = self._comparison
        form = plural(
            "{scenario}: {variants} variants, {count} replication, seed {seed}",
            "{scenario}: {variants} variants, {count} replications, seeds from {seed} on",
            comparison.replications,
        )
        return form.format(
            scenario=plain(comparison.scenario),
            variants=len(comparison.variants),
            count=comparison.replications,
            seed=comparison.seed,
        )

    def _table(self, name: str, variants: list[Variant], ascii_only: bool) -> Table:
        table = summary_table()
        table.add_column(name, overflow="fold")
        table.add_column(_("mean"), justify="right")
        table.add_column(_("difference"), justify="right")
        for variant in variants:
            table.add_row(
                Text(plain(variant.label)),
                Text(_interval(variant.metrics[name], ascii_only)),
                Text(_difference(variant, name, ascii_only)),
            )
        return table


def _plus_minus(ascii_only: bool) -> str:
    return "+-" if ascii_only else "±"


def _interval(interval: Interval, ascii_only: bool) -> str:
    half = interval.half_width
    if half is None:
        return number(interval.mean)
    return f"{number(interval.mean)} {_plus_minus(ascii_only)} {number(half)}"


def _difference(variant: Variant, name: str, ascii_only: bool) -> str:
    interval = variant.difference.get(name)
    if interval is None:
        return ""
    mark = "  "
    if abs(interval.mean) <= _ROUNDING * abs(variant.metrics[name].mean):
        interval = Interval(0, interval.low and 0, interval.high and 0)
    elif interval.excludes_zero:
        mark = " *"
    sign = "+" if interval.mean > 0 else ""
    return sign + _interval(interval, ascii_only) + mark


def _intervals(intervals: dict[str, Interval]) -> dict[str, dict[str, Any]]:
    return {
        name: {end: finite(value) for end, value in interval._asdict().items()}
        for name, interval in intervals.items()
    }
