"""What was distributed, who listened, and which files are lost: tables and lines of a summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_size
from aio_sim.report.tables import fitting_table
from aio_sim.report.words import seconds_number

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from aio_sim.kernel.trace import Trace

MOST_ROWS: Final = 20
"""So many distributions, or adversaries, have a row; of more, the first."""
MOST_LINES: Final = 5
"""So many files that were lost or refused are told; the others are counted."""

IN_TABLES: Final = re.compile(r"distribution\..+\.(time|expected|bound)")
"""The metrics that the table tells."""

_EXCERPT: Final = 48
"""Letters of an excerpt that are shown."""


def transfers(trace: Trace) -> Iterator[RenderableType]:
    """Yield what there is to show of files, distributions and adversaries."""
    if lines := list(_files(trace.meta.get("files", {}))):
        yield Text("\n".join(lines))
    if spreads := trace.meta.get("distributions"):
        yield _Distributions(spreads)
    if taps := trace.meta.get("adversaries"):
        yield _Adversaries(taps)


class _Distributions:
    def __init__(self, spreads: Mapping[str, Any]) -> None:
        self._spreads = dict(list(spreads.items())[:MOST_ROWS])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        order = ("name", "time", "expected", "scheme", "reached", "bound")
        yield fitting_table(self._columns(), options.max_width, order, ("name", "scheme"))
        for name, spread in self._spreads.items():
            yield from map(Text, _missing(plain(name), spread.get("missing", {})))

    def _columns(self) -> dict[str, list[str]]:
        spreads = self._spreads.values()
        reached = [f"{spread['reached']} / {spread['targets']}" for spread in spreads]
        return {
            "name": [_("distribution"), *map(plain, self._spreads)],
            "scheme": [_("scheme"), *(spread["scheme"] for spread in spreads)],
            "reached": [_("hosts reached"), *reached],
            "time": [_("seconds"), *(_time(spread.get("time")) for spread in spreads)],
            "expected": [_("closed form"), *(_time(spread.get("expected")) for spread in spreads)],
            "bound": [_("lower bound"), *(_time(spread.get("bound")) for spread in spreads)],
        }


class _Adversaries:
    def __init__(self, taps: Sequence[Mapping[str, Any]]) -> None:
        self._taps = taps[:MOST_ROWS]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        order = ("link", "kind", "readable", "passed")
        yield fitting_table(self._columns(), options.max_width, order, ("link", "kind"))
        form = _("read on {link}: {text}")
        for tap in self._taps:
            if text := _excerpt(tap["excerpt"]):
                yield Text(form.format(link=plain(tap["link"]), text=text))

    def _columns(self) -> dict[str, list[str]]:
        kinds = {
            "eavesdropper": _("eavesdropper"),
            "tamperer": _("tamperer"),
            "replayer": _("replayer"),
        }
        taps = self._taps
        return {
            "link": [_("on the link"), *(plain(tap["link"]) for tap in taps)],
            "kind": [_("sits a"), *(kinds.get(tap["kind"], tap["kind"]) for tap in taps)],
            "passed": [_("who saw"), *(format_size(tap["passed"]) for tap in taps)],
            "readable": [_("could read"), *(format_size(tap["readable"]) for tap in taps)],
        }


def _files(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each file that is lost, was not to be read, fell short or was refused."""
    gone = told.get("unreadable", {})
    unread = {path: lost for path, lost in told.get("lost", {}).items() if path not in gone}
    for path, blocks in list(gone.items())[:MOST_LINES]:
        form = plural(
            "{path} is lost: block {blocks}", "{path} is lost: blocks {blocks}", len(blocks)
        )
        yield form.format(path=plain(path), blocks=_named(blocks))
    yield from _rest(len(gone), _("{count} more are lost"))
    for path, blocks in list(unread.items())[:MOST_LINES]:
        form = plural(
            "{path} was out of reach: block {blocks}",
            "{path} was out of reach: blocks {blocks}",
            len(blocks),
        )
        yield form.format(path=plain(path), blocks=_named(blocks))
    yield from _rest(len(unread), _("{count} more were out of reach"))
    for sentences in (told.get("short", ()), told.get("refused", ())):
        yield from map(plain, sentences[:MOST_LINES])
        yield from _rest(len(sentences), _("and {count} more such"))


def _named(blocks: Sequence[int]) -> str:
    """Return the numbers of blocks, the first of them."""
    named = ", ".join(map(str, blocks[:MOST_LINES]))
    more = _(" and {count} more").format(count=len(blocks) - MOST_LINES)
    return named + more * (len(blocks) > MOST_LINES)


def _missing(name: str, missing: Mapping[str, str]) -> Iterator[str]:
    for host, reason in list(missing.items())[:MOST_LINES]:
        form = _("{host} did not get {name}: {reason}")
        yield form.format(host=plain(host), name=name, reason=plain(reason))
    yield from _rest(len(missing), _("and {count} more did not"))


def _rest(count: int, form: str) -> Iterator[str]:
    if count > MOST_LINES:
        yield form.format(count=f"{count - MOST_LINES:,}")


def _time(time: float | None) -> str:
    return "" if time is None else seconds_number(time)


def _excerpt(text: str) -> str:
    return plain(" ".join(text.split()))[:_EXCERPT]
