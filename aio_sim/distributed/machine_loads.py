"""How many tasks each machine has, and which has the fewest."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


class MachineLoads:
    """Tasks on each machine, its queue included; a machine's load is its tasks a core."""

    def __init__(self, cores: Sequence[int]) -> None:
        self._cores = list(cores)
        self._tasks = [0] * len(cores)
        self._heap: list[tuple[float, int]] | None = None  # once somebody asks for the least

    def __len__(self) -> int:
        return len(self._cores)

    def of(self, machine: int) -> float:
        """Return the load of a machine."""
        return self._tasks[machine] / self._cores[machine]

    def add(self, machine: int) -> None:
        """Note that a task went to a machine."""
        self._tasks[machine] += 1
        if self._heap is not None:
            self._note(machine)

    def remove(self, machine: int) -> None:
        """Note that a task left a machine."""
        self._tasks[machine] -= 1
        if self._heap is not None:
            self._note(machine)

    def least(self) -> int:
        """Return the machine of least load, the first on a tie; O(log n) in the changes since."""
        heap = self._heap
        if heap is None or len(heap) > 4 * len(self._cores) + 64:
            heap = self._heap = [(self.of(at), at) for at in range(len(self._cores))]
            heapq.heapify(heap)
        while heap[0][0] != self.of(heap[0][1]):  # noted before its load changed
            heapq.heappop(heap)
        return heap[0][1]

    def _note(self, machine: int) -> None:
        heapq.heappush(self._heap or [], (self.of(machine), machine))
