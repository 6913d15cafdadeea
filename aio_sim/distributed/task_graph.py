"""Task graphs: which tasks come before which, and how long the way to the end is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple


class Edge(NamedTuple):
    """One task's need of another."""

    task: int
    """The number of the other task: the one before, or the one after."""
    size: int
    """Bytes that go from the one before to the one after."""


class TaskGraph:
    """Tasks by number, each after others; it has no cycle (see `cycle`)."""

    def __init__(self, before: Sequence[Sequence[Edge]], works: Sequence[int]) -> None:
        """`before` has, for each task, those that must have finished; `works` is nanoseconds."""
        self.before = before
        self.works = works

    def __len__(self) -> int:
        return len(self.before)

    @cached_property
    def after(self) -> list[list[Edge]]:
        """For each task, those that wait for it."""
        after: list[list[Edge]] = [[] for _ in self.before]
        for task, edges in enumerate(self.before):
            for edge in edges:
                after[edge.task].append(Edge(task, edge.size))
        return after

    @cached_property
    def order(self) -> list[int]:
        """All tasks, each behind those before it; O(tasks + edges)."""
        left = [len(edges) for edges in self.before]
        order = [task for task, count in enumerate(left) if not count]
        for task in order:  # which grows meanwhile
            for edge in self.after[task]:
                left[edge.task] -= 1
                if not left[edge.task]:
                    order.append(edge.task)
        return order

    def upward_ranks(self, times: Sequence[float], transfer: Callable[[int], float]) -> list[float]:
        """Return the longest way from each task's start to the end, given how long tasks take.

        `transfer` tells how long so many bytes are under way. Source: Topcuoglu, Hariri & Wu,
        Performance-Effective and Low-Complexity Task Scheduling for Heterogeneous Computing, IEEE
        TPDS 13(3), 2002, equation 8.
        """
        ranks = [0.0] * len(self)
        for task in reversed(self.order):
            ways = (transfer(edge.size) + ranks[edge.task] for edge in self.after[task])
            ranks[task] = times[task] + max(ways, default=0)
        return ranks

    def bottom_levels(self) -> list[int]:
        """Return the work on the longest way from each task's start to the end, in nanoseconds."""
        levels = [0] * len(self)
        for task in reversed(self.order):
            ways = (levels[edge.task] for edge in self.after[task])
            levels[task] = self.works[task] + max(ways, default=0)
        return levels


def cycle(before: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the tasks of a cycle, each after the next and the first again last; [] if none is.

    Found by depth-first search without recursion, so that a chain may have any length. Names that
    are not keys are passed over.
    """
    done: set[str] = set()
    for root in before:
        way, at = [root], {root: 0}
        todo = [iter(before[root])]
        while todo and root not in done:
            following = next((each for each in todo[-1] if each in before and each not in done), "")
            if following in at:
                return [*way[at[following] :], following]
            if following:
                at[following] = len(way)
                way.append(following)
                todo.append(iter(before[following]))
            else:
                todo.pop()
                ended = way.pop()
                del at[ended]
                done.add(ended)
    return []
