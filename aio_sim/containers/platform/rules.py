"""What a pod asks of the place where it runs: labels of nodes, other pods, spreading, taints.

Source: Kubernetes documentation, Assigning Pods to Nodes; Taints and Tolerations; Pod Topology
Spread Constraints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from aio_sim.containers.platform.selector import Selector
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

HOSTNAME = "kubernetes.io/hostname"
"""The label that each node has alone."""

ZONE = "topology.kubernetes.io/zone"
"""The label of the part of a site that fails together."""


class Effect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"
    """Those that are there must leave, too."""


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods off a node."""

    key: str
    value: str = ""
    effect: Effect = Effect.NO_SCHEDULE


@dataclass(frozen=True, slots=True)
class Toleration:
    """Taints that a pod puts up with: of any key, value or effect where that is None."""

    key: str | None = None
    value: str | None = None
    effect: Effect | None = None

    def tolerates(self, taint: Taint) -> bool:
        """Return whether the pod puts up with a taint."""
        return (
            self.key in (None, taint.key)
            and self.value in (None, taint.value)
            and self.effect in (None, taint.effect)
        )


def untolerated(
    taints: Iterable[Taint], tolerations: Iterable[Toleration], effects: Iterable[Effect]
) -> list[Taint]:
    """Return the taints of those effects that nothing tolerates."""
    tolerations, effects = list(tolerations), list(effects)
    return [
        taint
        for taint in taints
        if taint.effect in effects and not any(each.tolerates(taint) for each in tolerations)
    ]


@dataclass(frozen=True, slots=True)
class NodePreference:
    """Nodes of these labels are better by `weight`, from 1 to 100."""

    selector: Selector
    weight: int

    def __post_init__(self) -> None:
        _check_weight(self.weight)


@dataclass(frozen=True, slots=True)
class PodTerm:
    """Pods of these labels (and namespace) in one domain: nodes with one value of `topology`."""

    selector: Selector
    topology: str = HOSTNAME


@dataclass(frozen=True, slots=True)
class PodPreference:
    """To be near such pods is better by `weight`, from -100 (away from them) to 100."""

    term: PodTerm
    weight: int

    def __post_init__(self) -> None:
        _check_weight(abs(self.weight))


@dataclass(frozen=True, slots=True)
class Spread:
    """At most `skew` pods more in a domain than in the emptiest; a wish only, where not `hard`."""

    selector: Selector
    topology: str = HOSTNAME
    skew: int = 1
    hard: bool = True

    def __post_init__(self) -> None:
        if self.skew < 1:
            raise InputError(_("the skew of a spread constraint is at least 1"))


def _check_weight(weight: int) -> None:
    if not 1 <= weight <= 100:
        raise InputError(_("the weight of a preference is from 1 to 100"))
