"""Quantities: what is written is what is counted, exactly, and nonsense is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import AioSimError, UnitError
from aio_sim.kernel.units import (
    DURATION_UNITS,
    LARGEST,
    RATE_UNITS,
    SIZE_UNITS,
    format_duration,
    format_rate,
    format_size,
    parse_duration,
    parse_rate,
    parse_size,
    seconds,
    written_duration,
)

NANOSECONDS = st.integers(0, LARGEST)


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        (0, 0),
        (4, 4_000_000_000),
        (0.1, 100_000_000),
        ("4", 4_000_000_000),
        ("1e3", 1_000_000_000_000),
        (1e-9, 1),
        ("20ms", 20_000_000),
        (" 1.5 s ", 1_500_000_000),
        (".5s", 500_000_000),
        ("3us", 3_000),
        ("3µs", 3_000),
        ("7ns", 7),
        ("2min", 120_000_000_000),
        ("1h", 3_600_000_000_000),
        ("1d", 86_400_000_000_000),
        ("+1E3 ms", 1_000_000_000),
        (np.int64(2), 2_000_000_000),
        (np.float64(0.3), 300_000_000),
    ],
)
def test_a_duration_is_counted_in_nanoseconds(written: object, nanoseconds: int) -> None:
    assert parse_duration(written) == nanoseconds


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (512, 512),
        ("1B", 1),
        ("1kB", 1000),
        ("1KB", 1000),
        ("500 MB", 500_000_000),
        ("1KiB", 1024),
        ("4GiB", 4 * 2**30),
        ("1TiB", 2**40),
        ("2TB", 2 * 10**12),
        ("1.5GiB", 3 * 2**29),
    ],
)
def test_a_size_is_counted_in_bytes(written: object, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (9600, 9600),
        ("1Gbps", 10**9),
        ("100Mbit/s", 10**8),
        ("100 Mb/s", 10**8),
        ("125MB/s", 10**9),
        ("125MBps", 10**9),
        ("1KiB/s", 8192),
    ],
)
def test_a_rate_is_counted_in_bits_per_second(written: object, rate: int) -> None:
    assert parse_rate(written) == rate


NONSENSE = [
    -1,
    -0.5,
    "-1s",
    float("nan"),
    float("inf"),
    "nan",
    "inf",
    "",
    "s",
    "ten",
    "1 2",
    "1e",
    "1,5",
    None,
    True,
    [],
    {},
    10**400,
    "1e999999999",
    "1e99999999999999999999",
    "9" * 5000,
    1e300,
]


@pytest.mark.parametrize("parse", [parse_duration, parse_size, parse_rate])
@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
def test_nonsense_is_refused_briefly(parse: object, value: object) -> None:
    with pytest.raises(UnitError) as caught:
        parse(value)  # type: ignore[operator]
    assert isinstance(caught.value, AioSimError)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("parse", "value", "meant"),
    [
        (parse_duration, "20 mss", "'ms'"),
        (parse_duration, "20 MS", "'ms'"),
        (parse_size, "4GIB", "'GiB'"),
        (parse_size, "4Gi", "'GiB'"),
        (parse_rate, "1gbps", "'Gbps'"),
    ],
)
def test_an_unknown_unit_names_the_nearest(parse: object, value: str, meant: str) -> None:
    with pytest.raises(UnitError, match=f"did you mean {meant}"):
        parse(value)  # type: ignore[operator]


@given(
    st.integers(0, 10**4),
    st.integers(0, 999_999_999),
    st.sampled_from([unit for unit in DURATION_UNITS if DURATION_UNITS[unit] > 1]),
)
def test_decimals_are_exact(whole: int, fraction: int, unit: str) -> None:
    exact = (whole + Fraction(fraction, 10**9)) * DURATION_UNITS[unit]
    assert parse_duration(f"{whole}.{fraction:09d}{unit}") == round(exact)


@given(st.integers(0, 10**4), st.sampled_from(sorted(SIZE_UNITS)))
def test_whole_sizes_multiply(amount: int, unit: str) -> None:
    assert (
        parse_size(f"{amount}{unit}") == parse_size(f"{amount} {unit}") == amount * SIZE_UNITS[unit]
    )


@given(st.integers(0, 10**4), st.sampled_from(sorted(RATE_UNITS)))
def test_whole_rates_multiply(amount: int, unit: str) -> None:
    assert parse_rate(f"{amount}{unit}") == amount * RATE_UNITS[unit]


@given(NANOSECONDS)
def test_a_written_duration_reads_back_exactly(nanoseconds: int) -> None:
    assert parse_duration(written_duration(nanoseconds)) == nanoseconds


@given(NANOSECONDS)
def test_seconds_are_the_nearest_number(nanoseconds: int) -> None:
    assert seconds(nanoseconds) == nanoseconds / 10**9
    assert isinstance(seconds(nanoseconds), int) == (nanoseconds % 10**9 == 0)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_anything_else_is_a_count_or_a_unit_error(value: object) -> None:
    for parse in (parse_duration, parse_size, parse_rate):
        try:
            counted = parse(value)
        except UnitError:
            continue
        assert isinstance(counted, int)
        assert 0 <= counted <= LARGEST


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 s"),
        (7, "7 ns"),
        (1_500, "1.5 us"),
        (20_000_000, "20 ms"),
        (4_000_000_000, "4 s"),
        (2_000_500_000, "2.0005 s"),
        (100_000 * 10**9, "27.78 h"),
        (10 * 86_400 * 10**9, "10 d"),
        (-20_000_000, "-20 ms"),
    ],
)
def test_a_duration_is_shown_in_the_unit_that_suits_it(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text


@given(st.integers(0, LARGEST // 2))
def test_a_shown_duration_reads_back_nearly(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == pytest.approx(nanoseconds, rel=1e-3)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (512, "512 B"), (1024, "1 KiB"), (3 * 2**29, "1.5 GiB"), (2**50, "1024 TiB")],
)
def test_a_size_is_shown_in_binary_units(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0 bps"), (9600, "9.6 kbps"), (10**9, "1 Gbps"), (10**14, "100 Tbps")]
)
def test_a_rate_is_shown_in_decimal_units(rate: int, text: str) -> None:
    assert format_rate(rate) == text
