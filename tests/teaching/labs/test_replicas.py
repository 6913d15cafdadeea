"""The lab on redundancy: rules of placement, and what is lost, counted once more."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.file_system import Copies
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.pages.replicas import sheet
from aio_sim.teaching.labs.replicas import draw, read_redundancy, solve

Seeds = st.integers(0, 10_000)


@given(Seeds)
def test_a_block_is_lost_exactly_where_fewer_pieces_are_left_than_it_needs(seed: int) -> None:
    problem = draw(seed)
    answer = solve(problem)
    needed = problem.redundancy.needed
    for block in answer.blocks:
        alive = sum(node not in problem.failed for node in block.nodes)
        assert block.state == (
            "lost" if alive < needed else "whole" if alive == len(block.nodes) else "short"
        )
    assert len(answer.blocks) == problem.blocks


@given(Seeds)
def test_copies_stand_on_two_racks_and_the_first_on_the_writer(seed: int) -> None:
    problem = draw(seed, redundancy="3")
    for block in solve(problem).blocks:
        first, second, third = block.nodes
        assert first == problem.writer
        assert problem.rack(second) != problem.rack(first)
        assert problem.rack(third) == problem.rack(second)


@pytest.mark.parametrize(
    ("redundancy", "racks", "says", "says_not"),
    [
        ("1", 2, "none may be lost", "rack may fail"),
        ("2", 2, "the second in another rack", "The third"),
        ("3", 2, "a whole rack may fail", "All others"),
        ("3", 1, "any 2 may be lost", "rack may fail"),
    ],
)
def test_what_is_explained_fits_the_copies_and_the_racks(
    redundancy: str, racks: int, says: str, says_not: str
) -> None:
    problem = draw(0, redundancy=redundancy, racks=racks)
    text = " ".join(str(part) for part in sheet(problem, solve(problem)).explanation)
    assert says in text
    assert says_not not in text


@given(Seeds)
def test_no_more_losses_than_are_tolerated_lose_no_block(seed: int) -> None:
    problem = draw(seed)
    answer = solve(problem)
    if len(problem.failed) <= answer.tolerated:
        assert all(block.state != "lost" for block in answer.blocks)


def test_what_disks_hold_and_the_chance_of_a_loss_are_those_of_the_formulas() -> None:
    copies, stripes = (solve(draw(0, redundancy=name)) for name in ("3", "rs-6-3"))
    assert (copies.overhead, stripes.overhead) == (3, 1.5)
    assert copies.chance == pytest.approx(0.01**3)
    lost = sum(comb(9, down) * 0.01**down * 0.99 ** (9 - down) for down in range(4, 10))
    assert stripes.chance == pytest.approx(lost)


def test_what_cannot_be_is_said() -> None:
    assert read_redundancy("2") == Copies(2)
    for text in ("two", "rs-6", "rs-a-b", "rs-6-3-1", "\uff13", "+3", "1_0", ""):
        with pytest.raises(InputError, match="a number of copies, or rs-DATA-PARITY"):
            read_redundancy(text)
    with pytest.raises(UnknownName, match="unknown node 'node-9'"):
        draw(0, nodes=6, redundancy="2", failed=["node-9"])
    with pytest.raises(InputError, match="nodes: expected 9 to 100, got 8"):
        draw(0, nodes=8, redundancy="rs-6-3")
