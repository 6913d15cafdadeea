"""A Gantt chart of the cores for a terminal: as wide as it is, and readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from aio_sim.analysis.board import SEVERAL
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.report.cells import core_shares, loads, occupants
from aio_sim.report.lanes import IDLE, MOSTLY_IDLE, STANDS_STILL, SWITCH, Chart, Lane, chart
from aio_sim.report.lettering import Lettering
from aio_sim.report.scale import Scale, axis, fit

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from aio_sim.kernel.trace import Trace

_NARROWEST: Final = 10
_COLOURS: Final = (
    "cyan",
    "yellow",
    "green",
    "magenta",
    "blue",
    "red",
    "bright_cyan",
    "bright_yellow",
)
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_TENTHS: Final = " 123456789#"


class Gantt:
    """The chart of a trace, to be printed by rich."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        finest = max(self._trace.meta.get("ended_at", 0), 0) // max(width, 1)
        drawn = chart(self._trace, finest)
        labels = max((cell_len(lane.label) for lane in drawn.lanes), default=0)
        label_width = min(labels, width // 3) + 1
        if not drawn.stays or width - label_width < _NARROWEST:
            return
        picture = Picture(self._trace, drawn, width - label_width, options.ascii_only)
        yield Text(_("Time in {unit}").format(unit=picture.unit), style="bold")
        for level, rows in groupby(picture.rows(), key=lambda row: row[0].guest):
            if any(lane.guest for lane in drawn.lanes):
                title = _guests(self._trace) if level else _("hosts")
                yield _one_line(Text(title, style="dim"))
            yield from self._rows(rows, label_width)
        yield _one_line(Text(" " * label_width + picture.axis, style="dim"))
        for items in picture.legend():
            for line in _wrapped(items, width):
                yield Text(line, style="dim")

    def _rows(self, rows: Iterable[tuple[Lane, Text]], label_width: int) -> Iterator[Text]:
        for lane, cells in rows:
            row = Text(set_cell_size(plain(lane.label), label_width - 1) + " ", style="bold")
            row.append_text(cells)
            yield _one_line(row)


def _guests(trace: Trace) -> str:
    """Return what stands on the hosts, for a heading."""
    scenario = trace.meta.get("scenario", {})
    if not isinstance(scenario, dict) or not (
        scenario.get("containers") or scenario.get("platform")
    ):
        return _("virtual machines")
    return _("virtual machines and containers") if scenario.get("vms") else _("containers")


class Picture:
    """What a chart looks like at a width: names where they fit, else letters, else loads."""

    def __init__(self, trace: Trace, drawn: Chart, width: int, ascii_only: bool) -> None:
        self._chart = drawn
        self._ascii = ascii_only
        self.scale = _scale(drawn, width)
        self.axis, self.unit = axis(self.scale, width)
        self._cells = [(lane, occupants(lane, self.scale)) for lane in drawn.cores]
        self._lettering = Lettering(trace, self._cells)

    def rows(self) -> list[tuple[Lane, Text]]:
        """Return each row with its cells, those of hosts first."""
        rows = [(lane, self._core_row(lane, cells)) for lane, cells in self._cells]
        for number, lane in enumerate(self._chart.processes):
            shares = core_shares(lane, self.scale)
            rows.append((lane, Text(self._heights(shares), style=_colour(number))))
        return sorted(rows, key=lambda row: row[0].guest)

    def legend(self) -> Iterator[list[str]]:
        """Yield what the characters stand for, and what was left out."""
        yield self._signs()
        yield from self._lettering.legend()
        if more := self._chart.more_cores:
            yield [
                plural(
                    "{more} more core, less busy, is not shown",
                    "{more} more cores, less busy, are not shown",
                    more,
                ).format(more=more)
            ]
        if more := self._chart.more_virtual_cores:
            yield [
                plural(
                    "{more} more virtual core, less busy, is not shown",
                    "{more} more virtual cores, less busy, are not shown",
                    more,
                ).format(more=more)
            ]
        if more := self._chart.more_processes:
            yield [
                plural(
                    "{more} more process, which came later, is not shown",
                    "{more} more processes, which came later, are not shown",
                    more,
                ).format(more=more)
            ]

    def _core_row(self, lane: Lane, cells: list[int]) -> Text:
        if not self._lettering.shows(lane):
            return Text(self._heights(loads(lane, self.scale)), style="cyan")
        row = Text()
        for occupant, group in groupby(cells):
            row.append(self._stretch(occupant, len(list(group))), style=_style(occupant))
        return row

    def _stretch(self, occupant: int, length: int) -> str:
        if occupant >= 0:
            return self._lettering.stretch(occupant, length)
        return self._sign(occupant) * length

    def _sign(self, occupant: int) -> str:
        signs = {
            IDLE: "." if self._ascii else "·",
            MOSTLY_IDLE: ":",
            SWITCH: "/",
            SEVERAL: "+",
            STANDS_STILL: "-",
        }
        return signs[occupant]

    def _signs(self) -> list[str]:
        """Return what each sign in the picture means."""
        words = {
            IDLE: _("idle"),
            MOSTLY_IDLE: _("mostly idle"),
            SWITCH: _("context switch"),
            SEVERAL: _("several in turn"),
            STANDS_STILL: _("stands still"),
        }
        seen = self._lettering.seen
        signs = [f"{self._sign(each)} = {word}" for each, word in words.items() if each in seen]
        if not all(self._lettering.shows(lane) for lane, _cells in self._cells):
            signs += [_("digits = tenths of a core") if self._ascii else _("height = load")]
        if self._chart.processes:
            height = _("height = share of a core")
            signs.append(_("digits = tenths of a core, # = all") if self._ascii else height)
        return signs

    def _heights(self, shares: list[float]) -> str:
        """Return a character for each share from 0 to 1; none at all is the sign of idling."""
        ramp = _TENTHS if self._ascii else _EIGHTHS
        top = len(ramp) - 1
        return "".join(
            ramp[max(round(share * top), 1)] if share > 0 else self._sign(IDLE) for share in shares
        )


def _scale(drawn: Chart, width: int) -> Scale:
    stays = drawn.stays
    end = max(drawn.until, *(stay.end for stay in stays))
    start = min(stay.start for stay in stays)
    if start < end // 2:
        start = 0
    edges = (edge for stay in stays for edge in (stay.start, stay.start + stay.cost, stay.end))
    return fit(start, end, edges, width)


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _style(occupant: int) -> str:
    return _colour(occupant) if occupant >= 0 else "dim"


def _wrapped(items: list[str], width: int) -> Iterator[str]:
    """Yield lines of items with commas between them; an item is not broken."""
    line = ""
    for item in items:
        if line and cell_len(line) + cell_len(item) + 3 > width:
            yield line + ","
            line = ""
        line = f"{line}, {item}" if line else item
    if line:
        yield line


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "crop"
    return text
