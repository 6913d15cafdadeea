"""How far a schedule of tasks on equal machines may be from the best one, and how short that is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def list_bound(machines: int) -> Fraction:
    """Return how many times the best makespan any list schedule takes at most: 2 - 1/m.

    For any order of the list and any task graph. Source: Graham, Bounds on Multiprocessing Timing
    Anomalies, SIAM J. Appl. Math. 17(2), 1969.
    """
    return 2 - Fraction(1, machines)


def longest_first_bound(machines: int) -> Fraction:
    """Return the same where the longest task goes first and none waits for another: 4/3 - 1/(3m).

    Source: as of `list_bound`.
    """
    return Fraction(4, 3) - Fraction(1, 3 * machines)


def least_makespan(works: Sequence[int], machines: int, critical_path: int = 0) -> Fraction:
    """Return what no schedule is shorter than: the mean work of a machine, the longest task, or
    the longest way through the graph."""
    mean = Fraction(sum(works), machines)
    return max(mean, Fraction(max(works, default=0)), Fraction(critical_path))
