"""Fragmentation: hand values, half a page, and Knuth's fifty-per-cent rule."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from aio_sim.virtualization.memory.allocator import FreeListAllocator
from aio_sim.virtualization.memory.buddy import BuddyAllocator
from aio_sim.virtualization.memory.fragmentation import (
    Fragmentation,
    measure,
    unused_in_last_page,
)


def test_external_fragmentation_is_what_is_free_outside_the_largest_hole() -> None:
    allocator = FreeListAllocator(0, 100)
    for size in (30, 10, 60):
        allocator.allocate(size)
    assert measure(allocator) == Fragmentation(0, 100, 0, 3, 0, 0.0, 0.0)
    allocator.free(0)
    assert measure(allocator).external == 0
    allocator.allocate(20)
    allocator.free(30)
    assert measure(allocator).external == pytest.approx(0.5)
    assert measure(allocator).holes == 2


def test_internal_fragmentation_is_what_was_lent_and_not_asked_for() -> None:
    allocator = BuddyAllocator(0, 64)
    assert measure(allocator).internal == 0
    allocator.allocate(12)
    assert measure(allocator).internal == pytest.approx(0.25)


def test_half_the_last_page_is_unused_on_average(golden: dict[str, Any]) -> None:
    entry = golden["frag.internal"]
    page = entry["inputs"]["page"]
    sizes = range(1, 10 * page + 1)
    mean = sum(unused_in_last_page(size, page) for size in sizes) / len(sizes)
    # Sizes are whole bytes, so that the mean is half a byte below half a page.
    assert mean + 0.5 == entry["expected"]


def test_the_fifty_per_cent_rule_of_knuth(golden: dict[str, Any]) -> None:
    entry = golden["frag.fifty"]
    random = Random(4)
    allocator = FreeListAllocator(0, entry["inputs"]["memory"], coalesce=True)
    held: list[int] = []
    ratios = []
    for step in range(6000):
        while (address := allocator.allocate(random.randint(1, 400))) is not None:
            held.append(address)
        place = random.randrange(len(held))
        held[place], held[-1] = held[-1], held[place]
        allocator.free(held.pop())
        if step >= 2000 and step % 20 == 0:
            state = measure(allocator)
            ratios.append(state.holes / state.blocks)
    mean = sum(ratios) / len(ratios)
    assert mean == pytest.approx(entry["expected"], rel=entry["tolerance"])
