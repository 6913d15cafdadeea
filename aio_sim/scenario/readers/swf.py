"""The Standard Workload Format of the Parallel Workloads Archive, version 2.2.

Eighteen numbers a job, -1 for what is not known, `;` before a comment (Chapin et al., Benchmarks
and standards for the evaluation of parallel job schedulers, JSSPP 1999;
www.cs.huji.ac.il/labs/parallel/workload/swf.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario.readers import text_file
from aio_sim.scenario.readers.numbers import SECOND, FieldError, exact, scaled, whole
from aio_sim.scenario.readers.rows import Rows, Skips, text_column
from aio_sim.scenario.readers.terms import Tenants

FIELDS: Final = (
    "job number",
    "submit time",
    "wait time",
    "run time",
    "allocated processors",
    "average CPU time",
    "used memory",
    "requested processors",
    "requested time",
    "requested memory",
    "status",
    "user",
    "group",
    "application",
    "queue",
    "partition",
    "preceding job",
    "think time",
)
JOB, SUBMIT, RUN, USED, USED_MEMORY, ASKED, ASKED_TIME, ASKED_MEMORY = 0, 1, 3, 4, 6, 7, 8, 9
TENANTS: Final[Mapping[Tenants, int]] = {"user": 11, "group": 12, "queue": 14, "partition": 15}

_TIMES: Final = (SUBMIT, RUN, ASKED_TIME)
_MEMORIES: Final = (USED_MEMORY, ASKED_MEMORY)
_WHOLES: Final = (JOB, USED, ASKED, *TENANTS.values())
_LOOKED_AT: Final = (*_WHOLES, *_TIMES, *_MEMORIES)
# Beyond these a field times 10**9 ns, or KiB times processors, might not fit 64 bits.
_LARGEST_TIME: Final = LARGEST // SECOND
_LARGEST_WHOLE: Final = 2**53
_KIBIBYTE: Final = 1024

Jobs = npt.NDArray[np.int64]
"""Shape (jobs, 18): times in nanoseconds, memory in whole KiB, other fields as in the file, those
that are not used 0."""


@dataclass(frozen=True)
class Header:
    """What the comments at the top of a log say of the machine."""

    max_procs: int | None
    max_nodes: int | None
    unix_start_time: int | None
    fields: Mapping[str, str]
    """All of `; Key: value`, the first of each key."""


def read_header(path: Path) -> Header:
    """Return what the header comments say; a number that is missing, or no number, is None.

    Raises WorkloadError where the file cannot be read.
    """
    fields: dict[str, str] = {}
    for line in _header_lines(path):
        key, colon, value = line.lstrip(";").partition(":")
        if colon:
            fields.setdefault(key.strip(), value.strip())

    def number(key: str) -> int | None:
        match = re.match(r"\d{1,18}\b", fields.get(key, ""), re.ASCII)
        return int(match[0]) if match else None

    return Header(number("MaxProcs"), number("MaxNodes"), number("UnixStartTime"), fields)


def _header_lines(path: Path) -> Iterator[str]:
    for _number, lines in text_file.blocks(path, Skips(str(path), skip=True)):
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            if text and not text.startswith(";"):
                return
            yield text


def read(path: Path, skips: Skips, *, memory: bool, tenant: Tenants | None) -> Iterator[Rows]:
    """Yield the jobs of a log in the order of the file; `index` is the job number.

    A job takes the processors it used (asked, where unknown) for its actual run time. A job whose
    run time or size is unknown or zero is `refused`, with the reason. Memory, where wanted, is what
    was asked a processor (used, where unknown) times the processors.

    Raises WorkloadError for what is not in the format, as `skips` has it.
    """
    for first, lines in text_file.blocks(path, skips):
        numbers = [
            first + at
            for at, line in enumerate(lines)
            if line and not line.isspace() and not line.lstrip().startswith(b";")
        ]
        if not numbers:
            continue
        wanted = lines if len(numbers) == len(lines) else [lines[at - first] for at in numbers]
        jobs = _fast(wanted)
        if jobs is None:
            numbers, jobs = _exact(wanted, numbers, skips)
        if numbers:
            yield _rows(jobs, np.array(numbers, dtype=np.int64), memory, tenant)


def _fast(lines: list[bytes]) -> Jobs | None:
    """Return the jobs of lines that hold whole numbers where we look, None where one does not."""
    try:
        table = np.loadtxt(lines, comments=None, ndmin=2)
    except ValueError:
        return None
    if table.shape != (len(lines), len(FIELDS)) or not np.isfinite(table).all():
        return None
    table[:, _MEMORIES] = np.ceil(table[:, _MEMORIES])
    used = table[:, _LOOKED_AT]
    if (used != np.floor(used)).any() or (np.abs(used) > _LARGEST_WHOLE).any():
        return None
    if (np.abs(table[:, _TIMES]) > _LARGEST_TIME).any():
        return None
    jobs = np.zeros(table.shape, dtype=np.int64)
    jobs[:, _LOOKED_AT] = used.astype(np.int64)
    jobs[:, _TIMES] *= SECOND
    return jobs


def _exact(lines: list[bytes], numbers: list[int], skips: Skips) -> tuple[list[int], Jobs]:
    """Return numbers and jobs of the good lines, one at a time; the others go to `skips`."""
    good: list[int] = []
    jobs: list[list[int]] = []
    for number, line in zip(numbers, lines, strict=True):
        job = _job(line, number, skips)
        if job is not None:
            good.append(number)
            jobs.append(job)
    return good, np.array(jobs, dtype=np.int64).reshape(-1, len(FIELDS))


def _job(line: bytes, number: int, skips: Skips) -> list[int] | None:
    text = line.decode("utf-8", "replace")
    words = list(re.finditer(r"\S+", text))
    if len(words) != len(FIELDS):
        skips.add(
            _("expected {wanted} fields, found {found}").format(
                wanted=len(FIELDS), found=len(words)
            ),
            number,
        )
        return None
    job = []
    for at, word in enumerate(words):
        try:
            job.append(_field(word[0], at))
        except FieldError as error:
            field = f"{FIELDS[at]} (field {at + 1})"
            skips.add(str(error), number, field=field, column=word.start() + 1)
            return None
    return job


def _field(text: str, at: int) -> int:
    if at in _TIMES:
        return scaled(text, SECOND)
    if at in _WHOLES:
        value = whole(text)
    elif at in _MEMORIES:
        value = ceil(exact(text))
    else:
        exact(text)
        return 0
    if abs(value) > _LARGEST_WHOLE:
        raise FieldError(_("{text} is too large").format(text=text))
    return value


def _rows(jobs: Jobs, line: Jobs, memory: bool, tenant: Tenants | None) -> Rows:
    cores = np.where(jobs[:, USED] < 0, jobs[:, ASKED], jobs[:, USED])
    rows: Rows = {
        "line": line,
        "index": jobs[:, JOB],
        "arrival": jobs[:, SUBMIT],
        "work": np.maximum(jobs[:, RUN], 0),
        "cores": np.maximum(cores, 0),
        "estimate": np.where(jobs[:, ASKED_TIME] > 0, jobs[:, ASKED_TIME], -1),
        "refused": _refusals(jobs[:, RUN], cores),
    }
    if memory:
        rows["memory"] = _memory(jobs, rows["cores"])
    if tenant:
        rows["tenant"] = text_column(
            [f"{tenant}-{number}" if number >= 0 else None for number in jobs[:, TENANTS[tenant]]]
        )
    return rows


def _memory(jobs: Jobs, cores: Jobs) -> Jobs:
    """Return bytes a job; at most 2**62, which no machine has."""
    asked, used = jobs[:, ASKED_MEMORY], jobs[:, USED_MEMORY]
    each = np.maximum(np.where(asked > 0, asked, used), 0)
    fits = each.astype(np.float64) * cores * _KIBIBYTE < LARGEST
    return np.where(fits, np.where(fits, each, 0) * cores * _KIBIBYTE, LARGEST)


def _refusals(run: Jobs, cores: Jobs) -> npt.NDArray[np.object_]:
    refused = text_column([None] * len(run))
    refused[cores == 0] = RejectionReason(Cause.NO_PROCESSORS, _("zero processors"))
    unknown = _("unknown number of processors")
    refused[cores < 0] = RejectionReason(Cause.NO_PROCESSORS, unknown)
    refused[run == 0] = RejectionReason(Cause.NO_RUN_TIME, _("zero run time"))
    refused[run < 0] = RejectionReason(Cause.NO_RUN_TIME, _("unknown run time"))
    return refused
