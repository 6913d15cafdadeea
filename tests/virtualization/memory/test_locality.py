"""Models of locality: the pages that they draw, and the same ones however they are asked for."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from itertools import combinations, islice
from math import comb

import numpy as np
import pytest

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.memory.locality import (
    LOCALITIES,
    Locality,
    LoopLocality,
    PhasesLocality,
    SequentialLocality,
    UniformLocality,
    ZipfLocality,
    joined,
)

MODELS = [
    UniformLocality(pages=9),
    ZipfLocality(pages=9, exponent=1.2),
    LoopLocality(pages=9),
    SequentialLocality(pages=9, stay=4),
    PhasesLocality(pages=9, working_set=4, length=30, kept=1),
]


def string(locality: Locality, length: int, seed: int = 1) -> list[int]:
    """Return the first pages of a reference string."""
    pages: list[int] = joined(locality.draw(np.random.default_rng(seed)), length).pages.tolist()
    return pages


@pytest.mark.parametrize("locality", MODELS)
def test_all_pages_are_visited_and_no_others(locality: Locality) -> None:
    assert set(string(locality, 3000)) == set(range(9))


@pytest.mark.parametrize("locality", MODELS)
def test_the_string_does_not_depend_on_how_much_of_it_is_drawn(locality: Locality) -> None:
    assert string(locality, 700) == string(locality, 5000)[:700]


@pytest.mark.parametrize("locality", MODELS)
def test_writes_have_their_share(locality: Locality) -> None:
    chunks = islice(locality.draw(np.random.default_rng(2)), 400)
    writes = np.concatenate([chunk.writes for chunk in chunks])
    assert writes.mean() == pytest.approx(0.3, abs=5 * (0.21 / len(writes)) ** 0.5)


def test_zipf_visits_pages_by_their_popularity() -> None:
    locality = ZipfLocality(pages=5, exponent=1.0)
    harmonic = sum(1 / rank for rank in range(1, 6))
    expected = [1 / rank / harmonic for rank in range(1, 6)]
    assert locality.popularity.tolist() == pytest.approx(expected)
    counts = Counter(string(locality, 40_000))
    assert [counts[page] / 40_000 for page in range(5)] == pytest.approx(expected, abs=0.0125)


def test_a_loop_and_a_scan_go_through_the_pages_in_turn() -> None:
    assert string(LoopLocality(pages=3), 7) == [0, 1, 2, 0, 1, 2, 0]
    assert string(SequentialLocality(pages=3, stay=2), 8) == [0, 0, 1, 1, 2, 2, 0, 0]
    long = string(LoopLocality(pages=7), 20_000)
    assert long == [place % 7 for place in range(20_000)]


def test_a_phase_stays_in_its_working_set_and_has_its_mean_length() -> None:
    locality = PhasesLocality(pages=1000, working_set=3, length=200, kept=0)
    pages, sets = string(locality, 40_000), 1
    inside: set[int] = set()
    for page in pages:
        if len(inside | {page}) > 3:
            inside, sets = set(), sets + 1
        inside.add(page)
    assert 40_000 / sets == pytest.approx(200, rel=0.25)


def test_a_transition_keeps_as_many_pages_as_it_should() -> None:
    everything = PhasesLocality(pages=50, working_set=6, length=10, kept=6)
    assert len(set(string(everything, 5000))) == 6


@pytest.mark.parametrize(("pages", "working_set", "kept"), [(7, 4, 2), (5, 5, 3), (6, 3, 0)])
def test_a_transition_draws_any_set_as_likely_as_any_other(
    pages: int, working_set: int, kept: int
) -> None:
    """A set that shares j >= kept pages with the one before has C(j, kept) ways to come about."""
    locality = PhasesLocality(pages=pages, working_set=working_set, kept=kept)
    inside, random, draws = np.arange(working_set), np.random.default_rng(7), 6000
    counts = Counter(
        tuple(sorted(locality._next_set(inside, random).tolist())) for _ in range(draws)
    )
    ways = {
        each: comb(len(set(each) & set(range(working_set))), kept)
        for each in combinations(range(pages), working_set)
    }
    for each, number in ways.items():
        chance = number / (comb(working_set, kept) * comb(pages - kept, working_set - kept))
        spread = (chance * (1 - chance) / draws) ** 0.5
        assert counts[each] / draws == pytest.approx(chance, abs=4.5 * spread)


def test_a_transition_among_many_pages_costs_as_little_as_its_set() -> None:
    huge = PhasesLocality(pages=10_000_000, working_set=100, length=1, kept=50)
    tracemalloc.start()
    pages = string(huge, 1000)  # a thousand transitions
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(set(pages)) > 500
    assert most < 1_000_000  # bytes; the pages themselves are 80 MB


def test_a_visit_lasts_the_work_between_two_references() -> None:
    assert LoopLocality(pages=1, references=10_000).visit == 100_000
    assert LoopLocality(pages=1, references=1e12).visit == 1


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'phases'"):
        LOCALITIES["phase"]


@pytest.mark.parametrize(
    "options", [{"pages": 0}, {"pages": 1, "writes": 1.5}, {"pages": 1, "references": 0}]
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="at least 1 page"):
        UniformLocality(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("working_set", "kept"), [(11, 0), (4, 5), (0, 0)])
def test_a_phase_cannot_have_more_pages_than_the_task(working_set: int, kept: int) -> None:
    with pytest.raises(InputError, match="kept <= working_set <= pages"):
        PhasesLocality(pages=10, working_set=working_set, kept=kept)


def test_a_phase_must_have_a_length() -> None:
    with pytest.raises(InputError, match="at least 1 visit"):
        PhasesLocality(pages=10, working_set=5, length=0.5)


def test_zipf_over_more_pages_than_are_kept_is_the_same_law() -> None:
    many = ZipfLocality(pages=200_000, exponent=1.0).popularity
    assert many.sum() == pytest.approx(1)
    assert many[0] / many[99_999] == pytest.approx(100_000)
