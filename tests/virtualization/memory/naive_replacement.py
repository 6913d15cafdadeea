"""Page replacement a second time: lists, searches and no data structure that could be wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Chooser = Callable[[list[int], Sequence[int], int], int]
"""From the pages in the order of loading, the string and the time of the fault: the victim."""


def fifo(loaded: list[int], _reference: Sequence[int], _time: int) -> int:
    return loaded[0]


def lru(loaded: list[int], reference: Sequence[int], time: int) -> int:
    past = list(reference[:time])
    return min(loaded, key=lambda page: max(at for at in range(time) if past[at] == page))


def opt(loaded: list[int], reference: Sequence[int], time: int) -> int:
    future = list(reference[time:])
    never = len(future)
    return max(loaded, key=lambda page: future.index(page) if page in future else never)


def steps(
    choose: Chooser, frames: int, reference: Sequence[int]
) -> list[tuple[int, bool, int | None]]:
    """Return page, hit and victim of each access."""
    loaded: list[int] = []
    found: list[tuple[int, bool, int | None]] = []
    for time, page in enumerate(reference):
        if page in loaded:
            found.append((page, True, None))
            continue
        victim = choose(loaded, reference, time) if len(loaded) == frames else None
        if victim is not None:
            loaded.remove(victim)
        loaded.append(page)
        found.append((page, False, victim))
    return found


def lfu_steps(frames: int, reference: Sequence[int]) -> list[tuple[int, bool, int | None]]:
    """Return page, hit and victim of each access under LFU, of equals the least recently used."""
    counts: dict[int, tuple[int, int]] = {}
    found: list[tuple[int, bool, int | None]] = []
    for time, page in enumerate(reference):
        hit, victim = page in counts, None
        if not hit and len(counts) == frames:
            victim = min(counts, key=lambda other: counts[other])
            del counts[victim]
        counts[page] = (counts[page][0] + 1 if hit else 1, time)
        found.append((page, hit, victim))
    return found


def clock_steps(frames: int, reference: Sequence[int]) -> list[tuple[int, bool, int | None]]:
    """Return page, hit and victim of each access under a clock whose circle is rotated bodily."""
    circle: list[list[int]] = []
    found: list[tuple[int, bool, int | None]] = []
    for page in reference:
        known = [entry for entry in circle if entry[0] == page]
        victim = None
        if known:
            known[0][1] = 1
        else:
            if len(circle) == frames:
                while circle[0][1]:
                    circle = [*circle[1:], [circle[0][0], 0]]
                victim = circle.pop(0)[0]
            circle.append([page, 1])
        found.append((page, bool(known), victim))
    return found
