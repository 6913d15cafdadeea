"""How the tests drive a guest's memory: tasks in turn, each to its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aio_sim.virtualization.memory.guest_memory import AddressSpace, GuestMemory, Stretch
from aio_sim.virtualization.memory.locality import Locality, joined


class Clock:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def references(locality: Locality, length: int, seed: int = 1) -> list[int]:
    """Return the pages that a task opened with that seed visits."""
    pages: list[int] = joined(locality.draw(np.random.default_rng(seed)), length).pages.tolist()
    return pages


def run(space: AddressSpace, work: int, most: int | None = None) -> list[Stretch]:
    """Return the stretches of a task until its work is done, of at most `most` each."""
    stretches, left = [], work
    while left:
        stretches.append(space.advance(most or left))
        left -= stretches[-1].progress
    return stretches


def run_in_turn(
    memory: GuestMemory,
    localities: Sequence[Locality],
    work: int,
    turn: int,
    clock: Clock | None = None,
) -> list[list[Stretch]]:
    """Return the stretches of tasks that take turns, task i with the seed i; all stay open."""
    spaces = [
        memory.open(task, work, locality, np.random.default_rng(task))
        for task, locality in enumerate(localities)
    ]
    left = [work] * len(spaces)
    stretches: list[list[Stretch]] = [[] for _space in spaces]
    while any(left):
        for task, space in enumerate(spaces):
            if left[task]:
                stretch = space.advance(min(turn, left[task]))
                left[task] -= stretch.progress
                stretches[task].append(stretch)
                if clock:
                    clock.now += stretch.time
    return stretches
