"""Random streams: fixed by seed and name, and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.random_streams import RandomStreams

SEEDS = st.integers(0, 2**62)


def draws(seed: int, name: str, n: int = 8) -> list[float]:
    numbers: list[float] = RandomStreams(seed).stream(name).random(n).tolist()
    return numbers


@given(SEEDS, st.text())
def test_a_stream_is_fixed_by_seed_and_name(seed: int, name: str) -> None:
    assert draws(seed, name) == draws(seed, name)


@given(SEEDS, st.text(), st.text())
def test_asking_for_another_stream_shifts_nothing(seed: int, name: str, other: str) -> None:
    streams = RandomStreams(seed)
    streams.stream(other).random(100)
    assert streams.stream(name).random(8).tolist() == draws(seed, name)


@given(SEEDS, SEEDS, st.text(), st.text())
def test_other_seeds_and_names_give_other_numbers(
    seed: int, other_seed: int, name: str, other: str
) -> None:
    if (seed, name) != (other_seed, other):
        assert draws(seed, name) != draws(other_seed, other)


def test_streams_do_not_depend_on_each_other() -> None:
    n = 20_000
    one, two = (np.array(draws(7, name, n)) for name in ("arrivals", "work"))
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / n**0.5


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_another_process_draws_the_same(hash_seed: str) -> None:
    program = (
        "from aio_sim.kernel.random_streams import RandomStreams;"
        "print(RandomStreams(3).stream('arrivals').random(8).tolist())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    said = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert said.strip() == str(draws(3, "arrivals"))
