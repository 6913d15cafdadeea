"""How fast an autoscaler may change a number of replicas: windows, policies, what happened lately.

Source: Kubernetes documentation, Horizontal Pod Autoscaling, "Configurable scaling behavior"
(kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/), and the controller
itself (kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import DURATION_UNITS

SECOND: Final = DURATION_UNITS["s"]
"""Nanoseconds."""

TOLERANCE: Final = Fraction(1, 10)
"""How far the metric may be off its target: --horizontal-pod-autoscaler-tolerance, 0.1."""


class Unit(StrEnum):
    """What the value of a scaling policy counts."""

    PODS = "pods"
    PERCENT = "percent"


class Select(StrEnum):
    """Which of several policies holds: that with the largest change, the smallest, or none."""

    MAX = "max"
    MIN = "min"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A change of at most `value` pods, or per cent of the pods, in any `period` nanoseconds."""

    unit: Unit
    value: int
    period: int

    def __post_init__(self) -> None:
        if self.value < 1 or self.period < 1:
            raise InputError(_("a scaling policy needs a value and a period above 0"))

    def highest(self, began: int) -> int:
        """Return the most replicas that `began` of them may become; a part counts as one."""
        if self.unit is Unit.PODS:
            return began + self.value
        return ceil(Fraction(began * (100 + self.value), 100))

    def lowest(self, began: int) -> int:
        """Return the fewest replicas that `began` of them may become; a part is dropped."""
        if self.unit is Unit.PODS:
            return began - self.value
        return int(Fraction(began * (100 - self.value), 100))


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """The rules of one direction; without policies its speed is not limited.

    Over `window` nanoseconds the most cautious recommendation holds. `tolerance` is a share of the
    target.
    """

    window: int = 0
    policies: tuple[ScalingPolicy, ...] = ()
    select: Select = Select.MAX
    tolerance: Fraction = TOLERANCE

    def __post_init__(self) -> None:
        if self.window < 0 or self.tolerance < 0:
            raise InputError(_("a stabilization window and a tolerance must not be negative"))


KUBERNETES_UP: Final = ScalingRules(
    0, (ScalingPolicy(Unit.PERCENT, 100, 15 * SECOND), ScalingPolicy(Unit.PODS, 4, 15 * SECOND))
)
"""Up, where a manifest says nothing: at once, to twice as many or 4 more in 15 s."""

KUBERNETES_DOWN: Final = ScalingRules(
    300 * SECOND, (ScalingPolicy(Unit.PERCENT, 100, 15 * SECOND),)
)
"""Down, where a manifest says nothing: to the highest recommendation of the last 300 s."""


class Entry(NamedTuple):
    """A recommendation, or a change of the number of replicas, and its instant in nanoseconds."""

    time: int
    replicas: int


@dataclass(slots=True)
class ScalingHistory:
    """What an autoscaler recommended and did, as far back as its rules look (`horizon`, ns)."""

    horizon: int
    recommendations: deque[Entry] = field(default_factory=deque)
    changes: deque[Entry] = field(default_factory=deque)

    def recommended(self, now: int, replicas: int) -> None:
        """Note a recommendation, before it is stabilised."""
        self._note(self.recommendations, now, replicas)

    def changed(self, now: int, replicas: int) -> None:
        """Note that so many replicas were added, or removed where negative."""
        self._note(self.changes, now, replicas)

    def _note(self, entries: deque[Entry], now: int, replicas: int) -> None:
        while entries and entries[0].time < now - self.horizon:
            entries.popleft()
        entries.append(Entry(now, replicas))


def horizon(*rules: ScalingRules) -> int:
    """Return how far back (ns) rules look."""
    return max(max(each.window, *(policy.period for policy in each.policies), 0) for each in rules)


def stabilised(
    current: int,
    recommended: int,
    history: ScalingHistory,
    now: int,
    up: ScalingRules,
    down: ScalingRules,
) -> int:
    """Return the recommendation within those of the windows.

    No higher than the lowest of the window up, unless that is below `current`; no lower than the
    highest of the window down, unless that is above it.
    """
    floor = min([recommended, *_since(history.recommendations, now - up.window)])
    ceiling = max([recommended, *_since(history.recommendations, now - down.window)])
    return min(max(current, floor), ceiling)


def highest_allowed(
    current: int, history: ScalingHistory, now: int, up: ScalingRules
) -> int | None:
    """Return the most replicas that the policies allow now, None where they do not limit it."""
    if up.select is Select.DISABLED:
        return current
    if not up.policies:
        return None
    choose = min if up.select is Select.MIN else max
    limits = [each.highest(_began(current, history, now, each)) for each in up.policies]
    return max(choose(limits), current)


def lowest_allowed(current: int, history: ScalingHistory, now: int, down: ScalingRules) -> int:
    """Return the fewest replicas that the policies allow now."""
    if down.select is Select.DISABLED:
        return current
    if not down.policies:
        return 0
    choose = max if down.select is Select.MIN else min
    limits = [each.lowest(_began(current, history, now, each)) for each in down.policies]
    return min(choose(limits), current)


def _began(current: int, history: ScalingHistory, now: int, policy: ScalingPolicy) -> int:
    """Return how many replicas there were when the policy's period began."""
    return current - sum(_since(history.changes, now - policy.period))


def _since(entries: Iterable[Entry], instant: int) -> Iterable[int]:
    """Yield what was noted after an instant, which does not belong to the window any more."""
    return (entry.replicas for entry in entries if entry.time > instant)
