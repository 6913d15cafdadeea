"""The jobs that come with it, against other ways to the same answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.source import SHIPPED, find_job
from aio_sim.kernel.errors import InputError
from tests.distributed.mapreduce.jobs import answer, shipped, small_cluster, work

TEXT = b"the cat sat\non the mat\n\nThe end\n"


def run(tmp_path: Path, name: str, text: bytes, **parameters: str) -> Any:
    return small_cluster(tmp_path, {"f": text}).run(shipped(name, **parameters))


def test_word_count_folds_case(tmp_path: Path) -> None:
    counts = answer(run(tmp_path, "wordcount", TEXT))
    assert counts == {"the": 3, "cat": 1, "sat": 1, "on": 1, "mat": 1, "end": 1}


def test_an_inverted_index_has_the_places_of_lines(tmp_path: Path) -> None:
    index = answer(run(tmp_path, "inverted-index", TEXT))
    assert index["the"] == {"f": [0, 12, 24]}
    assert all(TEXT[at:].lower().startswith(b"the") or at == 12 for at in index["the"]["f"])


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.text("abcd", max_size=6), max_size=60))
def test_the_sort_sorts_all_lines(tmp_path: Path, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines).encode()
    outcome = small_cluster(tmp_path, {"f": text}).run(shipped("sort"), reducers=3)
    assert [line.split(b'"')[1].decode() for line in outcome.lines] == sorted(lines)


def test_the_cuts_of_the_sort_are_even() -> None:
    lines = [f"{number:06}" for number in np.random.default_rng(1).integers(0, 10**6, 2000)]
    text = "".join(f"{line}\n" for line in lines).encode()
    split = Split("f", "/f", 0, len(text))
    cuts = shipped("sort").prepare([(split, text)], work(len(text), partitions=4))
    assert np.bincount(np.searchsorted(cuts, lines, side="right")).tolist() == [500] * 4


def test_percentiles_are_those_of_numpy_by_rank(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    numbers = random.exponential(100, 300).round(3)
    log = "TIME,MS\n" + "".join(
        f"2024-05-01 10:{place % 3:02}:30.5,{number}\n" for place, number in enumerate(numbers)
    )
    found = answer(run(tmp_path, "log-percentiles", log.encode(), percentiles="50,99"))
    for minute in range(3):
        own = numbers[minute::3]
        told = found[f"2024-05-01 10:{minute:02}"]
        assert told["p50"] == np.percentile(own, 50, method="inverted_cdf")
        assert told["p99"] == np.percentile(own, 99, method="inverted_cdf")
        assert told["mean"] == pytest.approx(own.mean())


def test_web_logs_are_read(tmp_path: Path) -> None:
    line = b'1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n'
    found = answer(run(tmp_path, "log-percentiles", line))
    assert found["2000-10-10 13:55"]["p50"] == 2326


def test_page_rank_is_the_eigenvector(tmp_path: Path) -> None:
    links = {"a": "bc", "b": "c", "c": "a", "d": "ac", "e": ""}
    text = "".join(f"{page} {' '.join(targets)}\n" for page, targets in links.items())
    ranks = answer(run(tmp_path, "pagerank", text.encode(), tolerance="1e-12"))
    pages = sorted(links)
    matrix = np.array(
        [
            [
                (page in links[other]) / len(links[other]) if links[other] else 1 / 5
                for other in pages
            ]
            for page in pages
        ]
    )
    values, vectors = np.linalg.eig(0.85 * matrix + 0.15 / 5)
    vector = np.real(vectors[:, np.argmax(np.real(values))])
    assert [ranks[page] for page in pages] == pytest.approx(list(vector / vector.sum()), abs=1e-9)


def test_k_means_ends_where_no_point_is_nearer_to_another_centre(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    points = np.concatenate([random.normal(middle, 0.3, (30, 2)) for middle in (0, 4, 9)]).round(4)
    text = "".join(f"{x},{y}\n" for x, y in points)
    clusters = answer(run(tmp_path, "kmeans", text.encode(), k="3"))
    centres = np.array([clusters[number]["centre"] for number in sorted(clusters)])
    nearest = np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)
    assert sorted(np.bincount(nearest)) == [30, 30, 30]
    for number, centre in enumerate(centres):
        assert centre == pytest.approx(points[nearest == number].mean(axis=0))


@pytest.mark.parametrize("name", [*SHIPPED, "word_count", "PageRank", "k-means"])
def test_jobs_are_found_by_name(name: str) -> None:
    assert callable(find_job(name, {}).load().map)


def test_parameters_are_checked() -> None:
    with pytest.raises(InputError, match="did you mean 'k'"):
        find_job("kmeans", {"kk": "3"}).load()
    with pytest.raises(InputError, match="expected a number such as 3"):
        find_job("kmeans", {"k": "many"}).load()
