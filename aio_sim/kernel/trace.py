"""The trace: all that leaves the simulated world, in append-only columns of whole numbers.

Times are nanoseconds. Names (machines, reasons, span names) are codes into one table of strings.
Level `tasks` keeps one row a task and the totals; level `full` also keeps every scheduling step,
span and counter, so that any moment can be rebuilt.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

from aio_sim.kernel.errors import InputError, hint
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SCHEMA: Final = "aio-sim/trace/v1"

Level = Literal["tasks", "full"]


class Status(IntEnum):
    """How a task ended."""

    COMPLETED = 0
    REJECTED = 1
    FAILED = 2
    INSIDE = 3  # the run ended first


class Step(IntEnum):
    """What a row of the schedule says."""

    READY = 0  # a process joined the ready queue
    DISPATCH = 1  # a core took it; `cost` of a switch first
    STOP = 2  # it left the core (or, from the queue, was taken away)


class Reason(IntEnum):
    """Why a step of the schedule happened."""

    ARRIVAL = 0
    WAKE_UP = 1
    QUANTUM = 2
    PREEMPTED = 3
    FINISHED = 4
    BLOCKED = 5
    WITHDRAWN = 6  # its core was taken away, or the process was
    ALONE = 7  # nobody else was ready
    POLICY = 8  # the policy preferred it to `other`


class TaskRow(NamedTuple):
    """One task; -1 where there is no such moment, machine or reason."""

    number: int  # the order of submission, which identifies a process everywhere in the trace
    source: int  # which entry of `Trace.sources`
    index: int  # type: ignore[assignment]  # which task of that source; hides tuple.index
    arrival: int
    start: int
    finish: int
    work: int  # nanoseconds of one core (of each core held, for an exclusive task)
    waiting: int
    status: int
    machine: int  # string code
    reason: int  # string code


class ScheduleRow(NamedTuple):
    """One step of a dispatch loop. `core` is -1 where there is none."""

    time: int
    step: int
    cpu: int  # string code
    core: int
    process: int
    reason: int
    cost: int  # nanoseconds of switch before the process runs
    other: int  # the process passed over, or -1
    value: int  # the policy's criterion for `process`, in billionths
    other_value: int


class RotationRow(NamedTuple):
    """A stretch of round robin between two changes, which have tables of their own with its cores.

    A circle of processes is kept as it is formed, and afterwards as it changes.
    """

    start: int
    end: int
    cpu: int
    quantum: int
    cost: int
    ring: int  # which rotation was the first of its circle
    next: int  # the process whose turn is next
    changes: int  # how many rows of rotation_changes belong to it
    cores: int  # how many rows of rotation_cores, in the order in which their slices end


class RotationChangeRow(NamedTuple):
    """A process that joins the circle, or leaves it."""

    process: int
    behind: int  # whose turn comes right before its own, or FIRST, or LEFT


NO_TASK: Final = 1 << 40
"""From here on the numbers of processes that are no tasks: virtual cores, guests that boot."""

FIRST: Final = -1
"""What stands in `behind` of the first process of a new circle."""

LEFT: Final = -2
"""What stands in `behind` of a process that leaves its circle."""


class RotationCoreRow(NamedTuple):
    core: int
    process: int  # running at `start`, or -1
    slice_end: int  # when the slice in progress ends, if it is not cut short


class SpanRow(NamedTuple):
    """A leg of a task's way, or a state of a component, from start to end."""

    name: int  # string code
    track: int  # string code: where it happened
    process: int  # or -1
    start: int
    end: int


class CounterRow(NamedTuple):
    time: int
    name: int  # string code
    value: int  # in billionths


class Table:
    """Rows of whole numbers, appended fast and read as columns."""

    def __init__(self, columns: tuple[str, ...], cells: bytes = b"") -> None:
        self.columns = columns
        self._cells = array("q")
        self._cells.frombytes(cells)
        self.append = self._cells.extend
        """Append one row, a tuple of as many whole numbers as there are columns."""

    def extend(self, cells: bytes) -> None:
        """Append rows, given as `tobytes` has them."""
        self._cells.frombytes(cells)

    def __len__(self) -> int:
        return len(self._cells) // len(self.columns)

    def array(self) -> npt.NDArray[np.int64]:
        """Return a copy of the rows, int64 of shape (rows, columns)."""
        import numpy as np

        return np.array(self._cells, dtype=np.int64).reshape(-1, len(self.columns))

    def column(self, name: str) -> npt.NDArray[np.int64]:
        """Return one column, int64 of shape (rows,)."""
        import numpy as np

        at, width = self.columns.index(name), len(self.columns)
        return np.array(self._cells[at::width], dtype=np.int64)

    def rows(self) -> Iterator[tuple[int, ...]]:
        """Yield each row as a tuple of ints."""
        cells = iter(self._cells)
        return zip(*[cells] * len(self.columns), strict=True)

    def part(self, first: int, last: int) -> list[tuple[int, ...]]:
        """Return the rows from `first` to before `last`."""
        width = len(self.columns)
        return list(zip(*[iter(self._cells[first * width : last * width])] * width, strict=True))

    def cell(self, row: int, column: int) -> int:
        return self._cells[row * len(self.columns) + column]

    def tobytes(self) -> bytes:
        return self._cells.tobytes()


