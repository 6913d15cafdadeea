"""Instants of arrival, in chunks: Poisson, periodic, and Poisson modulated by a Markov chain.

Times are nanoseconds. Sums run on from chunk to chunk in the order of the draws, so that the size
of chunks never changes an instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import Problem, WorkloadError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import LARGEST

Instants = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def within(chunks: Iterator[Instants], count: int | None, until: int | None) -> Iterator[Instants]:
    """Yield the first `count` instants, of those before `until`; either may be absent."""
    left = count
    for chunk in chunks:
        instants = chunk if until is None else chunk[: np.searchsorted(chunk, until)]
        over = len(instants) < len(chunk)
        if left is not None:
            instants = instants[:left]
            left -= len(instants)
        if len(instants):
            yield instants
        if over or left == 0:
            return


def whole_instants(times: Reals, name: str) -> Instants:
    """Return times as whole nanoseconds, to the nearest.

    Raises WorkloadError where one is beyond 2**62.
    """
    if not times[-1] <= LARGEST:
        raise WorkloadError(Problem(_("a task arrives too late to be counted"), field=name))
    return np.rint(times).astype(np.int64)


def running_sums(generator: np.random.Generator, chunk: int) -> Iterator[Reals]:
    """Yield the instants of a Poisson process of rate 1 from 0 on; float64 of shape (chunk,)."""
    last = 0.0
    while True:
        gaps = generator.standard_exponential(chunk)
        gaps[0] += last
        sums = np.cumsum(gaps)
        last = float(sums[-1])
        yield sums


def poisson(
    generator: np.random.Generator, rate: float, start: int, chunk: int, name: str
) -> Iterator[Instants]:
    """Yield the instants of a Poisson process of `rate` a second, from `start` on."""
    for sums in running_sums(generator, chunk):
        yield whole_instants(sums * (SECOND / rate) + start, name)


def periodic(
    generator: np.random.Generator, every: int, offset: int, jitter: int, chunk: int, name: str
) -> Iterator[Instants]:
    """Yield offset + k * every, plus whole nanoseconds drawn uniformly from [0, jitter)."""
    first = 0
    while True:
        if offset + (first + chunk) * every + jitter > LARGEST:
            raise WorkloadError(Problem(_("a task arrives too late to be counted"), field=name))
        instants = offset + np.arange(first, first + chunk, dtype=np.int64) * every
        if jitter:
            instants += (generator.random(chunk) * jitter).astype(np.int64)
        yield instants
        first += chunk


class ModulatedClock:
    """Turns the running time of a Poisson process of rate 1 into that of a modulated one.

    In state i, which lasts an exponential time, arrivals come at rate i: the intensity up to time t
    is a broken line, and arrival k comes when it reaches the k-th instant of the process of rate 1
    (Fischer and Meier-Hellstern, The Markov-modulated Poisson process (MMPP) cookbook, Performance
    Evaluation 18, 1993).
    """

    def __init__(self, states: Iterator[tuple[float, float]]) -> None:
        """Take the states passed through: how long each lasts (ns), and arrivals a ns in it."""
        self._states = states
        self._time = [0.0]  # where each piece of the line begins, in ns ...
        self._intensity = [0.0]  # ... and in expected arrivals
        self._rate: list[float] = []  # its slope

    def times(self, operational: Reals) -> Reals:
        """Return the times (ns) at which the intensity reaches each value, which grow."""
        self._extend(float(operational[-1]))
        ends = np.array(self._intensity[1:])
        # The first piece that ends beyond the value: where the rate is 0 nothing arrives.
        piece = np.searchsorted(ends, operational, side="right")
        begun = np.array(self._intensity)[piece]
        times: Reals = (
            np.array(self._time)[piece] + (operational - begun) / np.array(self._rate)[piece]
        )
        self._forget(int(piece[-1]))
        return times

    def _extend(self, intensity: float) -> None:
        while self._intensity[-1] <= intensity:
            lasts, rate = next(self._states)
            self._time.append(self._time[-1] + lasts)
            self._intensity.append(self._intensity[-1] + lasts * rate)
            self._rate.append(rate)

    def _forget(self, pieces: int) -> None:
        del self._time[:pieces], self._intensity[:pieces], self._rate[:pieces]


def modulated(
    generator: np.random.Generator,
    states: Iterator[tuple[float, float]],
    start: int,
    chunk: int,
    name: str,
) -> Iterator[Instants]:
    """Yield the instants of a Poisson process that is modulated by `states`, from `start` on."""
    clock = ModulatedClock(states)
    for sums in running_sums(generator, chunk):
        yield whole_instants(clock.times(sums) + start, name)


def markov_chain(
    sojourns: np.random.Generator,
    jumps: np.random.Generator,
    rates: Sequence[float],
    means: Sequence[int],
    cycle: bool,
) -> Iterator[tuple[float, float]]:
    """Yield how long each state lasts (ns) and its arrivals a nanosecond, from the first state on.

    The next state is the next in order, or any other with equal chance.
    """
    state = 0
    while True:
        yield float(sojourns.standard_exponential()) * means[state], rates[state] / SECOND
        if cycle:
            state = (state + 1) % len(rates)
        else:
            step = 1 + int(jumps.random() * (len(rates) - 1))
            state = (state + step) % len(rates)
