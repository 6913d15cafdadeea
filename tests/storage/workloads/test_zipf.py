"""Popularity: as Zipf's law has it, whichever way the records are numbered."""

from __future__ import annotations

import numpy as np
import pytest

from aio_sim.storage.workloads.zipf import Latest, Scrambled, Uniform, Zipf, fnv64, zeta


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(7))


def test_zeta_is_a_sum_also_where_it_is_not_added_up() -> None:
    assert zeta(3, 0.5) == pytest.approx(1 + 2**-0.5 + 3**-0.5)
    many = 3_000_000
    added = float(np.sum(np.arange(1, many + 1, dtype=np.float64) ** -0.99))
    assert zeta(many, 0.99) == pytest.approx(added, rel=1e-12)
    # the constant ZETAN of YCSB's ScrambledZipfianGenerator
    assert zeta(10_000_000_000, 0.99) == pytest.approx(26.46902820178302, rel=1e-9)


def test_ranks_are_as_frequent_as_the_law_says() -> None:
    ranks, draws = 100, 200_000
    counts = np.bincount(Zipf(ranks).draw(generator(), draws), minlength=ranks) / draws
    law = np.arange(1, ranks + 1) ** -0.99 / zeta(ranks, 0.99)
    assert counts[:2] == pytest.approx(law[:2], rel=0.02)  # exact
    assert np.abs(counts - law).sum() / 2 < 0.05  # the others are approximate


def test_the_hash_is_fowler_noll_vo_over_eight_bytes() -> None:
    def reference(number: int) -> int:
        value = 0xCBF29CE484222325
        for byte in number.to_bytes(8, "little"):
            value = (value ^ byte) * 1_099_511_628_211 % 2**64
        return abs(value - 2**64 if value >= 2**63 else value)

    numbers = [0, 1, 255, 256, 10**9, 2**40 + 3]
    assert fnv64(np.array(numbers)).tolist() == [reference(number) for number in numbers]
    assert reference(0) == 6284781860667377211  # YCSB's first key, user6284781860667377211


def test_scrambled_records_are_popular_wherever_they_stand() -> None:
    records, draws = 1000, 100_000
    counts = np.bincount(Scrambled().draw(generator(), draws, records), minlength=records)
    most = int(counts.argmax())
    assert most == int(fnv64(np.array([0]))[0]) % records
    assert counts[most] / draws == pytest.approx(1 / zeta(10**10, 0.99), rel=0.1)


def test_the_latest_records_are_the_most_popular() -> None:
    counts = np.bincount(Latest().draw(generator(), 50_000, 100), minlength=100)
    assert counts.argmax() == 99
    assert counts[99] > counts[98] > counts[50] > 0


def test_uniform_records_are_equally_popular() -> None:
    counts = np.bincount(Uniform().draw(generator(), 100_000, 10), minlength=10)
    assert counts / 100_000 == pytest.approx(np.full(10, 0.1), abs=0.01)
