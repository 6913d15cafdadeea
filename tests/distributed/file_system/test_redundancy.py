"""Copies and stripes: what is made of a block, and the block made of that again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.file_system import Copies, Striped
from aio_sim.distributed.file_system.checksums import checksums, first_difference
from aio_sim.distributed.file_system.redundancy import space
from aio_sim.kernel.errors import InputError

STRIPES = st.builds(
    Striped, data=st.integers(1, 6), parity=st.integers(0, 3), cell=st.integers(1, 40)
)
CODES = STRIPES | st.builds(Copies, st.integers(1, 5))


@given(CODES, st.binary(min_size=1, max_size=400), st.data())
def test_a_block_comes_back_from_as_many_pieces_as_are_needed(
    code: Any, data: bytes, draw: st.DataObject
) -> None:
    pieces = dict(enumerate(code.encode(data)))
    assert len(pieces) == code.width
    left = draw.draw(st.permutations(range(code.width)))[: code.needed]
    some = {number: pieces[number] for number in left}
    assert code.decode(some, len(data)) == data
    assert all(code.rebuild(number, some, len(data)) == pieces[number] for number in pieces)


@given(CODES, st.binary(min_size=1, max_size=400))
def test_the_sizes_of_pieces_are_known_beforehand(code: Any, data: bytes) -> None:
    pieces = code.encode(data)
    sizes = [code.piece_size(number, len(data)) for number in range(code.width)]
    assert sizes == [len(piece) for piece in pieces]
    assert space(code, len(data)) == sum(sizes)


def test_cells_are_dealt_in_turn() -> None:
    pieces = Striped(3, 1, cell=2).encode(b"aabbccddeef")
    assert pieces[:3] == [b"aadd", b"bbee", b"ccf"]
    assert pieces[3] == Striped(3, 1, cell=2).encode(b"aabbccddeef\0")[3]


def test_urgency_is_that_of_hdfs() -> None:
    assert [Copies(3).urgency(live) for live in (0, 1, 2)] == [0, 0, 2]
    assert [Copies(10).urgency(live) for live in (1, 2, 3, 4)] == [0, 1, 1, 2]
    assert [Striped(6, 3).urgency(live) for live in (6, 7, 8)] == [0, 1, 2]


def test_six_and_three_take_half_as_much_more_as_the_data() -> None:
    assert space(Striped(6, 3, cell=10), 600) == 900
    assert space(Copies(3), 600) == 1800


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_every_flipped_bit_is_noticed_in_its_chunk(data: bytes, draw: st.DataObject) -> None:
    sums = checksums(data)
    assert first_difference(data, sums) is None
    byte = draw.draw(st.integers(0, len(data) - 1))
    rotten = bytearray(data)
    rotten[byte] ^= 1 << draw.draw(st.integers(0, 7))
    assert first_difference(bytes(rotten), sums) == byte // 512


@given(st.binary(min_size=1, max_size=1100), st.integers(1, 600))
def test_a_cut_is_noticed(data: bytes, cut: int) -> None:
    assert first_difference(data[:-cut], checksums(data)) is not None


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="1 replica"):
        Copies(0)
    with pytest.raises(InputError, match="1 byte"):
        Striped(2, 1, cell=0)


def test_scaled_bytes_are_striped_over_all_nodes_as_real_ones_are() -> None:
    """What stands for 64 bytes each has cells of a 64th, so that no piece is longer for it."""
    code, size, scale = Striped(3, 2, cell=640), 64 * 600, 64
    whole = [code.piece_size(number, size) for number in range(code.width)]
    sample = code.scaled(scale)
    parts = [sample.piece_size(number, size // scale) * scale for number in range(code.width)]
    assert parts == whole
