"""What speaks for a process under a policy, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.units import format_duration

_SECOND: Final = 1_000_000_000


def _left(value: int) -> str:
    return _("{time} left").format(time=format_duration(value))


def _rank(value: int) -> str:
    return _("{time} to the end of its graph").format(time=format_duration(value))


def _deadline(value: int) -> str:
    if not value:
        return _("no deadline")
    return _("deadline {time}").format(time=format_duration(value))


def _virtual_runtime(value: int) -> str:
    return _("virtual runtime {time}").format(time=format_duration(value))


def _response_ratio(value: int) -> str:
    return _("response ratio {ratio}").format(ratio=f"{value / _SECOND:.4g}")


def _priority(value: int) -> str:
    return _("priority {priority}").format(priority=f"{value / _SECOND:.6g}")


def _level(value: int) -> str:
    return _("level {level}").format(level=f"{value / _SECOND:.6g}")


def _tickets(value: int) -> str:
    tickets = f"{value / _SECOND:.6g}"
    return plural("{tickets} ticket", "{tickets} tickets", value // _SECOND).format(tickets=tickets)


_CRITERIA: Final[dict[str, Callable[[int], str]]] = {
    "remaining": _left,
    "rank": _rank,
    "deadline": _deadline,
    "virtual_runtime": _virtual_runtime,
    "response_ratio": _response_ratio,
    "priority": _priority,
    "level": _level,
    "tickets": _tickets,
}


def in_brackets(criterion: str, value: int) -> str:
    """Return what speaks for a process, in brackets; a plug-in's criterion under its own name."""
    if not criterion or criterion == "turn":  # the order of joining needs no number
        return ""
    if criterion in _CRITERIA:
        return f" ({_CRITERIA[criterion](value)})"
    return f" ({criterion.replace('_', ' ')} {value / _SECOND:.6g})"
