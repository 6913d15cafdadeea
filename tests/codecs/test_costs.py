"""Times follow from speeds by division; what calibrate writes can be read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs import calibration
from aio_sim.codecs.calibration import Job, calibrate, measure, sample_text
from aio_sim.codecs.costs import SHIPPED, CodecCosts, Speed, costs_of_json
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.encryption.pieces import rsa_room
from aio_sim.kernel.errors import InputError, UnknownName

AES, RSA, HYBRID = EncryptionKind.AES, EncryptionKind.RSA, EncryptionKind.HYBRID
ROUND = CodecCosts(
    "a round one",
    {"aes-256-gcm": Speed(10**9, 5 * 10**8), "lz77": Speed(10**6, 10**7)},
    {"rsa-3072": Speed(20_000, 1_000)},
)


def test_times_are_those_of_the_definition() -> None:
    assert ROUND.encryption(EncryptionKind.NONE, 10**6) == 0
    assert ROUND.encryption(AES, 10**6) == 10**6
    assert ROUND.decryption(AES, 10**6) == 2 * 10**6
    assert ROUND.encryption(HYBRID, 10**6) == 10**6 + 50_000
    assert ROUND.decryption(HYBRID, 10**6) == 2 * 10**6 + 10**6
    assert ROUND.encryption(RSA, 302) == 50_000
    assert ROUND.encryption(RSA, 303) == 2 * 50_000
    assert ROUND.decryption(RSA, 0) == 10**6
    assert ROUND.compression("lz77", 10**6) == 10**9
    assert ROUND.decompression("lz77", 10**6) == 10**8


@pytest.mark.parametrize("bits", [2048, 3072])
def test_a_block_of_rsa_carries_what_the_codec_puts_into_it(bits: int) -> None:
    one = SHIPPED.decryption(RSA, 1, rsa=bits)
    room = rsa_room(bits // 8)
    assert SHIPPED.decryption(RSA, room, rsa=bits) == one
    assert SHIPPED.decryption(RSA, room + 1, rsa=bits) > one


@given(st.integers(0, 10**15), st.integers(1, 10**12))
def test_a_started_nanosecond_is_a_whole_one(size: int, rate: int) -> None:
    costs = CodecCosts("", {"lz77": Speed(rate, rate)}, {})
    assert costs.compression("lz77", size) == ceil(Fraction(size * 10**9, rate))


def test_nobody_encrypts_bulk_by_rsa() -> None:
    gigabyte = 10**9
    assert SHIPPED.decryption(RSA, gigabyte) > 1000 * SHIPPED.decryption(HYBRID, gigabyte)
    small = SHIPPED.decryption(HYBRID, 1) / SHIPPED.decryption(AES, 1)
    large = SHIPPED.decryption(HYBRID, gigabyte) / SHIPPED.decryption(AES, gigabyte)
    assert small > 100
    assert large < 1.01


def test_what_was_not_measured_has_no_time() -> None:
    with pytest.raises(UnknownName, match="aes-192-gcm"):
        SHIPPED.encryption(AES, 1, aes=192)
    with pytest.raises(UnknownName, match="rsa-1024"):
        SHIPPED.encryption(RSA, 1, rsa=1024)
    with pytest.raises(UnknownName, match="did you mean 'lz78'"):
        SHIPPED.compression("lz79", 1)


def test_speeds_are_read_as_they_were_written() -> None:
    assert costs_of_json(json.loads(json.dumps(SHIPPED.as_json()))) == SHIPPED


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(SHIPPED.as_json()))
    change(found)
    return found


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {},
        broken(lambda found: found.update(schema="other/v1")),
        broken(lambda found: found.pop("bytes_per_second")),
        broken(lambda found: found["operations_per_second"]["rsa-2048"].pop("back")),
        broken(lambda found: found["bytes_per_second"]["lz77"].update(back=0)),
        broken(lambda found: found["bytes_per_second"]["lz77"].update(back="fast")),
    ],
)
def test_other_files_are_refused(found: object) -> None:
    with pytest.raises(InputError, match="not a file of aio-sim calibrate"):
        costs_of_json(found)


class Ticks:
    """A clock that a job moves on, and that runs slow at first."""

    def __init__(self) -> None:
        self.now = self.calls = 0

    def __call__(self) -> int:
        return self.now

    def job(self, time: int) -> Callable[[], None]:
        def run() -> None:
            self.calls += 1
            self.now += 10 * time if self.calls < 100 else time

        return run


def test_a_speed_is_the_best_of_three_measurements() -> None:
    clock = Ticks()
    speeds = measure({"job": Job(clock.job(1000), clock.job(4000), 8)}, 100_000, clock)
    assert speeds == {"job": Speed(8_000_000, 2_000_000)}


def test_all_that_is_shipped_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "REPETITIONS", 1)
    found = calibrate(1)
    assert set(found.streams) == set(SHIPPED.streams)
    assert set(found.operations) == set(SHIPPED.operations)
    assert "Python" in found.machine
    assert costs_of_json(found.as_json()) == found


def test_the_sample_is_the_same_each_time() -> None:
    assert sample_text() == sample_text()
    assert len(sample_text()) == 1 << 16
