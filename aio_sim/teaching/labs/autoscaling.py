"""The lab on horizontal autoscaling: one decision, by the formula of Kubernetes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from aio_sim.containers.autoscaling import Autoscaler, Decision, Reading
from aio_sim.containers.scaling_rules import (
    KUBERNETES_DOWN,
    ScalingHistory,
    ScalingRules,
    horizon,
)
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import seconds
from aio_sim.teaching.labs.drawing import integer, stream

UP: Final = ScalingRules()
"""Up, where nothing else is said: at once, and as far as the formula wants."""

DOWN: Final = ScalingRules(KUBERNETES_DOWN.window)
"""Down, where nothing else is said: with the window of Kubernetes, as far as the formula wants."""

PLAIN: Final = Autoscaler(up=UP, down=DOWN)
"""From one replica on, without an upper bound."""


@dataclass(frozen=True)
class AutoscaleProblem:
    """Replicas, and the mean of a metric over those that are ready and have it.

    `history` has what was recommended and `changes` what was done, each as (age in ns, replicas).
    """

    replicas: int
    metric: Fraction
    target: Fraction
    autoscaler: Autoscaler = PLAIN
    not_ready: int = 0
    missing: int = 0
    history: tuple[tuple[int, int], ...] = ()
    changes: tuple[tuple[int, int], ...] = ()

    @property
    def reading(self) -> Reading:
        """The metric as the autoscaler reads it; InputError where more pods lack it than are."""
        measured = self.replicas - self.not_ready - self.missing
        if measured < 0:
            raise InputError(
                _("{count} pods are not ready or have no metric, of {replicas} replicas").format(
                    count=self.not_ready + self.missing, replicas=self.replicas
                )
            )
        total = self.metric * measured
        return Reading(total, measured, self.target, self.not_ready, self.missing)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it, times in seconds."""
        return {
            "replicas": self.replicas,
            "metric": number(self.metric),
            "target": number(self.target),
            "tolerance": number(self.autoscaler.up.tolerance),
            "min": self.autoscaler.minimum,
            "max": self.autoscaler.maximum,
            "not_ready": self.not_ready,
            "missing": self.missing,
            "history": [[seconds(age), replicas] for age, replicas in self.history],
        }


@dataclass(frozen=True)
class AutoscaleAnswer:
    """What the autoscaler wants, and how it came to it."""

    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {"desired": self.decision.desired, "reason": str(self.decision.reason)}


def number(value: Fraction) -> int | float:
    """Return an exact number for JSON and for people: whole where it is."""
    return int(value) if value.denominator == 1 else float(value)


def draw(
    seed: int,
    *,
    replicas: int | None = None,
    metric: Fraction | None = None,
    target: Fraction | None = None,
    autoscaler: Autoscaler = PLAIN,
    not_ready: int = 0,
    missing: int = 0,
    history: Sequence[tuple[int, int]] = (),
    changes: Sequence[tuple[int, int]] = (),
) -> AutoscaleProblem:
    """Return a problem with what is given, the rest drawn under `seed`."""
    if replicas is None:
        # Enough for the pods that are said to lack the metric, and some that have it.
        least = 2 + not_ready + missing
        replicas = integer(stream(seed, "autoscale", "replicas"), least, least + 10)
    if target is None:
        target = Fraction(5 * integer(stream(seed, "autoscale", "target"), 8, 16))
    if metric is None:
        share = Fraction(integer(stream(seed, "autoscale", "metric"), 30, 220), 100)
        metric = Fraction(round(target * share))
    return AutoscaleProblem(
        replicas, metric, target, autoscaler, not_ready, missing, tuple(history), tuple(changes)
    )


def solve(problem: AutoscaleProblem) -> AutoscaleAnswer:
    """Return the answer; InputError where a number cannot be."""
    rules = (problem.autoscaler.up, problem.autoscaler.down)
    now = max([horizon(*rules), *(age for age, _replicas in problem.history + problem.changes)])
    history = ScalingHistory(now)
    for age, replicas in _oldest_first(problem.history):
        history.recommended(now - age, replicas)
    for age, replicas in _oldest_first(problem.changes):
        history.changed(now - age, replicas)
    decide = problem.autoscaler.decide
    return AutoscaleAnswer(decide(problem.replicas, [problem.reading], history, now))


def _oldest_first(entries: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted(entries, key=lambda entry: -entry[0])
