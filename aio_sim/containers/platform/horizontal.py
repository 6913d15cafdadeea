"""Horizontal autoscaling: every 15 s a deployment's pods are measured, and their number decided.

This is the only thing that the platform does by the clock. The formula and its rules are those of
`aio_sim.containers.autoscaling`.

Source: Kubernetes documentation, Horizontal Pod Autoscaling: a sync period of 15 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from aio_sim.containers.autoscaling import Autoscaler, Decision, Reading, Reason
from aio_sim.containers.container import Container
from aio_sim.containers.platform.deployment import Deployment
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.scaling_rules import ScalingHistory, horizon
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

PERIOD: Final = 15 * SECOND
"""Nanoseconds: --horizontal-pod-autoscaler-sync-period."""


class Metric(StrEnum):
    """What is measured of a pod, over the period since it was measured last."""

    CPU_UTILIZATION = "cpu_utilization"
    """CPU time used, in per cent of what is requested."""
    CPU = "cpu"
    """CPU time used, in cores."""
    REQUESTS = "requests"
    """Requests served, a second."""


@dataclass(frozen=True, slots=True)
class Target:
    """A metric, and the value that is wanted of it on average."""

    metric: Metric
    value: Fraction

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise InputError(_("the target of a metric must be above 0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizontalSpec:
    """What scales a deployment, by one metric or several.

    Raises InputError where there is none, or the period is not above 0.
    """

    deployment: str
    targets: tuple[Target, ...]
    autoscaler: Autoscaler = field(default_factory=Autoscaler)
    period: int = PERIOD

    def __post_init__(self) -> None:
        if not self.targets or self.period < 1:
            raise InputError(_("an autoscaler needs a metric, and a period above 0"))


Scaled = Callable[[Deployment, Decision, int], None]
"""Told of each change of an autoscaler, and how many replicas were wanted before."""


def unheard(_deployment: Deployment, _decision: Decision, _before: int) -> None:
    """Take no notice of a change."""


class HorizontalScaler:
    """Scales one deployment; `scale` is told how many replicas there shall be, `scaled` why."""

    def __init__(
        self,
        env: Environment,
        spec: HorizontalSpec,
        deployment: Deployment,
        scale: Callable[[Deployment, int], None],
        scaled: Scaled = unheard,
    ) -> None:
        self.decisions: list[tuple[int, Decision]] = []
        """Each change, with its instant in ns."""
        self._env = env
        self._spec = spec
        self._deployment = deployment
        self._scale = scale
        self._scaled = scaled
        rules = spec.autoscaler
        self._history = ScalingHistory(horizon(rules.up, rules.down))
        self._before: dict[Container, tuple[int, int]] = {}  # CPU time and requests so far
        self._timer = Timer(env, self._decide, ARRIVAL)
        self._timer.set(env.now + spec.period)

    def close(self) -> None:
        """Decide no more."""
        self._timer.cancel()

    def _decide(self) -> None:
        now, current = self._env.now, self._deployment.replicas
        if not self._history.recommendations:  # what it finds at first counts as one
            self._history.recommended(now, current)
        readings = self._read([pod for pod in self._deployment.pods if pod.active])
        decision = self._spec.autoscaler.decide(current, readings, self._history, now)
        if decision.recommendation.reason is not Reason.NO_METRICS:
            self._history.recommended(now, decision.recommendation.replicas)
        if decision.desired != current:
            self._history.changed(now, decision.desired - current)
            self.decisions.append((now, decision))
            self._scaled(self._deployment, decision, current)
            self._scale(self._deployment, decision.desired)
        self._timer.set(now + self._spec.period)

    def _read(self, pods: list[Pod]) -> list[Reading]:
        """Return the metrics; a pod counts once it was ready for a whole period."""
        before, now = self._before, self._env.now
        after = {pod.container: _counts(pod.container) for pod in pods if pod.container is not None}
        self._before = after
        known = [
            pod for pod in pods if pod.available(now, self._spec.period) and pod.container in before
        ]
        used: list[tuple[Pod, int, int]] = []
        for pod in known:
            assert pod.container is not None
            (cpu, served), (cpu_before, served_before) = after[pod.container], before[pod.container]
            used.append((pod, cpu - cpu_before, served - served_before))
        others = len(pods) - len(known)
        return [self._reading(target, used, others) for target in self._spec.targets]

    def _reading(
        self, target: Target, used: Iterable[tuple[Pod, int, int]], others: int
    ) -> Reading:
        used, period = list(used), self._spec.period
        percent = target.metric is Metric.CPU_UTILIZATION
        if target.metric is Metric.REQUESTS:
            total = Fraction(sum(served for _pod, _cpu, served in used) * SECOND, period)
        else:
            total = Fraction(sum(cpu for _pod, cpu, _served in used), period)
        if percent:  # of all that is requested, not the mean of percentages
            requested = Fraction(sum(pod.template.cpu for pod, _cpu, _served in used), 1000)
            if not requested:
                return Reading(Fraction(0), 0, target.value, others, percent=True)
            total = total / requested * 100 * len(used)
        return Reading(total, len(used), target.value, others, percent=percent)


def _counts(container: Container) -> tuple[int, int]:
    return container.group.cores.received, container.served
