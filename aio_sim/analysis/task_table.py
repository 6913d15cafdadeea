"""The tasks of a run as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Status, Trace

if TYPE_CHECKING:
    import pandas

Column = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SECOND: Final = 1_000_000_000


class TaskTable(np.ndarray[Any, np.dtype[Any]]):
    """A structured array, one row a task, that can become a data frame.

    Fields: `id`, `kind`, `arrival`, `start`, `finish`, `work`, `waiting`, `response`, `turnaround`,
    `status`, `machine`. Times are seconds, NaN where there is none; the words are strings.
    """

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a data frame.

        Raises ImportError where pandas is not installed (`pip install "aio-sim[pandas]"`).
        """
        try:
            import pandas
        except ImportError as error:
            advice = _('a data frame needs pandas: pip install "aio-sim[pandas]"')
            raise ImportError(advice, name="pandas") from error
        names = self.dtype.names or ()
        return pandas.DataFrame({name: np.asarray(self[name]) for name in names})


def task_table(trace: Trace) -> TaskTable:
    """Return one row a task, in the order of arrival, of shape (tasks,)."""
    cells = {name: trace.tasks.column(name) for name in trace.tasks.columns}
    order = np.lexsort((cells["number"], cells["arrival"]))
    cells = {name: column[order] for name, column in cells.items()}
    start, finish = cells["start"], cells["finish"]
    columns = {
        "id": _ids(trace, cells["source"], cells["index"]),
        "kind": _words([source.label for source in trace.sources], cells["source"]),
        "arrival": cells["arrival"] / _SECOND,
        "start": _seconds(start, start >= 0),
        "finish": _seconds(finish, finish >= 0),
        "work": cells["work"] / _SECOND,
        "waiting": _seconds(cells["waiting"], cells["waiting"] >= 0),
        "response": _seconds(start - cells["arrival"], start >= 0),
        "turnaround": _seconds(finish - cells["arrival"], finish >= 0),
        "status": _words([status.name.lower() for status in Status], cells["status"]),
        "machine": _words([*trace.strings, ""], cells["machine"]),
    }
    table = np.empty(len(order), dtype=[(name, c.dtype) for name, c in columns.items()])
    for name, column in columns.items():
        table[name] = column
    return table.view(TaskTable)


def _seconds(values: Column, there: Mask) -> npt.NDArray[np.float64]:
    return np.where(there, values / _SECOND, np.nan)


def _words(words: list[str], codes: Column) -> npt.NDArray[np.str_]:
    """Return the word of each code; -1 is the last word."""
    used = np.unique(codes)
    kept = np.array([words[code] for code in used.tolist()], dtype=np.str_)
    return kept[np.searchsorted(used, codes)]


def _ids(trace: Trace, sources: Column, indices: Column) -> npt.NDArray[np.str_]:
    names = [source.name for source in trace.sources]
    pairs = zip(sources.tolist(), indices.tolist(), strict=True)
    return np.array([names[source](index) for source, index in pairs], dtype=np.str_)
