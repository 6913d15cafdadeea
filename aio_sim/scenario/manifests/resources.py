"""What containers of a pod request and may use, as one pod of the platform has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from aio_sim.containers.quantity import parse_bytes, parse_cores
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.yaml_tree import Node

READ: Final[Mapping[str, Callable[[object], Fraction | int]]] = {
    "cpu": parse_cores,
    "memory": parse_bytes,
}
"""How the quantities of a resource are read: cores, bytes."""


def written(resource: str, amount: Fraction | int) -> str | int:
    """Return an amount as a scenario has it: thousandths of a core, bytes."""
    return f"{int(amount * 1000)}m" if resource == "cpu" else int(amount)


def resources(containers: Sequence[Part]) -> dict[str, Any]:
    """Return `requests` and `limits` of all containers of a pod together.

    What a container does not request is its limit, and a pod has a limit where all of them do
    (Kubernetes documentation, Resource Management for Pods and Containers).
    """
    of_all = [_of_one(container) for container in containers]
    return {
        "requests": {what: _requested(of_all, what) for what in READ},
        "limits": {what: _limited(of_all, what) for what in READ},
    }


class _Amount:
    """One quantity, and the part that says it."""

    def __init__(self, part: Part, what: str) -> None:
        self.part = part
        self.value = part.read(READ[what])


def _of_one(container: Part) -> dict[str, dict[str, _Amount]]:
    said = container.field("resources")
    return {
        kind: {what: _Amount(said.field(kind).field(what), what) for what in READ}
        for kind in ("requests", "limits")
    }


def _requested(of_all: Sequence[Mapping[str, Mapping[str, _Amount]]], what: str) -> Node | None:
    found = []
    for each in of_all:
        asked, limit = each["requests"][what], each["limits"][what]
        found.append(asked if asked.value is not None else limit)
    return _sum([each for each in found if each.value], what)


def _limited(of_all: Sequence[Mapping[str, Mapping[str, _Amount]]], what: str) -> Node | None:
    limits = [each["limits"][what] for each in of_all]
    return _sum(limits, what) if all(each.value for each in limits) else None


def _sum(amounts: Sequence[_Amount], what: str) -> Node | None:
    if not amounts:
        return None
    total = sum(each.value or 0 for each in amounts)
    return amounts[0].part.made(written(what, total))
