"""The lab on context switches: the fast and the precise strategy over the same slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.context_switch import (
    SwitchCosts,
    SwitchStrategy,
    TlbSwitch,
    break_even,
    expected_switch_cost,
    switch_cost,
)
from aio_sim.teaching.labs.drawing import integer, stream

SWITCHES: Final = 1000
MOST_SWITCHES: Final = 10**9
STRATEGIES: Final = tuple(SwitchStrategy)


@dataclass(frozen=True)
class SwitchProblem:
    """A number of switches; in the slice after each, vectors are used with chance `vector_use`."""

    vector_use: float
    switches: int = SWITCHES
    strategies: tuple[SwitchStrategy, ...] = STRATEGIES
    tlb: TlbSwitch = TlbSwitch.TAG
    seed: int = 0

    @property
    def costs(self) -> SwitchCosts:
        """What each step of a switch takes."""
        return SwitchCosts(tlb=self.tlb)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "vector_use": self.vector_use,
            "switches": self.switches,
            "strategies": list(self.strategies),
            "tlb": self.tlb,
        }


@dataclass(frozen=True)
class StrategyResult:
    """What a strategy took, in nanoseconds: in all, and a switch on average, at least, at most.

    `expected` is the mean that the share of slices using vectors leads to.
    """

    total: int
    mean: float
    expected: float
    least: int
    most: int

    def as_json(self) -> dict[str, Any]:
        """Return the result with the unit in the names."""
        return {f"{name}_ns": value for name, value in vars(self).items()}


@dataclass(frozen=True)
class SwitchAnswer:
    """The result of each strategy, the slices that used vectors, and the break-even share."""

    results: dict[SwitchStrategy, StrategyResult]
    using_vectors: int
    break_even: float

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {
            "strategies": {
                str(strategy): result.as_json() for strategy, result in self.results.items()
            },
            "break_even": self.break_even,
        }


def draw(
    seed: int,
    *,
    vector_use: float | None = None,
    switches: int = SWITCHES,
    strategies: Sequence[SwitchStrategy] = STRATEGIES,
    tlb: TlbSwitch = TlbSwitch.TAG,
) -> SwitchProblem:
    """Return a problem with what is given; the share is drawn, in whole per cent, where not."""
    if vector_use is None:
        vector_use = integer(stream(seed, "switch", "vector_use"), 5, 95) / 100
    return SwitchProblem(vector_use, switches, tuple(strategies), tlb, seed)


def solve(problem: SwitchProblem) -> SwitchAnswer:
    """Return what the same slices cost under each strategy.

    Raises InputError for a share outside 0 to 1, or a number of switches outside 1 to 10**9.
    """
    if not 1 <= problem.switches <= MOST_SWITCHES:
        raise InputError(
            _("the number of switches must be from 1 to {most}, not {switches}").format(
                most=MOST_SWITCHES, switches=problem.switches
            )
        )
    expected = {
        strategy: expected_switch_cost(strategy, problem.vector_use, problem.costs)
        for strategy in problem.strategies
    }
    # A switch's cost depends on its own slice alone, so that their number is all that matters.
    slices = stream(problem.seed, "switch", "slices")
    using = int(slices.binomial(problem.switches, problem.vector_use))
    results = {
        strategy: _result(strategy, problem, using, mean) for strategy, mean in expected.items()
    }
    return SwitchAnswer(results, using, break_even(problem.costs))


def _result(
    strategy: SwitchStrategy, problem: SwitchProblem, using: int, expected: float
) -> StrategyResult:
    without, touched = (switch_cost(strategy, uses, problem.costs) for uses in (False, True))
    total = using * touched + (problem.switches - using) * without
    return StrategyResult(
        total=total,
        mean=total / problem.switches,
        expected=expected,
        least=touched if using == problem.switches else without,
        most=touched if using else without,
    )
