"""The cluster that manifests run on, and the load that it gets where nobody says another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.kernel.messages import _
from aio_sim.scenario.load import read_text
from aio_sim.scenario.locate import find_scenario
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.yaml_tree import Mark, Node, compose

NODES: Final = 3
CORES: Final = 8
MEMORY: Final = 32 * 2**30
SECONDS: Final = 60
MOST_NAMED: Final = 10
RATE: Final = 10
"""Requests a second to each service."""
WORK: Final = "10ms"
"""CPU time of a request on average: an assumption."""


def read_cluster(reference: str | Path) -> tuple[Node, Path]:
    """Return the tree of a scenario file, whose parts need not all be there, and its folder.

    Raises UnknownName or ScenarioError where there is no such file, or it has no fields.
    """
    path = find_scenario(reference)
    root = compose(read_text(path), str(path))
    if not isinstance(root.content, dict):
        told = _("expected a mapping of fields (hosts, ...), got {value}")
        place = str(path), root.mark.line, root.mark.column
        raise ScenarioError([Problem(told.format(value=shown(root.data())), *place)])
    return root, path.parent


def node_of(value: Any, mark: Mark) -> Node:
    """Return plain data, with trees in it, as a tree that stands at one place."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        parts = {name: node_of(each, mark) for name, each in value.items()}
        size = 1 + sum(each.size for each in parts.values())
        return Node(mark, parts, {name: each.mark for name, each in parts.items()}, size)
    if isinstance(value, list | tuple):
        entries = [node_of(each, mark) for each in value]
        return Node(mark, entries, size=1 + sum(each.size for each in entries))
    return Node(mark, value)


def joined(old: Node, more: Node) -> Node:
    """Return two parts as one: lists and mappings grow, of all else the new one holds."""
    size = old.size + more.size
    if isinstance(old.content, dict) and isinstance(more.content, dict):
        parts = dict(old.content)
        for name, part in more.content.items():
            parts[name] = joined(parts[name], part) if name in parts else part
        return Node(old.mark, parts, {**more.keys, **old.keys}, size)
    if isinstance(old.content, list) and isinstance(more.content, list):
        return Node(old.mark, [*old.content, *more.content], size=size)
    return more


def hosts(name: str, count: int | None) -> list[dict[str, Any]]:
    """Return the hosts where no cluster is given."""
    counted = {} if count is None else {"count": count}
    return [{"name": name, **counted, "cores": CORES, "memory": MEMORY}]


def requests(services: Iterable[str], until: Any) -> list[dict[str, Any]]:
    """Return the load of services: requests to each, under its name."""
    return [
        {
            "kind": "poisson",
            "name": name,
            "on": name,
            "rate": RATE,
            "until": until,
            "work": {"kind": "exponential", "mean": WORK},
        }
        for name in services
    ]


def assumptions(fields: Iterable[str], where: str, services: Iterable[str]) -> list[str]:
    """Return in sentences what a run takes for granted that no cluster file says.

    `fields` are those of a scenario that were not given; `where` tells of the machines.
    """
    fields, names = set(fields), _some(list(services))
    found = []
    if "hosts" in fields:
        found.append(_("no hosts are given: it runs on {where}").format(where=where))
    if "until" in fields:
        found.append(_("no end is given: it runs for {seconds} s").format(seconds=SECONDS))
    if "workload" in fields and names:
        told = _(
            "no workload is given: {rate} requests a second, of {work} of CPU time on average, go "
            "to each of: {names}"
        )
        found.append(told.format(rate=RATE, work=WORK, names=names))
    if "workload" in fields and not names:
        found.append(_("there is no service, so that there are no requests"))
    if "registry" in fields:
        found.append(_("no registry is given: all images are there, of 100 MB each"))
    return found


def _some(names: Sequence[str]) -> str:
    """Return names one after the other; of many the first, and how many more there are."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    told = _("{names} and {count} more")
    return told.format(names=", ".join(names[:MOST_NAMED]), count=len(names) - MOST_NAMED)
