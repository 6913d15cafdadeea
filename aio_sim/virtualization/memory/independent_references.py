"""Fault rates under the independent reference model: each reference is to page i with chance p_i.

W. King, Analysis of demand paging algorithms, IFIP Congress 1971; E. Gelenbe, A unified approach to
the evaluation of a class of replacement algorithms, IEEE Trans. Computers 22(6), 1973; H. Che,
Y. Tung and Z. Wang, Hierarchical Web caching systems, IEEE JSAC 20(7), 2002.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, isclose

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


def lru_fault_rate(popularity: Sequence[float], frames: int) -> float:
    """Return the exact fault rate of lru in equilibrium (King).

    The pages used last are drawn without replacement: those in memory are the set S with chance
    f(S) = sum over i in S of f(S - i) p_i / (1 - P(S - i)), where P sums the chances of a set. A
    term a subset: feasible for some 20 pages. InputError for no frame, or for chances that are no
    distribution of positive ones.
    """
    _check(popularity, frames)
    if frames >= len(popularity):
        return 0.0
    chances = {0: 1.0}
    for _frame in range(frames):
        chances = _with_one_more(chances, popularity)
    return fsum(chance * (1 - _within(held, popularity)) for held, chance in chances.items())


def fifo_fault_rate(popularity: Sequence[float], frames: int) -> float:
    """Return the exact fault rate of fifo in equilibrium (King), which is also random's (Gelenbe).

    Any m pages are in memory with a chance in proportion to the product of theirs, so that the rate
    is (m + 1) e_(m+1) / e_m with the elementary symmetric polynomials e of the chances. InputError
    as of `lru_fault_rate`.
    """
    _check(popularity, frames)
    symmetric = [1.0] + [0.0] * (frames + 1)
    for chance in popularity:
        for order in range(frames + 1, 0, -1):
            symmetric[order] += chance * symmetric[order - 1]
    if frames >= len(popularity):
        return 0.0
    return (frames + 1) * symmetric[frames + 1] / symmetric[frames]


def che_fault_rate(popularity: Sequence[float], frames: int) -> float:
    """Return the fault rate of lru as Che approximates it: sum of p exp(-p T).

    T, after which a page that is not used is gone, solves sum of (1 - exp(-p T)) = frames. O(pages)
    times 100. InputError as of `lru_fault_rate`.
    """
    _check(popularity, frames)
    if frames >= len(popularity):
        return 0.0
    low, high = 0.0, 1.0
    while _held_after(popularity, high) < frames:
        high *= 2
    for _halving in range(100):
        middle = (low + high) / 2
        if _held_after(popularity, middle) < frames:
            low = middle
        else:
            high = middle
    return fsum(chance * exp(-chance * high) for chance in popularity)


def _held_after(popularity: Sequence[float], time: float) -> float:
    """Return how many different pages are expected in so many references."""
    return fsum(1 - exp(-chance * time) for chance in popularity)


def _with_one_more(chances: dict[int, float], popularity: Sequence[float]) -> dict[int, float]:
    """Return the chances of the sets of pages used last with one page more; sets as bit masks."""
    larger: dict[int, float] = {}
    for held, chance in chances.items():
        share = chance / (1 - _within(held, popularity))
        for page, popular in enumerate(popularity):
            if not held >> page & 1:
                grown = held | 1 << page
                larger[grown] = larger.get(grown, 0.0) + share * popular
    return larger


def _within(held: int, popularity: Sequence[float]) -> float:
    return fsum(chance for page, chance in enumerate(popularity) if held >> page & 1)


def _check(popularity: Sequence[float], frames: int) -> None:
    if frames < 1:
        raise InputError(_("there must be at least 1 frame, not {frames}").format(frames=frames))
    if not popularity or min(popularity) <= 0 or not isclose(fsum(popularity), 1, rel_tol=1e-9):
        raise InputError(_("the chances of the pages must be above 0 and sum up to 1"))
