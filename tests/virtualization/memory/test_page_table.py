"""Page tables: translation against a plain dictionary, and what the tables take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.page_table import PageTable, optimal_page_size
from aio_sim.virtualization.memory.translation import (
    FaultReason,
    Permission,
    Translation,
    explain,
)

KIB = 1024


def test_a_flat_table_translates_as_in_three_easy_pieces() -> None:
    # OSTEP ch. 18 homework, worked by hand: pages of 1 KiB, 16 KiB of addresses.
    table = PageTable.flat(KIB, 16 * KIB, {0: 24, 3: 12, 12: 15})
    assert table.translate(13189) == Translation(13189, 15 * KIB + 13189 % KIB, None, (12, 901))
    assert table.translate(8989).reason is FaultReason.NOT_MAPPED
    assert table.translate(3 * KIB + 5).physical == 12 * KIB + 5


@pytest.mark.parametrize("address", [-1, 16 * KIB, 1 << 40])
def test_an_address_outside_is_a_fault(address: int) -> None:
    table = PageTable.flat(KIB, 16 * KIB, {0: 1})
    assert table.translate(address) == Translation(address, None, FaultReason.OUT_OF_RANGE)


SPLITS = [(6,), (3, 3), (1, 2, 3), (4, 1, 1), (1,) * 6]


@pytest.mark.parametrize("level_bits", SPLITS)
@given(
    actions=st.lists(st.tuples(st.booleans(), st.integers(0, 63), st.integers(0, 99)), max_size=60)
)
def test_any_split_translates_as_a_dictionary_does(
    level_bits: tuple[int, ...], actions: list[tuple[bool, int, int]]
) -> None:
    table, frames = PageTable(16, level_bits), dict[int, int]()
    for maps, page, frame in actions:
        if maps:
            table.map(page, frame)
            frames[page] = frame
        elif page in frames:
            table.unmap(page)
            del frames[page]
    for address in range(0, 1024, 7):
        page, offset = divmod(address, 16)
        expected = frames[page] * 16 + offset if page in frames else None
        assert table.translate(address).physical == expected
    assert table.table_bytes == tables_by_prefix(level_bits, set(frames))


def tables_by_prefix(level_bits: tuple[int, ...], pages: set[int]) -> int:
    """Return the bytes of the tables: one for each prefix of a valid page's number, and a root."""
    total, below = 0, sum(level_bits)
    for level, bits in enumerate(level_bits):
        prefixes = {page >> below for page in pages}
        total += (len(prefixes) if level else 1) * 4 * 2**bits
        below -= bits
    return total


def test_the_flat_table_of_a_32_bit_machine(golden: dict[str, Any]) -> None:
    entry = golden["pt.size"]
    inputs = entry["inputs"]
    table = PageTable.flat(inputs["page"], 2 ** inputs["vbits"], {})
    assert table.entry_size == inputs["pte"]
    assert table.table_bytes == entry["expected"]
    assert table.table_frames == 1024


def test_two_levels_take_one_frame_a_table_in_use() -> None:
    table = PageTable(4096, (10, 10))
    table.map(0, 1)
    table.map(2**20 - 1, 2)
    assert table.table_frames == 3
    table.unmap(0)
    assert table.table_frames == 2


def test_the_path_is_the_index_at_each_level_and_the_offset() -> None:
    table = PageTable(4096, (10, 10))
    table.map(0x12345 >> 2, 7)
    assert table.translate(0x12345 >> 2 << 12 | 0xABC).path == (0x12345 >> 12, 0xD1, 0xABC)


def test_protection_and_the_bits_beside_the_frame() -> None:
    table = PageTable.flat(KIB, 4 * KIB, {})
    table.map(1, 5, Permission.READ | Permission.EXECUTE)
    assert table.translate(KIB, Permission.WRITE).reason is FaultReason.PROTECTION
    entry = table.entry(1)
    assert entry is not None
    assert (entry.referenced, entry.dirty) == (False, False)
    assert table.translate(KIB).physical == 5 * KIB
    assert (entry.referenced, entry.dirty) == (True, False)
    table.map(2, 6)
    table.translate(2 * KIB, Permission.WRITE)
    assert table.entry(2).dirty  # type: ignore[union-attr]
    assert table.entry(3) is None


@pytest.mark.parametrize(
    ("page_size", "level_bits", "said"),
    [
        (1000, (4,), "page size must be a power of two"),
        (0, (4,), "power"),
        (KIB, (), "levels"),
        (KIB, (3, 0), "levels"),
    ],
)
def test_a_table_that_cannot_be_is_refused(
    page_size: int, level_bits: tuple[int, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        PageTable(page_size, level_bits)


def test_pages_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match="address space must be a power of two, not 5000"):
        PageTable.flat(KIB, 5000, {})
    with pytest.raises(InputError, match="pages go from 0 to 3"):
        PageTable.flat(KIB, 4 * KIB, {4: 0})
    with pytest.raises(InputError, match="frames from 0"):
        PageTable.flat(KIB, 4 * KIB, {1: -1})
    with pytest.raises(InputError, match="page 2 is not valid"):
        PageTable(KIB, (1, 1)).unmap(2)


def test_the_optimal_page_size_of_tanenbaum(golden: dict[str, Any]) -> None:
    entry = golden["page.optimal"]
    assert (
        optimal_page_size(**{"segment": entry["inputs"]["s"], "entry_size": entry["inputs"]["e"]})
        == entry["expected"]
    )


@pytest.mark.parametrize("reason", list(FaultReason))
def test_every_fault_has_a_sentence(reason: FaultReason) -> None:
    assert "address 77 " in explain(Translation(77, None, reason))


def test_a_translation_has_a_sentence() -> None:
    assert explain(Translation(77, 1101)) == "address 77 is at 1101"