class Source(NamedTuple):
    """Where tasks came from: its label (their `kind`), and their names."""

    label: str
    names: list[str] | str  # the name of each index, or a pattern such as "poisson-{}"

    def name(self, index: int) -> str:
        """Return the name of a task; in a pattern, {{ and }} stand for braces of its own."""
        if not isinstance(self.names, str):
            return self.names[index]
        before, mark, after = self.names.rpartition("{}")
        return _braces(before) + (str(index) if mark else "") + _braces(after)


def _braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


_TABLES: Final[dict[str, type[NamedTuple]]] = {
    "tasks": TaskRow,
    "schedule": ScheduleRow,
    "rotations": RotationRow,
    "rotation_changes": RotationChangeRow,
    "rotation_cores": RotationCoreRow,
    "spans": SpanRow,
    "counters": CounterRow,
}


class Trace:
    """What happened in one run, to be read by analysis and reports alone."""

    def __init__(self, level: Level = "tasks") -> None:
        if level not in get_args(Level):
            raise InputError(
                _("unknown level {level!r}{hint}").format(
                    level=level, hint=hint(str(level), get_args(Level))
                )
            )
        self.level: Level = level
        self.full = level == "full"
        self.sources: list[Source] = []
        self.strings: list[str] = []
        self.totals: dict[str, int | float] = {}
        """Sums and peaks that components hand in at the end, by metric; times in nanoseconds."""
        self.meta: dict[str, Any] = {}
        """What the run was: scenario, seed, `ended_at` (nanoseconds), versions."""
        self._codes: dict[str, int] = {}
        self.tables: dict[str, Table] = {name: Table(row._fields) for name, row in _TABLES.items()}
        self.tasks = self.tables["tasks"]
        self.schedule = self.tables["schedule"]
        self.rotations = self.tables["rotations"]
        self.rotation_changes = self.tables["rotation_changes"]
        self.rotation_cores = self.tables["rotation_cores"]
        self.spans = self.tables["spans"]
        self.counters = self.tables["counters"]

    def code(self, text: str) -> int:
        """Return the code of a string, giving it one the first time."""
        try:
            return self._codes[text]
        except KeyError:
            self._codes[text] = code = len(self.strings)
            self.strings.append(text)
            return code

    def text(self, code: int) -> str:
        """Return the string of a code, "" for -1."""
        return self.strings[code] if code >= 0 else ""

    def add_source(self, label: str, names: list[str] | str) -> int:
        """Return the number of a new source of tasks."""
        self.sources.append(Source(label, names))
        return len(self.sources) - 1

    def add_processes(self, names: Sequence[str]) -> int:
        """Return the first of as many numbers for processes that are no tasks, in a row."""
        named: list[str] = self.meta.setdefault("processes", [])
        named.extend(names)
        return NO_TASK + len(named) - len(names)

    def add_total(self, name: str, amount: int | float) -> None:
        """Add to the total of that name."""
        self.totals[name] = self.totals.get(name, 0) + amount

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace as .npz, the same bytes for the same trace; beside, then renamed."""
        from aio_sim.kernel.trace_file import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """Read a saved trace.

        Raises TraceError where the file is not one, is damaged, too large, or of another version.
        """
        from aio_sim.kernel.trace_file import load

        return load(path)

    def names(self, numbers: Iterable[int] | None = None) -> dict[int, str]:
        """Return the name of each process by its number (of all those with a row, where None)."""
        wanted = None if numbers is None else set(numbers)
        tasks = ((row[0], self.sources[row[1]].name(row[2])) for row in self.tasks.rows())
        others = enumerate(self.meta.get("processes", ()), NO_TASK)
        return {
            number: name
            for number, name in chain(tasks, others)
            if wanted is None or number in wanted
        }
