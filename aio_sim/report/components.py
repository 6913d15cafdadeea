"""The numbers of components in a summary: a group a family, in their units."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from aio_sim.analysis.levels import Levels
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_size
from aio_sim.report import backups, platform, storage
from aio_sim.report.containers import ContainerTable, containers_of, in_a_row
from aio_sim.report.jobs import TOLD
from aio_sim.report.tables import KeyNumbers, Pairs, fitting_table
from aio_sim.report.transfers import IN_TABLES
from aio_sim.report.words import number, percentage, seconds_number

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from aio_sim.analysis.metrics import Metrics
    from aio_sim.kernel.trace import Trace

MOST_MACHINES: Final = 20
"""So many virtual machines have a row; of more, the first."""
MOST_LINKS: Final = 8
"""Up to so many links are told one by one."""

_FAMILIES: Final = ("vm.migration.", "vm.", "image.copy.")
_RESOURCES: Final = ("allocation.", "cores.", "disk.", "memory.mean", "memory.peak")
_LINK: Final = re.compile(r"network\..+\.utilization")


def _any_of(*patterns: str) -> re.Pattern[str]:
    """Return the pattern of all names that one of these, each of a family, fits."""
    return re.compile("|".join(patterns))


_SIZES: Final = _any_of(
    r"(memory|disk)\.(mean|peak)",
    r"memory\.(read|written|copied)",
    r"network\.bytes",
    r"vm\.migration\.(bytes|wasted)",
    r"vm\..*\.swapped_(in|out)",
    r"vm\.(?!overcommit\.memory).*\.memory",
    r"image\.copy\.(payload|sent)",
    r"mapreduce\..*\.bytes",
    r"backup\.(.*\.)?(read|stored|log_bytes|kept(\.max)?|set_aside|recovery_read)",
    r"container\.(pods\.)?pulled",
    r"storage\..*\.(payload|written|log_bytes|((read|write)\.)?bytes|bytes_per_record)",
    r"dfs\.(bytes\.(stored|written|read)|(repair|balance)\.bytes|(put|get)\.throughput)",
    r"dispatch\.input\.bytes|security\.(bytes|overhead|resent|passed|readable)",
    r"container\..*\.(memory\.(peak|reclaimed)|files(\.copied)?)",
)
_SECONDS: Final = _any_of(
    r"switching\.time",
    r"host\.downtime",
    r"vm\.boot\.(mean|max)",
    r"vm\.throttled",
    r"vm\.migration\.(time|downtime|lost)",
    r"vm\..*\.(running|paused|busy|steal|throttled)",
    r"image\.copy\.time",
    r"dfs\.(put|get)\.time\..*|dispatch\.input\.time|distribution\..*time\.max",
    r"security\.(encryption|decryption)\.time",
    r"mapreduce\..*time(\.(mean|max))?",
    r"storage\..*\.(without_primary|failover\.(mean|max)|latency\.(mean|p\d+|max)|cpu|disk)",
    r"storage\..*\.recovery\.(mean|max)",
    r"backup\.(.*\.)?(exposure\.max|duration\.(mean|max)|recovery_(point|time))",
    r"container\.(throttled|(?!pods\.refused)(.*\.)?(cpu|throttled)|(pods\.)?start\.(mean|max))",
)
_SHARES: Final = _any_of(
    r"network\.(.+\.utilization|utilization\.max)",
    r"storage\..*\.(hit_rate|disk\.utilization)",
    r"memory\.(fault_rate|internal_fragmentation|external_fragmentation)",
)
_SEGMENTATION: Final = re.compile(
    r"memory\.(compactions|copied|holes|blocks|external_fragmentation)"
)
_COLUMNS: Final = (
    "running",
    "paused",
    "busy",
    "steal",
    "throttled",
    "swapped_in",
    "swapped_out",
    "memory",
)


class Components:
    """Numbers under their own names, family by family, and a table of the virtual machines."""

    def __init__(self, numbers: Metrics, trace: Trace) -> None:
        self._machines = machine_columns(numbers, trace)
        self._containers = containers_of(trace)
        self._numbers = numbers
        self._trace = trace
        self._platform = platform.platform_of(trace)
        self._has_backups = bool(backups.backups_of(trace))
        rows = {f"vm.{name}.{column}" for name in Levels(trace).guests for column in _COLUMNS}
        self._others = {
            name: value
            for name, value in numbers.items()
            if name not in rows
            and (TOLD.fullmatch(name) or not name.startswith("mapreduce."))
            and (value or not name.startswith(("container.", "backup.", "dfs.", "security.")))
            and not in_a_row(name, self._containers)
            and not platform.in_a_row(name, self._platform)
            and not IN_TABLES.fullmatch(name)
            and not backups.in_a_row(name, backups.backups_of(trace))
            and not storage.in_a_row(name, storage.storage_of(trace))
        }

    def parts(self) -> Iterator[RenderableType]:
        """Yield what there is to show."""
        if groups := self._groups():
            yield KeyNumbers(*groups.values(), headings=self._headings(list(groups)))
        if self._machines:
            yield _MachineTable(self._machines)
        if storage.storage_of(self._trace):
            yield storage.StorageTables(self._trace, self._numbers, in_its_unit)
        if self._has_backups:
            yield backups.BackupTable(self._trace, in_its_unit)
        if self._containers:
            yield ContainerTable(self._containers, self._numbers, in_its_unit)
        if self._platform:
            yield platform.PlatformTable(self._platform, self._numbers, in_its_unit)

    def _headings(self, families: list[str]) -> list[str]:
        """Return a heading for each family, none at all where there are no machines on hosts."""
        guests = self._machines or self._containers or self._platform
        return [_heading(family) for family in families] if guests else []

    def _groups(self) -> dict[str, Pairs]:
        links = [name for name in self._others if _LINK.fullmatch(name)]
        hidden = set(links) if len(links) > MOST_LINKS else set()
        families: dict[str, list[tuple[str, str]]] = {}
        told = {_topic(name) for name, value in self._others.items() if value}
        for name in sorted(self._others):
            if name not in hidden and _topic(name) in told:
                pair = plain(name), in_its_unit(name, self._others[name])
                families.setdefault(_family(name), []).append(pair)
        return {family: families[family] for family in sorted(families)}


class _MachineTable:
    def __init__(self, columns: dict[str, list[str]]) -> None:
        self._columns = columns

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        importance = ("machine", "busy", "running", "steal", *_COLUMNS)
        shown = {name: cells[: MOST_MACHINES + 1] for name, cells in self._columns.items()}
        yield fitting_table(shown, options.max_width, importance, ("machine",))
        if more := len(self._columns["machine"]) - len(shown["machine"]):
            form = plural("and {more} more machine", "and {more} more machines", more)
            yield Text(form.format(more=more), style="dim")


def machine_columns(numbers: Metrics, trace: Trace) -> dict[str, list[str]]:
    """Return a table of the virtual machines: its columns by name, each a title and its cells.

    What is 0 for all of them is left out; nothing where there are none, or too many to be counted.
    """
    machines = [name for name in Levels(trace).guests if f"vm.{name}.busy" in numbers]
    if not machines:
        return {}
    columns = {"machine": [_("virtual machine"), *map(plain, machines)]}
    for column in _COLUMNS:
        values = [numbers.get(f"vm.{name}.{column}", 0) for name in machines]
        if any(values) or column in ("running", "busy"):
            columns[column] = [_title(column), *_cells(column, values)]
    return columns


def _cells(column: str, values: list[float]) -> list[str]:
    """Return the cells of a column; a machine that has all its memory has none of what is left."""
    told = [in_its_unit(f"vm..{column}", value) for value in values]
    if column != "memory":
        return told
    return [cell if value else "" for cell, value in zip(told, values, strict=True)]


def in_its_unit(name: str, value: float) -> str:
    """Return the value of a metric as a person reads it: `12.5 s`, `1.5 GiB`, `30 %`."""
    forms: dict[re.Pattern[str], Callable[[float], str]] = {
        _SIZES: lambda size: format_size(round(size)),
        _SECONDS: _seconds,
        _SHARES: percentage,
    }
    for pattern, form in forms.items():
        if pattern.fullmatch(name):
            return form(value)
    return number(value)


def _seconds(time: float) -> str:
    told = seconds_number(time)
    return told if " " in told else _("{number} s").format(number=told)


def _family(name: str) -> str:
    if name.startswith(_RESOURCES):
        return "allocation."
    known = next((family for family in _FAMILIES if name.startswith(family)), None)
    return known or name.partition(".")[0]


def _topic(name: str) -> str:
    """Return what a metric is told with or, where all of that is 0, left out with."""
    if _SEGMENTATION.fullmatch(name):
        return "segmentation"
    if name.startswith("memory.") and not name.startswith(_RESOURCES):
        return "guest memory"
    return "network" if name.startswith("network.") else name.rpartition(".")[0]


def _heading(family: str) -> str:
    headings = {
        "allocation.": _("lent by hosts"),
        "memory": _("in guests' memory"),
        "vm.": _("virtual machines"),
        "vm.migration.": _("migrations"),
        "image.copy.": _("copies of images"),
        "mapreduce": _("MapReduce"),
        "container": _("containers"),
        "dfs": _("files"),
        "distribution": _("distributions"),
        "security": _("encryption and adversaries"),
        "backup": _("backups"),
        "network": _("network"),
        "switching": _("context switches"),
        "host": _("hosts that died"),
    }
    return headings.get(family, family.strip("."))


def _title(column: str) -> str:
    titles = {
        "running": _("running"),
        "paused": _("paused"),
        "busy": _("busy"),
        "steal": _("steal"),
        "throttled": _("throttled"),
        "swapped_in": _("swapped in"),
        "swapped_out": _("swapped out"),
        "memory": _("memory left"),
    }
    return titles[column]
