"""How many pods of each revision there shall be, in the course of an update.

Source: kubernetes/kubernetes, pkg/controller/deployment/rolling.go and recreate.go, and
util/deployment_util.go (NewRSNewReplicas, ResolveFenceposts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from aio_sim.containers.platform.bound import Bound

QUARTER: Final = Bound(25, percent=True)


class Fenceposts(NamedTuple):
    """Pods that there may be beyond the replicas, and that may lack of them."""

    surge: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class RollingUpdate:
    """Replaces pods step by step; the defaults are those of Kubernetes."""

    surge: Bound = QUARTER
    unavailable: Bound = QUARTER

    def fenceposts(self, replicas: int) -> Fenceposts:
        """Return the numbers of pods: surge rounded up, unavailable down, not both of them 0."""
        surge, unavailable = self.surge.up(replicas), self.unavailable.down(replicas)
        return Fenceposts(surge, unavailable if surge or unavailable else 1)


@dataclass(frozen=True, slots=True)
class Recreate:
    """Ends all old pods before it makes the first new one."""


Strategy = RollingUpdate | Recreate


class Revision(NamedTuple):
    """What there is of one revision: pods wanted, those that are available, those left at all."""

    size: int
    available: int
    left: int = 0


class Sizes(NamedTuple):
    """Pods wanted of the new revision, and of each old one."""

    new: int
    old: tuple[int, ...]


def next_sizes(strategy: Strategy, replicas: int, new: Revision, old: Sequence[Revision]) -> Sizes:
    """Return the next step towards `replicas` pods of the new revision, old ones oldest first."""
    if isinstance(strategy, Recreate):
        over = not any(each.size or each.left for each in old)
        return Sizes(replicas if over else min(new.size, replicas), (0,) * len(old))
    fenceposts = strategy.fenceposts(replicas)
    size = _grown(replicas, new, old, fenceposts.surge)
    if size != new.size:
        return Sizes(size, tuple(each.size for each in old))
    return Sizes(size, _shrunk(replicas, new, old, fenceposts.unavailable))


def _grown(replicas: int, new: Revision, old: Sequence[Revision], surge: int) -> int:
    if new.size >= replicas:
        return replicas
    room = replicas + surge - new.size - sum(each.size for each in old)
    return new.size + max(min(room, replicas - new.size), 0)


def _shrunk(
    replicas: int, new: Revision, old: Sequence[Revision], unavailable: int
) -> tuple[int, ...]:
    """Return the sizes of old revisions: first without what is not available, then as allowed."""
    least = replicas - unavailable
    lacking = new.size - new.available
    most = new.size + sum(each.size for each in old) - least - lacking
    if most <= 0:
        return tuple(each.size for each in old)
    sizes = [each.size for each in old]
    sizes = _taken(sizes, [max(each.size - each.available, 0) for each in old], most)
    spare = new.available + sum(each.available for each in old) - least
    return tuple(_taken(sizes, sizes, spare))


def _taken(sizes: Sequence[int], each: Sequence[int], most: int) -> list[int]:
    """Return sizes less so much of each, the first ones first, and `most` in all."""
    left = []
    for size, much in zip(sizes, each, strict=True):
        gone = max(min(most, much), 0)
        most -= gone
        left.append(size - gone)
    return left
