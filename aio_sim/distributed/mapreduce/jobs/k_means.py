"""k-means, a round an iteration. A line is a point: numbers with commas or spaces between.

The output is each cluster's number with its centre and size. Source: Lloyd, Least Squares
Quantization in PCM, IEEE Transactions on Information Theory 28(2), 1982; the first centres are
far from each other (Gonzalez, Clustering to Minimize the Maximum Intercluster Distance, 1985).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import dist
from typing import Any

parameters = {"k": 3, "tolerance": 1e-9, "rounds": 100}

state: Any = {"centres": [], "round": 1}

Point = list[float]
Part = tuple[int, Point]
"""How many points, and the sum of them."""


def prepare(sample: list[tuple[Any, str]], _partitions: int) -> Any:
    """Return centres: a point of a sample, then always the one farthest from those there are."""
    points = [point for _key, line in sample if (point := _point(line))]
    centres = points[:1]
    while points and len(centres) < parameters["k"]:
        centres.append(max(points, key=lambda point: min(dist(point, each) for each in centres)))
    return {"centres": centres, "round": 1}


def map(_key: tuple[str, int], line: str) -> Iterator[tuple[int, Part]]:
    """Yield a point with the number of the centre that is nearest."""
    point = _point(line)
    if point:
        centres = state["centres"]
        yield min(range(len(centres)), key=lambda number: dist(point, centres[number])), (1, point)


def combine(number: int, parts: list[Part]) -> Iterator[tuple[int, Part]]:
    """Yield the sum of some points of a cluster."""
    yield number, _sum(parts)


def reduce(_number: int, parts: list[Part]) -> dict[str, Any]:
    """Return the mean of a cluster, and its size."""
    count, total = _sum(parts)
    return {"centre": [each / count for each in total], "size": count}


def again(pairs: list[list[Any]], before: Any) -> Any:
    """Return the new centres; None when they hardly move any more. An empty cluster stays."""
    centres = [list(centre) for centre in before["centres"]]
    for number, cluster in pairs:
        centres[number] = cluster["centre"]
    moved = max(_distances(centres, before["centres"]), default=0.0)
    if moved <= parameters["tolerance"] or before["round"] >= parameters["rounds"]:
        return None
    return {"centres": centres, "round": before["round"] + 1}


def _distances(some: list[Point], others: list[Point]) -> Iterator[float]:
    """Yield how far apart the points of two lists are, one by one."""
    return (dist(one, other) for one, other in zip(some, others, strict=True))


def _point(line: str) -> Point:
    return [float(number) for number in line.replace(",", " ").split()]


def _sum(parts: list[Part]) -> Part:
    count = sum(size for size, _point in parts)
    return count, [sum(numbers) for numbers in zip(*(point for _size, point in parts), strict=True)]
