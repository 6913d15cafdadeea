"""PageRank, a round an iteration. A line is a page and the pages that it links to, with spaces.

Lines that begin with # are comments; a page may have several lines. The output is each page with
its rank; ranks sum to 1. Source: Page, Brin, Motwani & Winograd, The PageRank Citation Ranking,
1998; pages without links give their rank to all (Langville & Meyer, Google's PageRank and Beyond,
2006, 4.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

parameters = {"damping": 0.85, "tolerance": 1e-9, "rounds": 100}

state: Any = None
"""None in the first round, which counts links; then {"ranks", "links", "shared", "round"}."""


def map(_key: tuple[str, int], line: str) -> Iterator[tuple[str, float]]:
    """Yield how much of its rank a page gives to each page that it links to."""
    if not line.strip() or line.lstrip().startswith("#"):
        return
    page, *targets = line.split()
    if state is None:
        yield page, len(targets)
        yield from ((target, 0) for target in targets)
        return
    yield page, 0.0
    for target in targets:
        yield target, state["ranks"][page] / state["links"][page]


def combine(_page: str, parts: list[float]) -> float:
    """Return the sum of what a page is given."""
    return sum(parts)


def reduce(_page: str, parts: list[float]) -> float:
    """Return the rank of a page; in the first round, the number of its links."""
    total = sum(parts)
    if state is None:
        return total
    damping = parameters["damping"]
    shared: float = state["shared"]
    return (1 - damping) / len(state["ranks"]) + damping * (total + shared)


def again(pairs: list[list[Any]], before: Any) -> Any:
    """Return the ranks of the next round; None when they hardly change any more."""
    found = dict(pairs)
    if before is None:
        ranks = dict.fromkeys(found, 1 / len(found)) if found else {}
        return _next(ranks, found, 1) if found else None
    change = sum(abs(found[page] - rank) for page, rank in before["ranks"].items())
    if change <= parameters["tolerance"] or before["round"] >= parameters["rounds"]:
        return None
    return _next(found, before["links"], before["round"] + 1)


def _next(ranks: dict[str, float], links: dict[str, float], number: int) -> dict[str, Any]:
    """Return a state: the rank of pages without links is shared by all."""
    shared = sum(rank for page, rank in ranks.items() if not links[page]) / len(ranks)
    return {"ranks": ranks, "links": links, "shared": shared, "round": number}
