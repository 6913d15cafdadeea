"""Segmentation against the convention of Three Easy Pieces, worked by hand and on any address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.virtualization.memory.segmentation import Segment, SegmentTable
from aio_sim.virtualization.memory.translation import FaultReason, Permission, Translation

TWO = SegmentTable(128, [Segment(0, 20), Segment(512, 20, grows_down=True)])


@pytest.mark.parametrize(
    ("virtual", "physical"),
    [
        (0, 0),
        (17, 17),
        (19, 19),
        (20, None),
        (63, None),
        (64, None),
        (97, None),
        (107, None),
        (108, 492),
        (127, 511),
    ],
)
def test_the_homework_of_three_easy_pieces(virtual: int, physical: int | None) -> None:
    found = TWO.translate(virtual)
    assert found.physical == physical
    assert found.reason == (None if physical is not None else FaultReason.BEYOND_LIMIT)


@pytest.mark.parametrize("address", [-1, 128])
def test_an_address_outside_is_a_fault(address: int) -> None:
    assert TWO.translate(address) == Translation(address, None, FaultReason.OUT_OF_RANGE)


@given(
    address=st.integers(0, 1023),
    base0=st.integers(0, 4000),
    limit0=st.integers(0, 512),
    base1=st.integers(512, 4000),
    limit1=st.integers(0, 512),
)
def test_two_segments_behave_as_their_picture(
    address: int, base0: int, limit0: int, base1: int, limit1: int
) -> None:
    memory = {at: base0 + at for at in range(limit0)}
    memory |= {1023 - at: base1 - 1 - at for at in range(limit1)}
    table = SegmentTable(1024, [Segment(base0, limit0), Segment(base1, limit1, grows_down=True)])
    assert table.translate(address).physical == memory.get(address)


def test_more_segments_take_more_bits() -> None:
    table = SegmentTable(64, [Segment(100, 16), Segment(200, 8), Segment(300, 4, grows_down=True)])
    assert table.part == 16
    assert table.translate(17) == Translation(17, 201, None, (1, 1))
    assert table.translate(47) == Translation(47, 299, None, (2, -1))
    assert table.translate(48).reason is FaultReason.NO_SEGMENT


def test_a_single_segment_is_base_and_limit() -> None:
    table = SegmentTable(64, [Segment(1000, 40)])
    assert (table.translate(39).physical, table.translate(40).physical) == (1039, None)


def test_protection_is_checked_after_the_limit() -> None:
    table = SegmentTable(64, [Segment(100, 16, permission=Permission.READ | Permission.EXECUTE)])
    assert table.translate(3, Permission.EXECUTE).physical == 103
    assert table.translate(3, Permission.WRITE).reason is FaultReason.PROTECTION
    assert table.translate(30, Permission.WRITE).reason is FaultReason.BEYOND_LIMIT


@pytest.mark.parametrize(
    ("base", "limit", "down"), [(-1, 4, False), (4, -1, False), (10, 11, True)]
)
def test_a_segment_that_cannot_be_is_refused(base: int, limit: int, down: bool) -> None:
    with pytest.raises(InputError):
        Segment(base, limit, down)


def test_a_table_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="power of two"):
        SegmentTable(100, [Segment(0, 1)])
    with pytest.raises(InputError, match="cannot have 0 segments"):
        SegmentTable(64, [])
    with pytest.raises(InputError, match="cannot have 5 segments"):
        SegmentTable(4, [Segment(0, 1)] * 5)
    with pytest.raises(InputError, match="segment 1 has a limit of 40, but a part of 32 bytes"):
        SegmentTable(64, [Segment(0, 1), Segment(0, 40)])
