"""Which files are manifests or compose files, though they were given as scenarios."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from aio_sim.kernel.errors import InputError
from aio_sim.scenario.load import read_text
from aio_sim.scenario.locate import find_scenario
from aio_sim.scenario.yaml_tree import Node, compose_all


class Format(StrEnum):
    """What a YAML file may be beside a scenario; the values are options of `aio-sim run`."""

    MANIFEST = "--manifest"
    COMPOSE = "--compose"


def recognised(reference: str | Path) -> Format | None:
    """Return what a file looks like that is no scenario; None where that is unclear."""
    try:
        path = find_scenario(reference)
        documents = compose_all(read_text(path), str(path))
    except InputError:
        return None
    mappings = [each for each in documents if isinstance(each.content, dict)]
    if any({"apiVersion", "kind"} <= _fields(each) for each in mappings):
        return Format.MANIFEST
    if mappings and "services" in _fields(mappings[0]) and "hosts" not in _fields(mappings[0]):
        return Format.COMPOSE
    return None


def _fields(node: Node) -> set[str]:
    return set(node.content) if isinstance(node.content, dict) else set()
