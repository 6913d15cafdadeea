"""Files of blocks: what was flushed stays, what was not may stay in any part."""

from __future__ import annotations

import itertools

import pytest

from aio_sim.kernel.errors import InputError
from aio_sim.storage.pages.device import BlockFile, Power
from aio_sim.storage.pages.errors import PowerLossError

BLOCK, SECTOR = 1024, 512


def block(letter: str) -> bytes:
    return letter.encode() * BLOCK


def test_a_new_block_holds_zeros_and_a_written_one_what_was_written() -> None:
    file = BlockFile(Power(), BLOCK, 4)
    file.write(1, block("a") + block("b"))
    assert [file.read(number) for number in range(4)] == [
        bytes(BLOCK),
        block("a"),
        block("b"),
        bytes(BLOCK),
    ]
    assert (file.reads, file.writes, file.blocks_written, file.flushes) == (4, 1, 2, 0)


def test_what_was_flushed_survives_and_each_sector_of_the_rest_by_chance() -> None:
    seen = set()
    for chances in itertools.product([True, False], repeat=2):
        file = BlockFile(Power(), BLOCK, 1)
        file.write(0, block("a"))
        file.flush()
        file.write(0, block("b"))
        file.restart(Power(), iter(chances).__next__)
        seen.add(file.read(0))
    a, b = b"a" * SECTOR, b"b" * SECTOR
    assert seen == {a + a, a + b, b + a, b + b}


def test_the_power_lasts_as_long_as_it_is_told_and_everything_fails_after() -> None:
    power = Power(lasts=2)
    first, second = BlockFile(power, BLOCK, 1), BlockFile(power, BLOCK, 1)
    first.write(0, block("a"))
    first.flush()
    with pytest.raises(PowerLossError):
        second.write(0, block("b"))
    for fails in (lambda: first.read(0), first.flush, lambda: first.write(0, block("c"))):
        with pytest.raises(PowerLossError):
            fails()
    first.restart(Power(), lambda: True)
    second.restart(first.power, lambda: True)
    assert (first.read(0), second.read(0)) == (block("a"), block("b"))


def test_a_file_that_is_cut_forgets_what_was_beyond() -> None:
    file = BlockFile(Power(), BLOCK, 3)
    file.write(2, block("a"))
    file.resize(2)
    file.resize(3)
    assert file.read(2) == bytes(BLOCK)


def test_sizes_and_places_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="no multiple of the sector"):
        BlockFile(Power(), 700, 1)
    with pytest.raises(InputError, match="block 3 is not one of the 3"):
        BlockFile(Power(), BLOCK, 3).write(2, block("a") * 2)
