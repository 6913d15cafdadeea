"""How many tasks each machine has, and which has the fewest."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from itertools import permutations
from math import inf


class Ranking:
    """Machines by a number of theirs that changes; says which has the smallest."""

    def __init__(self, number: Callable[[int], float], count: int) -> None:
        self._number = number
        self._count = count
        self._heap = self._all()

    def _all(self) -> list[tuple[float, int]]:
        heap = [(self._number(machine), machine) for machine in range(self._count)]
        heapq.heapify(heap)
        return heap

    def note(self, machine: int) -> None:
        """Note that a machine's number has changed."""
        heapq.heappush(self._heap, (self._number(machine), machine))

    def first(self) -> int:
        """Return the machine of the smallest number, the first on a tie; O(log n) a change."""
        if len(self._heap) > 4 * self._count + 64:
            self._heap = self._all()
        heap = self._heap
        while heap[0][0] != self._number(heap[0][1]):  # noted before its number changed
            heapq.heappop(heap)
        return heap[0][1]


class MachineLoads:
    """Tasks on each machine, its queue included; a machine's load is its tasks a core."""

    def __init__(self, cores: Sequence[int], names: Sequence[str] = ()) -> None:
        self._cores = list(cores)
        self._names = names
        self.tasks = [0] * len(cores)
        """How many tasks each machine has."""
        self.down: set[int] = set()
        """The machines that take no tasks."""
        self._rankings: list[Ranking] = []
        self.told = False
        """Whether `change` must hear of all, for somebody asks for the least, or shares a count."""

    def __len__(self) -> int:
        return len(self._cores)

    def of(self, machine: int) -> float:
        """Return the load of a machine; infinite where it takes no tasks."""
        if self.down and machine in self.down:
            return inf
        return self.tasks[machine] / self._cores[machine]

    def queue(self, machine: int) -> float:
        """Return how many tasks wait for a core there, minus its idle cores; infinite if down."""
        if self.down and machine in self.down:
            return inf
        return self.tasks[machine] - self._cores[machine]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each machine by its name."""
        return {name: machine for machine, name in enumerate(self._names)}

    def named(self, names: Collection[str]) -> list[int]:
        """Return the numbers of those of these machines that are here and take tasks."""
        numbers, down = self.numbers, self.down
        found = [numbers[name] for name in names if name in numbers]
        return [machine for machine in found if machine not in down] if down else found

    def take_down(self, machine: int, down: bool) -> None:
        """Note that a machine takes no tasks any more, or does again."""
        (self.down.add if down else self.down.discard)(machine)
        MachineLoads.change(self, machine, 0)

    def up(self, machine: int) -> int:
        """Return that machine, or the least loaded where it takes no tasks and another does."""
        return min(range(len(self)), key=self.of) if machine in self.down else machine

    def change(self, machine: int, by: int) -> None:
        """Note that tasks went to a machine, or left it."""
        self.tasks[machine] += by
        for ranking in self._rankings:
            ranking.note(machine)

    def ranking(self, number: Callable[[int], float]) -> Ranking:
        """Return a ranking by a number that only a change of a machine's tasks changes."""
        self.told = True
        self._rankings.append(Ranking(number, len(self)))
        return self._rankings[-1]

    @cached_property
    def _by_load(self) -> Ranking:
        return self.ranking(self.of)

    @cached_property
    def _by_queue(self) -> Ranking:
        return self.ranking(self.queue)

    @cached_property
    def _by_longest(self) -> Ranking:
        return self.ranking(lambda machine: -(self.tasks[machine] - self._cores[machine]))

    def least(self) -> int:
        """Return the machine of least load, the first on a tie; O(log n) in the changes since."""
        return self._by_load.first()

    def shortest(self) -> int:
        """Return the machine of the shortest queue, or most idle cores, the first on a tie."""
        return self._by_queue.first()

    def longest(self) -> int:
        """Return the machine of the longest queue, the first on a tie."""
        return self._by_longest.first()


class SharedLoads(MachineLoads):
    """Loads of machines some of which others send tasks to as well: each counts all of them."""

    def __init__(self, cores: Sequence[int], names: Sequence[str] = ()) -> None:
        super().__init__(cores, names)
        self.told = True
        self._others: dict[int, list[tuple[MachineLoads, int]]] = {}

    def share(self, machine: int, other: MachineLoads, there: int) -> None:
        """Tell `other`, which calls it `there`, of all changes to a machine."""
        self._others.setdefault(machine, []).append((other, there))

    def change(self, machine: int, by: int) -> None:
        """Note that tasks went to a machine, or left it, here and with all others."""
        super().change(machine, by)
        for other, there in self._others.get(machine, ()):
            MachineLoads.change(other, there, by)


class Outages:
    """Tells the loads of all groups that a machine is in when it takes no tasks."""

    def __init__(self) -> None:
        self._places: dict[str, list[tuple[MachineLoads, int]]] = {}

    def watch(self, names: Collection[str], group: Sequence[str], loads: MachineLoads) -> None:
        """Tell those loads, of a group, about the machines of these names."""
        for at, name in enumerate(group):
            if name in names:
                self._places.setdefault(name, []).append((loads, at))

    def note(self, name: str, down: bool) -> None:
        """Note that a machine takes no tasks any more, or does again."""
        for loads, at in self._places.get(name, ()):
            loads.take_down(at, down)


def loads_of(groups: Sequence[Sequence[str]], cores: Mapping[str, int]) -> list[MachineLoads]:
    """Return the loads of each group of machines, given how many cores each machine has.

    A machine of two groups has one load in both. O(machines of all groups), and for each machine
    the square of how many groups it is in.
    """
    if len(groups) == 1:
        return [MachineLoads([cores[name] for name in groups[0]], groups[0])]
    loads = [SharedLoads([cores[name] for name in group], group) for group in groups]
    places: dict[str, list[tuple[SharedLoads, int]]] = {}
    for own, group in zip(loads, groups, strict=True):
        for at, name in enumerate(group):
            places.setdefault(name, []).append((own, at))
    for there in places.values():
        for (own, at), (other, its) in permutations(there, 2):
            own.share(at, other, its)
    return list(loads)
