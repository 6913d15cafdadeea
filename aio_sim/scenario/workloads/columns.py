"""Drawing the columns of a workload's tasks, each from a random stream of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario.distributions import Distribution
from aio_sim.scenario.fields import (
    LARGEST_WEIGHT,
    LEAST_WEIGHT,
    share_expected,
    weight_expected,
)
from aio_sim.scenario.workloads.common import TaskAttributes, TaskDemands, TaskShape, constant

Numbers = npt.NDArray[Any]
Convert = Callable[[Numbers], Numbers]


class Column:
    """The draws of one attribute, chunk by chunk; a constant is one value for all."""

    def __init__(
        self, distribution: Distribution, streams: RandomStreams, name: str, convert: Convert
    ) -> None:
        self._distribution = distribution
        self._name = name
        self._convert = convert
        self._constant = constant(distribution)
        self._streams = streams

    @cached_property
    def _generator(self) -> np.random.Generator:
        return self._streams.stream(self._name)

    def draw(self, n: int) -> Numbers:
        """Return the next n values, shape (n,).

        Raises WorkloadError where one is not possible.
        """
        if self._constant is None:
            draws = self._distribution.sample(self._generator, n)
        else:
            draws = np.full(n, self._constant)
        try:
            return self._convert(draws)
        except ValueError as error:
            raise WorkloadError(Problem(str(error), field=self._name)) from None

    def column(self, n: int) -> Any:
        """Return the next n values, or the one value of a constant."""
        return self.draw(n) if self._constant is None else self._always

    @cached_property
    def _always(self) -> int | float:
        value: float = self.draw(1).item()
        return int(value) if value == int(value) else value


class Attributes:
    """The columns of what every task may have: priority, weight, vector, deadline, tenant."""

    def __init__(self, spec: TaskAttributes, streams: RandomStreams, label: str) -> None:
        self._tenant = spec.tenant
        self._columns = {
            "priority": Column(spec.priority, streams, f"{label}.priority", _real),
            "weight": Column(spec.weight, streams, f"{label}.weight", _weight),
            "vector": Column(spec.vector, streams, f"{label}.vector", _share),
        }
        if spec.deadline is not None:
            self._columns["deadline"] = Column(
                spec.deadline, streams, f"{label}.deadline", _nanoseconds
            )
        if isinstance(spec, TaskDemands):
            self._add_demands(spec, streams, label)

    def _add_demands(self, spec: TaskDemands, streams: RandomStreams, label: str) -> None:
        shared = constant(spec.cores) == 0
        to_cores = _whole if shared else _cores
        self._columns["cores"] = Column(spec.cores, streams, f"{label}.cores", to_cores)
        self._columns["memory"] = Column(spec.memory, streams, f"{label}.memory", _whole)
        if spec.estimate is not None:
            self._columns["estimate"] = Column(
                spec.estimate, streams, f"{label}.estimate", _nanoseconds
            )

    def draw(self, n: int) -> dict[str, Any]:
        """Return the next n values of each column, by their name in a TaskBlock."""
        columns = {name: column.column(n) for name, column in self._columns.items()}
        return columns | {"tenant": self._tenant}


class TaskColumns:
    """All columns of generated tasks but their arrival."""

    def __init__(self, spec: TaskShape, streams: RandomStreams, label: str) -> None:
        self._attributes = Attributes(spec, streams, label)
        self._span = spec.span
        self._work = (
            [Column(spec.work, streams, f"{label}.work", _nanoseconds)] if spec.work else []
        )
        self._bursts = [
            Column(burst, streams, f"{label}.bursts.{at}", _nanoseconds)
            for at, burst in enumerate(spec.bursts or ())
        ]

    def block(self, arrival: npt.NDArray[np.int64], index: Sequence[int]) -> TaskBlock:
        """Return as many tasks as there are arrivals.

        Raises WorkloadError where a distribution draws what no task can have.
        """
        n = len(arrival)
        times = np.stack([column.draw(n) for column in self._work or self._bursts], axis=1)
        return TaskBlock(
            arrival,
            times[:, ::2].sum(axis=1),
            index,
            bursts=times.tolist() if self._bursts else None,
            span=self._span,
            **self._attributes.draw(n),
        )


def nanoseconds(draws: Numbers) -> Numbers:
    """Return seconds as whole nanoseconds, to the nearest; int64 of the same shape.

    Raises ValueError where one is negative, not a number, or beyond 2**62 ns.
    """
    return _whole(draws * SECOND)


def _nanoseconds(draws: Numbers) -> Numbers:
    """Return seconds as nanoseconds, at least 1: a task that takes no time is no task."""
    return np.maximum(nanoseconds(draws), 1)


def _whole(draws: Numbers) -> Numbers:
    rounded = np.rint(draws)
    wrong = ~((rounded >= 0) & (rounded <= LARGEST))
    if wrong.any():
        raise ValueError(
            _("a distribution drew {value:g}, which cannot be").format(value=draws[wrong][0])
        )
    return rounded.astype(np.int64)


def _cores(draws: Numbers) -> Numbers:
    return np.maximum(_whole(draws), 1)


def _real(draws: Numbers) -> Numbers:
    if not np.isfinite(draws).all():
        raise ValueError(_("a distribution drew a number that is not finite"))
    return draws


def _weight(draws: Numbers) -> Numbers:
    return _within(draws, LEAST_WEIGHT, LARGEST_WEIGHT, weight_expected)


def _share(draws: Numbers) -> Numbers:
    return _within(draws, 0, 1, share_expected)


def _within(draws: Numbers, least: float, most: float, expected: Callable[[], str]) -> Numbers:
    wrong = ~((_real(draws) >= least) & (draws <= most))
    if wrong.any():
        sentence = _("a distribution drew {value:g}; expected {expected}")
        raise ValueError(sentence.format(value=draws[wrong][0], expected=expected()))
    return draws
