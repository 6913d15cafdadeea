"""What holds for every trace, so that whoever reads a file of one need not look again."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Reason, Status, Step, Trace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_HOSTS: Final = 1_000_000
_LARGEST: Final = 2**63 - 1

Rule = Callable[[Any], bool]


def check_head(head: Any) -> None:
    """Check level, sources, strings, totals and meta of a file.

    Raises ValueError with the first that is not as it must be.
    """
    rules: dict[str, Rule] = {
        "level": lambda level: level in ("tasks", "full"),
        "sources": lambda sources: isinstance(sources, list) and all(map(_is_source, sources)),
        "strings": lambda strings: _are_strings(strings) and len(set(strings)) == len(strings),
        "totals": lambda totals: isinstance(totals, dict) and all(map(_is_number, totals.values())),
        "meta": lambda meta: isinstance(meta, dict),
        "columns": lambda columns: isinstance(columns, dict),
    }
    _check("", head, rules, required=True)
    _check("meta.", head["meta"], _META, required=False)


def check_tables(trace: Trace) -> None:
    """Check every code and number of the tables that leads to something else.

    Raises ValueError with the first that leads nowhere.
    """
    strings, sources = len(trace.strings), len(trace.sources)
    ranges = {
        "tasks": {
            "source": (0, sources),
            "status": (0, len(Status)),
            "machine": (-1, strings),
            "reason": (-1, strings),
        },
        "schedule": {"cpu": (0, strings), "step": (0, len(Step)), "reason": (0, len(Reason))},
        "rotations": {
            "cpu": (0, strings),
            "quantum": (1, _LARGEST),
            "cost": (0, _LARGEST),
            "changes": (0, len(trace.rotation_changes) + 1),
            "cores": (1, len(trace.rotation_cores) + 1),
        },
        "spans": {"name": (0, strings), "track": (0, strings)},
        "counters": {"name": (0, strings)},
    }
    for name, columns in ranges.items():
        for column, (least, beyond) in columns.items():
            _demand(_within(trace.tables[name].column(column), least, beyond), f"{name}.{column}")
    _check_names(trace)
    _check_rotations(trace)


def _check_names(trace: Trace) -> None:
    """Check that every task has a name."""
    source, index = trace.tasks.column("source"), trace.tasks.column("index")
    for number, (_label, names) in enumerate(trace.sources):
        if isinstance(names, list):
            _demand(_within(index[source == number], 0, len(names)), "tasks.index")


def _check_rotations(trace: Trace) -> None:
    """Check that rotations have their changes and cores, and an earlier one, or themselves, as
    the first of their circles."""
    import numpy as np

    rotations = trace.rotations
    for column, parts in (("changes", trace.rotation_changes), ("cores", trace.rotation_cores)):
        _demand(sum(rotations.column(column).tolist()) == len(parts), f"rotations.{column}")
    ring = rotations.column("ring")
    rising = bool((ring <= np.arange(len(ring))).all())
    _demand(rising and _within(ring, 0, _LARGEST), "rotations.ring")


def _within(column: npt.NDArray[np.int64], least: int, beyond: int) -> bool:
    return not len(column) or (int(column.min()) >= least and int(column.max()) < beyond)


def _check(place: str, found: Any, rules: dict[str, Rule], *, required: bool) -> None:
    for name, holds in rules.items():
        if name in found or required:
            _demand(name in found and holds(found[name]), place + name)


def _demand(holds: bool, place: str) -> None:
    if not holds:
        raise ValueError(_("{place} is not as it must be").format(place=place))


def _are_strings(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def _is_source(found: Any) -> bool:
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[0], str):
        return False
    return isinstance(found[1], str) or _are_strings(found[1])


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and isfinite(found)


def _is_whole(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)


def _is_host(found: Any) -> bool:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return False
    return all(_is_whole(found.get(field, 1)) for field in ("cores", "memory", "count"))


def _are_hosts(found: Any) -> bool:
    if not isinstance(found, list) or not all(map(_is_host, found)):
        return False
    hosts: int = sum(host.get("count", 1) for host in found)
    return hosts <= _MOST_HOSTS


def _are_criteria(found: Any) -> bool:
    return isinstance(found, dict) and all(
        _are_strings(each) and len(each) == 2 for each in found.values()
    )


_META: Final[dict[str, Rule]] = {
    "scenario": lambda found: isinstance(found, dict),
    "seed": _is_whole,
    "ended_at": lambda found: _is_whole(found) and 0 <= found <= _LARGEST,
    "policy": lambda found: isinstance(found, str),
    "hosts": _are_hosts,
    "criteria": _are_criteria,
}
