"""Numbers come out of the bits as they went in, and the layout is the one that is documented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.bits import BitReader, BitWriter
from aio_sim.kernel.errors import CodecError

NUMBERS = st.integers(0, 40).flatmap(
    lambda width: st.tuples(st.integers(0, 2**width - 1), st.just(width))
)


@given(st.lists(NUMBERS, max_size=200))
def test_numbers_come_out_as_they_went_in(numbers: list[tuple[int, int]]) -> None:
    writer = BitWriter()
    for value, width in numbers:
        writer.write(value, width)
    packed = writer.finish()
    text = "".join(f"{value:0{width}b}" for value, width in numbers if width)
    assert "".join(f"{byte:08b}" for byte in packed) == text + "0" * (-len(text) % 8)
    reader = BitReader(packed)
    assert [reader.read(width) for _value, width in numbers] == [value for value, _width in numbers]
    reader.finish()


@given(st.lists(st.integers(1, 5000), max_size=200))
def test_gamma_numbers_come_out_as_they_went_in(numbers: list[int]) -> None:
    writer = BitWriter()
    for number in numbers:
        writer.write_gamma(number)
    reader = BitReader(writer.finish())
    assert [reader.read_gamma(5000) for _number in numbers] == numbers
    reader.finish()


@pytest.mark.parametrize(
    ("number", "code"), [(1, "1"), (2, "010"), (3, "011"), (4, "00100"), (17, "000010001")]
)
def test_gamma_codes_are_those_of_elias(number: int, code: str) -> None:
    writer = BitWriter()
    writer.write_gamma(number)
    assert "".join(f"{byte:08b}" for byte in writer.finish()).startswith(code)


@pytest.mark.parametrize("packed", [b"", b"\x00", b"\x00" * 50, b"\x00\x08"])
def test_a_gamma_number_that_is_too_large_or_cut_is_refused(packed: bytes) -> None:
    with pytest.raises(CodecError):
        BitReader(packed).read_gamma(4096)


def test_reading_past_the_end_is_refused() -> None:
    reader = BitReader(b"\xff")
    assert reader.read(8) == 255
    assert reader.read(0) == 0
    with pytest.raises(CodecError, match="middle of a token"):
        reader.read(1)


@pytest.mark.parametrize("packed", [b"\xff\x00", b"\xff" + bytes(40), b"\xf8"])
def test_what_is_left_over_is_refused(packed: bytes) -> None:
    reader = BitReader(packed)
    reader.read(4)
    with pytest.raises(CodecError, match="after its last token"):
        reader.finish()
