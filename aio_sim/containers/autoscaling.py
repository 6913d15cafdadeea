"""Horizontal autoscaling by the formula of Kubernetes: how many replicas a load needs.

    desired = ceil(current x metric / target)

unless metric / target is within the tolerance of 1. Pods without a metric, and pods that are not
ready, count so that they dampen the change. Then the stabilisation windows, the policies and the
bounds are applied, in this order.

Source: Kubernetes documentation, Horizontal Pod Autoscaling, "Algorithm details"
(kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/), and
kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator.go and horizontal.go. There
ratios are floating-point numbers; here they are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from aio_sim.containers.scaling_rules import (
    KUBERNETES_DOWN,
    KUBERNETES_UP,
    ScalingHistory,
    ScalingRules,
    highest_allowed,
    lowest_allowed,
    stabilised,
)
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Reason(StrEnum):
    """Why an autoscaler wants as many replicas as it does."""

    SCALE_UP = "scale_up"
    SCALE_DOWN = "scale_down"
    UNCHANGED = "unchanged"
    """The formula gives what there is."""
    WITHIN_TOLERANCE = "within_tolerance"
    DAMPENED = "dampened_by_missing_metrics"
    """Pods that are not ready or without a metric could turn the change around."""
    NO_METRICS = "no_metrics"
    STABILISED = "stabilized"
    RATE_LIMITED = "rate_limited"
    MIN_REPLICAS = "min_replicas"
    MAX_REPLICAS = "max_replicas"
    OFF = "scaled_to_zero"
    """Who scales to zero by hand switches the autoscaler off."""


class Reading(NamedTuple):
    """One metric of the pods of a workload.

    `total` is the sum over the `measured` pods that are ready and have the metric; `not_ready` pods
    are left out at first, `missing` ones are ready and have no metric. `target` is the value wanted
    of each. With `percent` values are per cent of what a pod requests.
    """

    total: Fraction
    measured: int
    target: Fraction
    not_ready: int = 0
    missing: int = 0
    percent: bool = False

    @property
    def ratio(self) -> Fraction:
        """The mean by the target, of the pods that are measured."""
        return self.total / (self.measured * self.target)

    @property
    def assumed(self) -> Fraction:
        """What a pod without a metric is taken to use where that would lead to fewer pods."""
        return max(Fraction(100), self.target) if self.percent else self.target


class Recommendation(NamedTuple):
    """How many replicas a metric asks for; `ratio` is the one that decided, None without any."""

    replicas: int
    reason: Reason
    ratio: Fraction | None = None
    counted: int = 0
    """The pods that the ratio is the mean of."""


class Decision(NamedTuple):
    """How many replicas there shall be, and the steps that led there."""

    desired: int
    reason: Reason
    recommendation: Recommendation
    stabilised: int


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """The bounds and rules of one autoscaler; `maximum` None is no bound.

    Raises InputError where minimum or maximum cannot be.
    """

    minimum: int = 1
    maximum: int | None = None
    up: ScalingRules = KUBERNETES_UP
    down: ScalingRules = KUBERNETES_DOWN

    def __post_init__(self) -> None:
        if self.minimum < 0:
            raise InputError(_("the minimum of replicas must not be negative"))
        if self.maximum is not None and self.maximum < max(self.minimum, 1):
            raise InputError(
                _("the maximum of replicas, {maximum}, is below the minimum, {minimum}").format(
                    maximum=self.maximum, minimum=max(self.minimum, 1)
                )
            )

    def decide(
        self, current: int, readings: Sequence[Reading], history: ScalingHistory, now: int
    ) -> Decision:
        """Return what to do at `now` (ns), from what `history` says of the time before.

        The caller notes in the history what was recommended, and what it changed.

        Raises InputError for a reading that cannot be.
        """
        if fixed := self._out_of_bounds(current):
            return Decision(fixed.replicas, fixed.reason, fixed, fixed.replicas)
        wanted = largest(current, [self.recommend(current, each) for each in readings])
        stable = stabilised(current, wanted.replicas, history, now, self.up, self.down)
        desired, limit = self._limited(current, stable, history, now)
        if limit is not None:
            return Decision(desired, limit, wanted, stable)
        reason = wanted.reason if stable == wanted.replicas else Reason.STABILISED
        return Decision(desired, reason, wanted, stable)

    def recommend(self, current: int, reading: Reading) -> Recommendation:
        """Return what the formula makes of one metric, before windows, policies and bounds.

        Raises InputError where the target is not positive, or a count or the total is negative.
        """
        _check(reading)
        if not reading.measured:
            return Recommendation(current, Reason.NO_METRICS)
        if self._tolerates(reading.ratio):
            counted = reading.measured
            return Recommendation(current, Reason.WITHIN_TOLERANCE, reading.ratio, counted)
        full = _with_all_pods(reading)
        if self._tolerates(full.ratio) or (reading.ratio > 1) != (full.ratio > 1):
            return Recommendation(current, Reason.DAMPENED, full.ratio, full.measured)
        replicas = ceil(full.ratio * full.measured)
        return _directed(current, replicas, full, dampened=full is not reading)

    def _tolerates(self, ratio: Fraction) -> bool:
        return 1 - self.down.tolerance <= ratio <= 1 + self.up.tolerance

    def _out_of_bounds(self, current: int) -> Recommendation | None:
        if not current and self.minimum:
            return Recommendation(0, Reason.OFF)
        if current < self.minimum:
            return Recommendation(self.minimum, Reason.MIN_REPLICAS)
        if self.maximum is not None and current > self.maximum:
            return Recommendation(self.maximum, Reason.MAX_REPLICAS)
        return None

    def _limited(
        self, current: int, wanted: int, history: ScalingHistory, now: int
    ) -> tuple[int, Reason | None]:
        """Return what policies and bounds leave of a number, and which of them cut it."""
        if wanted > current:
            rate = highest_allowed(current, history, now, self.up)
            if rate is not None and rate < wanted and (self.maximum is None or rate < self.maximum):
                return rate, Reason.RATE_LIMITED
            if self.maximum is not None and self.maximum < wanted:
                return self.maximum, Reason.MAX_REPLICAS
        elif wanted < current:
            rate = lowest_allowed(current, history, now, self.down)
            if rate > max(wanted, self.minimum):
                return rate, Reason.RATE_LIMITED
            if self.minimum > wanted:
                return self.minimum, Reason.MIN_REPLICAS
        return wanted, None


def largest(current: int, recommendations: Sequence[Recommendation]) -> Recommendation:
    """Return the recommendation that holds of those of several metrics: the highest.

    Where a metric has no values, the others may ask for more replicas and not for fewer.
    """
    known = [each for each in recommendations if each.reason is not Reason.NO_METRICS]
    if not known:
        return Recommendation(current, Reason.NO_METRICS)
    best = max(known, key=lambda each: each.replicas)
    if len(known) < len(recommendations) and best.replicas < current:
        return Recommendation(current, Reason.NO_METRICS)
    return best


def _with_all_pods(reading: Reading) -> Reading:
    """Return the reading with the pods that were left out, so that they dampen the change.

    For more replicas, pods that are not ready or not measured use nothing; for fewer, those not
    measured use what is assumed of them, and those not ready stay out.
    """
    if reading.ratio > 1:
        added, each = reading.missing + reading.not_ready, Fraction(0)
    else:
        added, each = reading.missing, reading.assumed
    if not added:
        return reading
    return reading._replace(total=reading.total + added * each, measured=reading.measured + added)


def _directed(current: int, replicas: int, reading: Reading, *, dampened: bool) -> Recommendation:
    """Return a recommendation, kept from going the other way than its ratio says."""
    turned = replicas < current if reading.ratio > 1 else replicas > current
    if dampened and turned:
        return Recommendation(current, Reason.DAMPENED, reading.ratio, reading.measured)
    if replicas == current:
        reason = Reason.UNCHANGED
    else:
        reason = Reason.SCALE_UP if replicas > current else Reason.SCALE_DOWN
    return Recommendation(replicas, reason, reading.ratio, reading.measured)


def _check(reading: Reading) -> None:
    if reading.target <= 0:
        raise InputError(_("the target of a metric must be above 0"))
    counts = (reading.measured, reading.not_ready, reading.missing)
    if reading.total < 0 or min(counts) < 0:
        raise InputError(_("a metric and numbers of pods must not be negative"))
