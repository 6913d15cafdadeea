"""Numbers of log files are read exactly, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.scenario.readers.numbers import FieldError, exact, moment, scaled, whole

SECOND = 10**9


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=9))
def test_a_decimal_of_seconds_is_that_many_nanoseconds(number: Decimal) -> None:
    assert scaled(f" {number:f} ", SECOND) == int(number.scaleb(9))


@given(st.integers(min_value=-(2**52), max_value=2**52), st.fractions(min_value=0, max_value=1000))
def test_a_product_is_rounded_to_the_nearest(number: int, unit: Fraction) -> None:
    assert abs(scaled(str(number), unit) - number * unit) <= Fraction(1, 2)


@given(st.integers(min_value=-(2**62), max_value=2**62))
def test_a_whole_number_is_itself(number: int) -> None:
    assert whole(str(number)) == number
    assert whole(f"{number}.0") == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "1x",
        "0x10",
        "1_000",
        "nan",
        "inf",
        "-",
        "1e",
        "1,5",
        "--1",
        "1 2",
        "9" * 65,
        "1e100",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="expected a number"):
        exact(text)


@pytest.mark.parametrize("text", ["1.5", "1e-3"])
def test_a_fraction_is_no_whole_number(text: str) -> None:
    with pytest.raises(FieldError, match="expected a whole number"):
        whole(text)


@pytest.mark.parametrize("text", ["1e30", "99999999999999999999"])
def test_what_cannot_be_counted_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="too large"):
        scaled(text, SECOND)
    with pytest.raises(FieldError, match="too large"):
        whole(text)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2110, 1, 1)),
    st.integers(min_value=0, max_value=999),
    st.sampled_from([" ", "T"]),
    st.integers(min_value=-720, max_value=720),
)
def test_a_moment_is_read_to_the_nanosecond_in_its_zone(
    at: datetime, nanoseconds: int, between: str, offset: int
) -> None:
    stamp = at.isoformat(sep=between, timespec="microseconds") + f"{nanoseconds:03}"
    since = at - datetime(1970, 1, 1)
    expected = (since // timedelta(microseconds=1)) * 1000 + nanoseconds
    assert moment(stamp) == moment(stamp + "Z") == expected
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    assert moment(stamp + zone) == expected - offset * 60 * SECOND


def test_seven_digits_of_a_second_are_kept() -> None:
    whole_second = int(datetime(2023, 11, 16, 18, 15, 46, tzinfo=UTC).timestamp())
    assert moment("2023-11-16 18:15:46.6805900") == whole_second * SECOND + 680_590_000
    assert moment("2023-11-16 18:15:46.0000001") == whole_second * SECOND + 100


@pytest.mark.parametrize(
    "text", ["", "2023-11-16", "2023-13-01 00:00:00", "2023-02-30 00:00:00", "16.11.2023 18:15:46",
             "2023-11-16 18:15:46+25:00", "2023-11-16 18:15:46.", "1700000000"]
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="expected a date and time"):
        moment(text)


@pytest.mark.parametrize("text", ["9999-12-31 23:59:59", "0001-01-01 00:00:00"])
def test_a_moment_that_cannot_be_counted_is_refused(text: str) -> None:
    with pytest.raises(FieldError, match="too far away"):
        moment(text)
