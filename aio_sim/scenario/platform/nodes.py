"""Which machines are nodes of the platform, and how its scheduler chooses among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.scenario.fields import Count, MachineNames, Size, Spec
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.platform.affinity import TaintSpec
from aio_sim.scenario.platform.quantities import Labels, Millicores

MOST_PODS = 110
"""Pods on one node: the kubelet's --max-pods."""


class NodeSpec(Spec):
    """Machines that are nodes of the platform, and what they are like."""

    names: MachineNames
    """Names of hosts or virtual machines, or patterns of them. Of a machine that several entries
    name, labels and taints add up, and the last one's other fields hold."""
    labels: Labels = Field(default_factory=dict)
    """Their labels; each has `kubernetes.io/hostname` with its name besides."""
    taints: tuple[TaintSpec, ...] = ()
    """What keeps pods off them."""
    cpu: Annotated[Millicores, Field(ge=1)] | None = None
    """CPU time that pods may request there; all of it where absent."""
    memory: Annotated[Size, Field(gt=0)] | None = None
    """Memory that pods may request there; all of it where absent."""
    pods: Count = MOST_PODS
    """How many pods each takes."""


@dataclass
class NodeTraits:
    """What entries say together of one node."""

    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[TaintSpec, ...] = ()
    cpu: int | None = None
    memory: int | None = None
    pods: int = MOST_PODS


def traits_of(specs: Iterable[NodeSpec], machines: Iterable[str]) -> dict[str, NodeTraits]:
    """Return the nodes that entries name, in the order of the machines, and what each is like."""
    machines = tuple(machines)
    found: dict[str, NodeTraits] = {}
    for spec in specs:
        for name in matching(spec.names, machines):
            traits = found.setdefault(name, NodeTraits())
            traits.labels |= spec.labels
            traits.taints += spec.taints
            for given in spec.model_fields_set & {"cpu", "memory", "pods"}:
                setattr(traits, given, getattr(spec, given))
    return {name: found[name] for name in machines if name in found}


def _entries(value: object) -> object:
    """Return nodes that are merely named as entries without more."""
    if isinstance(value, str):
        return [{"names": value}]
    if isinstance(value, list | tuple):
        return [{"names": each} if isinstance(each, str) else each for each in value]
    return [value] if isinstance(value, Mapping) else value


class _OrNames:
    """Adds to a JSON Schema that names will do."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        entries = handler(schema)
        name = {"type": "string", "minLength": 1, "examples": ["h-*"]}
        entries["items"] = {"anyOf": [name, entries["items"]]}
        return {"anyOf": [name, entries]}


NodeSpecs = Annotated[
    tuple[NodeSpec, ...], Field(min_length=1), BeforeValidator(_entries), _OrNames()
]
"""Names or patterns of machines, or entries that say more of them."""


class PodSchedulerSpec(Spec):
    """How the platform chooses a node for a pod, of those that can take it."""

    scoring: Literal["least_allocated", "most_allocated"] = "least_allocated"
    """Which are better: the emptiest, so that pods are spread, or the fullest, so that they are
    packed."""
    sample: Count = 100
    """How many nodes that can take a pod are compared; the search for the next pod goes on at the
    node after them."""
