"""Quantities of Kubernetes: read exactly, and refused with a sentence that helps."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.quantity import SUFFIXES, parse_bytes, parse_cores, parse_quantity
from aio_sim.kernel.errors import UnitError

# The meaning of each, worked out by hand from the grammar in quantity.go.
TABLE = {
    "0": 0,
    "250m": Fraction(1, 4),
    "1": 1,
    "1.5": Fraction(3, 2),
    "1.": 1,
    ".5": Fraction(1, 2),
    "+2k": 2000,
    "-2k": -2000,
    "1e3": 1000,
    "1E3": 1000,
    "1E": 10**18,
    "1Ei": 2**60,
    "1.5e-2": Fraction(15, 1000),
    "512Mi": 512 * 2**20,
    "0.5Gi": 2**29,
    "1Ki": 1024,
    "1k": 1000,
    "100u": Fraction(1, 10**4),
    "7n": Fraction(7, 10**9),
    "0.1n": Fraction(1, 10**9),
    "-0.1n": Fraction(-1, 10**9),
    "1e-30": Fraction(1, 10**9),
}


@pytest.mark.parametrize(("text", "meant"), TABLE.items())
def test_a_quantity_is_read_as_kubernetes_reads_it(text: str, meant: Fraction | int) -> None:
    assert parse_quantity(text) == meant


@pytest.mark.parametrize(("number", "meant"), [(2, 2), (0.1, Fraction(1, 10)), (1e3, 1000)])
def test_a_bare_number_of_yaml_is_itself(number: float, meant: Fraction | int) -> None:
    assert parse_quantity(number) == meant


@given(st.decimals(0, 10**6, places=3), st.sampled_from([name for name in SUFFIXES if name != "n"]))
def test_no_digit_is_lost(number: Decimal, suffix: str) -> None:
    exact = Fraction(number) * SUFFIXES[suffix]
    if exact > 2**62:
        with pytest.raises(UnitError, match="too large"):
            parse_quantity(f"{number:f}{suffix}")
    else:
        assert parse_quantity(f"{number:f}{suffix}") == exact


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = parse_quantity(text)
    except UnitError:
        return
    assert abs(read) <= 2**62


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("512MB", "did you mean 'M'"),
        ("512MiB", "did you mean 'Mi'"),
        ("512mi", "did you mean 'Mi'"),
        ("1K", "did you mean 'k'"),
        ("1 Gi", "expected a quantity"),
        ("", "expected a quantity"),
        ("Gi", "expected a quantity"),
        ("1.2.3", "expected a quantity"),
        ("1e", "unknown suffix 'e'"),
        ("9e9999", "too large"),
        ("1e400000", "expected a quantity"),
        ("1" * 65, "expected a quantity"),
        (True, "expected a quantity"),
        (None, "expected a quantity"),
        (float("inf"), "expected a quantity"),
        (float("nan"), "expected a quantity"),
    ],
)
def test_what_is_no_quantity_is_told_so(text: object, told: str) -> None:
    with pytest.raises(UnitError, match=told):
        parse_quantity(text)


def test_cores_are_thousandths_at_the_finest() -> None:
    assert parse_cores("250m") == Fraction(1, 4)
    assert parse_cores(0.5) == Fraction(1, 2)
    with pytest.raises(UnitError, match="finer than 1m"):
        parse_cores("0.5m")
    with pytest.raises(UnitError, match="0 or more"):
        parse_cores("-1")


def test_bytes_are_whole_and_rounded_up() -> None:
    assert parse_bytes("512Mi") == 512 * 2**20
    assert parse_bytes("512m") == 1  # a common slip: m is a thousandth
    assert parse_bytes("0.1Ki") == 103
    with pytest.raises(UnitError, match="0 or more"):
        parse_bytes("-1Gi")
