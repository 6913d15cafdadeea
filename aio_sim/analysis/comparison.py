"""The same arrivals under each of several variants, and what the variants change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aio_sim.analysis.headlines import HEADLINES, headlines
from aio_sim.analysis.statistics import (
    CONFIDENCE,
    Interval,
    confidence_interval,
    paired_difference,
)
from aio_sim.analysis.variants import Values, combinations, made, text
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.analysis.metrics import Metrics
    from aio_sim.scenario import Scenario

Progress = Callable[[int, int], None]
"""Told how many runs are done, and how many there will be."""


@dataclass(frozen=True)
class Variant:
    """One variant of a scenario over all replications.

    `samples` has a value a replication; `difference` is to the first variant, replication by
    replication, and empty for the first itself. A metric that some replication lacks is left out.
    """

    values: dict[str, Any]
    samples: dict[str, list[float]]
    metrics: dict[str, Interval]
    difference: dict[str, Interval]

    @property
    def label(self) -> str:
        """The values that make the variant, for people: `sjf, 2`."""
        return ", ".join(map(text, self.values.values()))


@dataclass(frozen=True)
class Comparison:
    """Variants of one scenario under seeds `seed`, `seed + 1`, ...; the first is the baseline."""

    scenario: str
    seed: int
    replications: int
    variants: tuple[Variant, ...]
    shown: tuple[str, ...] = field(default=HEADLINES)
    """The metrics that were asked for, or the headlines."""
    confidence: float = CONFIDENCE
    interrupted: bool = False
    """Whether fewer replications were done than were asked for."""


def compare(
    scenario: Scenario,
    vary: Mapping[str, Sequence[Any]],
    replications: int = 1,
    seed: int | None = None,
    *,
    metrics: Iterable[str] | None = None,
    confidence: float = CONFIDENCE,
    audit: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Run every combination of the values in `vary` on the same arrivals, and compare.

    `vary` has values by path (`{"scheduler.policy": ["fcfs", "sjf"]}`). Differences to the first
    variant are paired by seed (common random numbers), with their confidence intervals. An
    interrupt keeps the replications that all variants have finished.

    Raises ScenarioError where a variant is no scenario, UnknownName for a metric that no run has.
    """
    values = combinations(vary)
    variants = made(values, scenario.having)
    seed = scenario.seed if seed is None else seed
    return compare_variants(
        *(values, variants, replications, seed),
        metrics=metrics,
        confidence=confidence,
        audit=audit,
        progress=progress,
    )


def compare_variants(
    values: Sequence[Values],
    variants: Sequence[Scenario],
    replications: int,
    seed: int | None,
    *,
    metrics: Iterable[str] | None = None,
    confidence: float = CONFIDENCE,
    audit: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios on the same arrivals, as `compare` does; `values` tell what makes each.

    Raises InputError for less than one replication, UnknownName for a metric that no run has.
    """
    if replications < 1:
        raise InputError(_("expected 1 replication or more"))
    seed = variants[0].seed if seed is None else seed
    done: list[list[Metrics]] = []
    try:
        for replication in range(replications):
            reached = replication * len(variants)
            total = replications * len(variants)
            done.append(_replicate(variants, seed + replication, audit, progress, reached, total))
    except KeyboardInterrupt:
        if not done:
            raise
    shown = _known(metrics, done)
    return Comparison(
        variants[0].name,
        seed,
        len(done),
        _summarize(values, done, shown, confidence),
        shown or headlines(_names(done)),
        confidence,
        interrupted=len(done) < replications,
    )


def _replicate(
    variants: Sequence[Scenario],
    seed: int,
    audit: bool,
    progress: Progress | None,
    reached: int,
    total: int,
) -> list[Metrics]:
    """Return the metrics of each variant under one seed."""
    from aio_sim.simulation import simulate

    found = []
    for count, variant in enumerate(variants, reached + 1):
        found.append(simulate(variant, seed, audit=audit).metrics)
        if progress is not None:
            progress(count, total)
    return found


def _known(metrics: Iterable[str] | None, done: list[list[Metrics]]) -> tuple[str, ...]:
    """Return the metrics asked for, each of which some run has."""
    known = _names(done)
    chosen = tuple(metrics or ())
    for name in chosen:
        if name not in known:
            raise UnknownName(_("metric"), name, known)
    return chosen


def _names(done: list[list[Metrics]]) -> set[str]:
    return {name for replication in done for numbers in replication for name in numbers}


def _summarize(
    values: Sequence[Values],
    done: list[list[Metrics]],
    chosen: tuple[str, ...],
    confidence: float,
) -> tuple[Variant, ...]:
    samples = [
        _samples([replication[place] for replication in done], chosen)
        for place in range(len(values))
    ]
    baseline = samples[0]
    return tuple(
        Variant(
            each,
            own,
            {name: confidence_interval(numbers, confidence) for name, numbers in own.items()},
            {
                name: paired_difference(numbers, baseline[name], confidence)
                for name, numbers in own.items()
                if place and name in baseline
            },
        )
        for place, (each, own) in enumerate(zip(values, samples, strict=True))
    )


def _samples(runs: list[Metrics], chosen: tuple[str, ...]) -> dict[str, list[float]]:
    """Return the values of each metric that every replication has."""
    return {
        name: [numbers[name] for numbers in runs]
        for name in (chosen or runs[0])
        if all(name in numbers for numbers in runs)
    }
