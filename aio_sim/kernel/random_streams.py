"""Named random streams: one seed, one independent generator per purpose."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

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

        return np.random.Generator(np.random.PCG64(self._sequence(name)))

    def _sequence(self, name: str) -> np.random.SeedSequence:
        import numpy as np

        digest = sha256(name.encode()).digest()
        words = tuple(int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
        return np.random.SeedSequence(self.seed, spawn_key=words)


class PlacedStreams(RandomStreams):
    """Random generators by name that can all be put at a place, a pair of whole numbers.

    What is drawn from there on depends on the seed, the name and the place alone, in whatever order
    places are gone to; so many small series of numbers need no generator each.

    Source: Salmon, Moraes, Dror & Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011
    (Philox, whose numbers are a function of a counter; a place is its upper half).
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._place = (0, 0)
        self._made: list[tuple[np.random.Philox, Any]] = []

    def stream(self, name: str) -> np.random.Generator:
        """Return a new generator, at the present place of the stream `name`."""
        import numpy as np

        philox = np.random.Philox(self._sequence(name))
        self._made.append((philox, philox.state))
        self.go_to(*self._place)
        return np.random.Generator(philox)

    def go_to(self, row: int, column: int) -> None:
        """Put all generators at the beginning of a place; both numbers are from 0 to 2**64 - 1."""
        self._place = (row, column)
        for philox, beginning in self._made:
            beginning["state"]["counter"][2:] = self._place
            philox.state = beginning
