"""The random streams from which labs draw problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.units import LARGEST

if TYPE_CHECKING:
    import numpy as np


def stream(seed: int, lab: str, what: str) -> np.random.Generator:
    """Return the stream of one input of a lab; what else is given or drawn does not shift it."""
    return RandomStreams(seed).stream(f"lab.{lab}.{what}")


def integers(generator: np.random.Generator, low: int, high: int, count: int) -> tuple[int, ...]:
    """Return `count` numbers from `low` to `high`, both included; none above 2**62."""
    top = min(high, LARGEST)
    return tuple(int(number) for number in generator.integers(low, top + 1, count))


def integer(generator: np.random.Generator, low: int, high: int) -> int:
    """Return a number from `low` to `high`, both included."""
    return integers(generator, low, high, 1)[0]


def one_of(generator: np.random.Generator, names: tuple[str, ...]) -> str:
    """Return one of the names, each with the same chance."""
    return names[integer(generator, 0, len(names) - 1)]
