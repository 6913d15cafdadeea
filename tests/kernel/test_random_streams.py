"""Random streams: fixed by seed and name, and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.random_streams import PlacedStreams, RandomStreams

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


PLACES = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))


@given(SEEDS, st.lists(PLACES, min_size=1, max_size=6, unique=True), st.randoms())
def test_what_is_drawn_at_a_place_depends_on_no_other_place(
    seed: int, places: list[tuple[int, int]], chance: Random
) -> None:
    def drawn(order: list[tuple[int, int]]) -> dict[tuple[int, int], list[float]]:
        streams = PlacedStreams(seed)
        generator, found = streams.stream("work"), {}
        for place in order:
            streams.go_to(*place)
            generator.integers(0, 9, dtype=np.int32, size=chance.randrange(3))  # half a word, too
            streams.go_to(*place)
            found[place] = generator.standard_exponential(chance.randint(1, 9)).tolist()[:1]
        return found

    other = chance.sample(places, len(places))
    assert drawn(places) == drawn(other)
    assert len({numbers[0] for numbers in drawn(places).values()}) == len(places)


def test_a_stream_begins_at_the_place_where_the_others_are() -> None:
    early, late = PlacedStreams(5), PlacedStreams(5)
    generator = early.stream("work")
    for streams in (early, late):
        streams.go_to(3, 4)
    assert late.stream("work").random() == generator.random()


def test_a_place_s_numbers_are_the_same_drawn_one_by_one_or_at_once() -> None:
    streams = PlacedStreams(5)
    generator = streams.stream("work")
    streams.go_to(1, 2)
    at_once = generator.standard_exponential(8).tolist()
    streams.go_to(1, 2)
    assert [generator.standard_exponential() for _ in range(8)] == at_once


def test_numbers_of_neighbouring_places_are_uniform_and_do_not_depend_on_each_other() -> None:
    streams = PlacedStreams(7)
    generator, n = streams.stream("work"), 10_000
    first = np.empty((n, 2))
    for user in range(n):
        streams.go_to(user, 0)
        first[user] = generator.random(2)
    assert abs(first.mean(axis=0) - 0.5).max() < 4 / (12 * n) ** 0.5
    assert abs(np.corrcoef(first[1:, 0], first[:-1, 0])[0, 1]) < 4 / n**0.5
    assert abs(np.corrcoef(first[:, 0], first[:, 1])[0, 1]) < 4 / n**0.5
