"""Named random streams: one seed, one independent generator per purpose."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class RandomStreams:
    """Random generators by name, all fixed by one seed.

    A stream depends on the seed and its own name alone, so that adding a component never shifts
    another's numbers, and two policies under one seed meet the same arrivals and the same work
    (common random numbers; Law, Simulation Modeling and Analysis, 5th ed., 11.2).
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, name: str) -> np.random.Generator:
        """Return a new generator, at the beginning of the stream `name`."""
        import numpy as np

        digest = sha256(name.encode()).digest()
        words = tuple(int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=words))
        )
