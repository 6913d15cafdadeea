"""How many tasks each machine has, and which has the fewest."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


class MachineLoads:
    """Tasks on each machine, its queue included; a machine's load is its tasks a core."""

    def __init__(self, cores: Sequence[int]) -> None:
        self._cores = list(cores)
        self.tasks = [0] * len(cores)
        """How many tasks each machine has."""
        self._heap: list[tuple[float, int]] = []
        self.watched = False
        """Whether changes must be noted, for somebody asks for the least."""

    def __len__(self) -> int:
        return len(self._cores)

    def of(self, machine: int) -> float:
        """Return the load of a machine."""
        return self.tasks[machine] / self._cores[machine]

    def change(self, machine: int, by: int) -> None:
        """Note that tasks went to a machine, or left it."""
        self.tasks[machine] += by
        if self.watched:
            heapq.heappush(self._heap, (self.of(machine), machine))

    def least(self) -> int:
        """Return the machine of least load, the first on a tie; O(log n) in the changes since."""
        heap = self._heap
        if not self.watched or len(heap) > 4 * len(self._cores) + 64:
            self.watched = True
            heap = self._heap = [(self.of(at), at) for at in range(len(self._cores))]
            heapq.heapify(heap)
        while heap[0][0] != self.of(heap[0][1]):  # noted before its load changed
            heapq.heappop(heap)
        return heap[0][1]
