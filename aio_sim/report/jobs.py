"""The MapReduce jobs of a run: a row each, and what failed or was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.report.tables import fitting_table
from aio_sim.report.words import seconds_number

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from aio_sim.kernel.trace import Trace

MOST_JOBS: Final = 20
"""So many jobs have a row; of more, the first."""

TOLD: Final = re.compile(
    r"mapreduce\.(failed|shuffled\.bytes|skipped\.records"
    r"|tasks\.(attempts|backups\.won|failed|lost|preempted|nodes\.dead|local|rack|remote))"
)
"""The metrics that a summary tells beside the table; --json has them all."""

_CHECKSUM: Final = 12
"""Hexadecimal digits of a checksum that a table shows."""

_COUNTERS: Final = ("maps", "reduces", "reexecuted", "backups")
_BY_IMPORTANCE: Final = ("job", "time", "reexecuted", "backups", "maps", "reduces", "pairs", "sha")


def jobs_of(trace: Trace) -> Mapping[str, Any]:
    """Return what a trace tells of its jobs, by their names."""
    jobs: Mapping[str, Any] = trace.meta.get("mapreduce", {})
    return jobs


class JobTable:
    """A row a job; below, why jobs failed and which records they left out."""

    def __init__(self, jobs: Mapping[str, Any]) -> None:
        self._jobs = dict(list(jobs.items())[:MOST_JOBS])
        self._more = len(jobs) - len(self._jobs)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield fitting_table(self._columns(), options.max_width, _BY_IMPORTANCE, ("job",))
        if self._more:
            form = plural("and {more} more job", "and {more} more jobs", self._more)
            yield Text(form.format(more=self._more), style="dim")
        for line in self._remarks():
            yield Text(line)

    def _columns(self) -> dict[str, list[str]]:
        titles = {
            "maps": _("maps"),
            "reduces": _("reduces"),
            "reexecuted": _("re-executed"),
            "backups": _("backups"),
        }
        jobs = self._jobs.values()
        columns = {
            "job": [_("job"), *map(plain, self._jobs)],
            "time": [_("seconds"), *(_time(job) for job in jobs)],
        }
        for name in _COUNTERS:
            cells = (str(job.get("counters", {}).get(f"tasks.{name}", "")) for job in jobs)
            columns[name] = [titles[name], *cells]
        columns["pairs"] = [_("pairs"), *(str(job.get("pairs", "")) for job in jobs)]
        columns["sha"] = [_("SHA-256 of the output"), *(_checksum(job) for job in jobs)]
        return columns

    def _remarks(self) -> Iterator[str]:
        for name, job in self._jobs.items():
            if failure := job.get("failure"):
                form = _("{job} has no output: {reason}")
                yield form.format(job=plain(name), reason=plain(failure))
            for failure in job.get("skipped", ()):
                yield _("{job} left out: {reason}").format(job=plain(name), reason=plain(failure))


def _time(job: Mapping[str, Any]) -> str:
    return seconds_number(job["time"]) if "time" in job else _("failed")


def _checksum(job: Mapping[str, Any]) -> str:
    return str(job.get("sha256", ""))[:_CHECKSUM]
