"""Stragglers: attempts that are slow for no reason of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Stragglers:
    """Each attempt is slow with a probability, and then computes `factor` times as long.

    Dean & Ghemawat 2004, 3.6 name reasons: a bad disk, other work on the machine, caches off.
    """

    probability: float = 0.0
    factor: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or self.factor < 1:
            sentence = _("stragglers: expected a probability and a factor of 1 or more, got {got}")
            raise InputError(sentence.format(got=f"{self.probability:g} x {self.factor:g}"))

    def drawing(self, random: np.random.Generator) -> Callable[[], float]:
        """Return what draws how many times as long each next attempt takes."""
        return lambda: self.factor if random.random() < self.probability else 1.0
