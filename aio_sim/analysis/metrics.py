"""The numbers of a run, by their dotted names; seconds everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aio_sim.analysis.theory import jain_index
from aio_sim.kernel.trace import Status, Trace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

Metrics = dict[str, int | float]

_SECOND: Final = 1_000_000_000
_PERCENTILES: Final = (50, 95, 99)
# These totals are parts of a metric, not metrics.
_INGREDIENTS: Final = ("cpu.busy", "cpu.cores")


def metrics(trace: Trace) -> Metrics:
    """Return the metrics of a run: plain Python numbers by dotted name.

    Times are seconds; a statistic of no tasks at all is left out. Waiting, response and turnaround
    are those of completed tasks; percentiles interpolate linearly (Hyndman and Fan 1996, type 7).
    `cpu.utilization` is over the makespan; where the run ended with tasks inside, until its end.
    """
    status = trace.tasks.column("status")
    completed = status == Status.COMPLETED
    numbers = _counts(status)
    numbers |= _times(trace, completed)
    numbers |= _rates(trace, status)
    numbers |= _graphs(trace, numbers.get("makespan", 0), completed)
    numbers |= {name: value for name, value in trace.totals.items() if name not in _INGREDIENTS}
    return numbers


def rejections(trace: Trace) -> dict[str, int]:
    """Return how many tasks were rejected for each reason, the most frequent first."""
    return _reasons(trace, Status.REJECTED)


def failures(trace: Trace) -> dict[str, int]:
    """Return how many tasks failed for each reason, the most frequent first."""
    return _reasons(trace, Status.FAILED)


def _reasons(trace: Trace, status: Status) -> dict[str, int]:
    import numpy as np

    ended = trace.tasks.column("status") == status
    codes, counts = np.unique(trace.tasks.column("reason")[ended], return_counts=True)
    pairs = sorted(zip(counts.tolist(), codes.tolist(), strict=True), key=lambda p: (-p[0], p[1]))
    return {trace.text(code): count for count, code in pairs}


def _counts(status: Column) -> Metrics:
    import numpy as np

    counts = np.bincount(status, minlength=len(Status)).tolist()
    numbers: Metrics = {"tasks.submitted": len(status)}
    for each in Status:
        numbers[f"tasks.{each.name.lower()}"] = counts[each]
    return numbers


def _times(trace: Trace, completed: Mask) -> Metrics:
    arrival = trace.tasks.column("arrival")[completed]
    if not len(arrival):
        return {}
    turnaround = trace.tasks.column("finish")[completed] - arrival
    numbers = _statistics("waiting", trace.tasks.column("waiting")[completed])
    numbers |= _statistics("response", trace.tasks.column("start")[completed] - arrival)
    numbers |= _statistics("turnaround", turnaround)
    work = trace.tasks.column("work")[completed]
    shares = work[turnaround > 0] / turnaround[turnaround > 0]
    if shares.any():
        numbers["fairness.jain"] = jain_index(shares)
    return numbers


def _statistics(name: str, values: Column) -> Metrics:
    import numpy as np

    percentiles = np.percentile(values, _PERCENTILES, method="linear").tolist()
    return {
        f"{name}.mean": _exact_sum(values) / (len(values) * _SECOND),
        **{
            f"{name}.p{each}": value / _SECOND
            for each, value in zip(_PERCENTILES, percentiles, strict=True)
        },
        f"{name}.max": int(values.max()) / _SECOND,
    }


def _exact_sum(values: Column) -> int:
    """Return the sum as an int of any size: a million waits of a day overflow 64 bits."""
    high, low = values >> 32, values & 0xFFFF_FFFF
    return (int(high.sum()) << 32) + int(low.sum())


def _rates(trace: Trace, status: Column) -> Metrics:
    accepted = status != Status.REJECTED
    if not accepted.any():
        return {}
    first = int(trace.tasks.column("arrival")[accepted].min())
    last = int(trace.tasks.column("finish")[accepted].max())
    numbers: Metrics = {}
    if last >= 0:
        numbers["makespan"] = makespan = (last - first) / _SECOND
        if makespan:
            numbers["throughput"] = int((status == Status.COMPLETED).sum()) / makespan
    if (status == Status.INSIDE).any():
        last = max(last, trace.meta.get("ended_at", 0))
    cores = trace.totals.get("cpu.cores", 0)
    if last > first and cores:
        numbers["cpu.utilization"] = trace.totals.get("cpu.busy", 0) / (cores * (last - first))
    return numbers


def _graphs(trace: Trace, makespan: float, completed: Mask) -> Metrics:
    """Return how much sooner all was done than by one core of speed 1, where there are graphs."""
    cores = trace.totals.get("cpu.cores", 0)
    if "graph.critical_path" not in trace.totals or not makespan or not cores:
        return {}
    speedup = _exact_sum(trace.tasks.column("work")[completed]) / (_SECOND * makespan)
    return {"graph.speedup": speedup, "graph.efficiency": speedup / cores}
