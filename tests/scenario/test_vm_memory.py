"""What a scenario says of a guest's memory and of locality: what is read, refused and built."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.vm_memory import LocalitySpec, MemorySpec, Paging, Segmentation
from aio_sim.virtualization.memory.guest_memory import GuestMemory
from aio_sim.virtualization.memory.locality import LOCALITIES
from aio_sim.virtualization.memory.replacement import REPLACEMENT_POLICIES

MEMORY: TypeAdapter[Any] = TypeAdapter(MemorySpec)
LOCALITY: TypeAdapter[Any] = TypeAdapter(LocalitySpec)

EVERY_KIND: list[dict[str, object]] = [
    {"kind": "uniform", "pages": 12},
    {"kind": "zipf", "pages": 12, "exponent": 0.7},
    {"kind": "loop", "size": "45KB"},
    {"kind": "sequential", "pages": 12, "stay": 3},
    {"kind": "phases", "pages": 12, "working_set": 20, "length": 10, "kept": 13},
]


def built(data: object) -> GuestMemory:
    """Return the memory of a specification."""
    streams = RandomStreams(1)
    memory: GuestMemory = MEMORY.validate_python(data).build(lambda: 0, lambda: streams.stream("m"))
    return memory


def faults(data: object, locality: object) -> int:
    """Return the faults of one task in that memory."""
    memory, random = built(data), np.random.default_rng(1)
    model = LOCALITY.validate_python(locality).build(random, 4096)
    space = memory.open(0, 10**8, model, random)
    left = 10**8
    while left:
        left -= space.advance(left).progress
    return memory.totals.faults


def test_a_bare_size_is_paged_memory_of_it() -> None:
    spec = MEMORY.validate_python("4GiB")
    assert isinstance(spec, Paging)
    assert spec.size == 2**32
    assert MEMORY.validate_python({"size": "4GiB"}) == spec
    assert MEMORY.validate_python(spec) is spec
    assert Paging(size=2**32) == spec


@pytest.mark.parametrize(
    "data",
    [
        "4GiB",
        {"size": "1MiB", "allocation": "paging", "tlb": {"entries": 8, "ways": None}},
        {"size": "1MiB", "allocation": "segmentation", "segments": [{"name": "a", "grows": True}]},
    ],
)
def test_what_was_read_is_written_as_it_can_be_read_again(data: object) -> None:
    spec = MEMORY.validate_python(data)
    assert MEMORY.validate_python(MEMORY.dump_python(spec, mode="json", exclude_unset=True)) == spec


@pytest.mark.parametrize("data", EVERY_KIND)
def test_every_locality_is_read_written_and_built(data: dict[str, object]) -> None:
    spec = LOCALITY.validate_python(data)
    again = LOCALITY.dump_python(spec, mode="json", exclude_unset=True)
    assert LOCALITY.validate_python(again) == spec
    model = spec.build(np.random.default_rng(1), 4096)
    assert isinstance(model, LOCALITIES[str(data["kind"])])
    chunk = next(model.draw(np.random.default_rng(1)))
    assert model.pages > chunk.pages.max()
    assert model.pages == (11 if "size" in data else 12)


def test_every_locality_there_is_can_be_written() -> None:
    assert [str(data["kind"]) for data in EVERY_KIND] == list(LOCALITIES)


@pytest.mark.parametrize("policy", list(REPLACEMENT_POLICIES))
def test_every_policy_can_be_chosen(policy: str) -> None:
    data = {"size": "32KiB", "replacement": policy, "scope": "local"}
    assert 12 < faults(data, EVERY_KIND[1]) < 1000


@pytest.mark.parametrize("fit", ["first", "best", "worst", "next", "buddy"])
def test_every_fit_can_be_chosen(fit: str) -> None:
    data = {"size": "32KiB", "allocation": "segmentation", "fit": fit}
    assert isinstance(MEMORY.validate_python(data), Segmentation)
    assert faults(data, EVERY_KIND[1]) > 3


def test_random_replacement_draws_from_the_stream_it_is_given() -> None:
    counts = []
    for seed in (1, 1, 2):
        streams = RandomStreams(seed)
        spec = MEMORY.validate_python({"size": "32KiB", "replacement": "random"})
        memory = spec.build(lambda: 0, lambda streams=streams: streams.stream("m"))
        model = LOCALITY.validate_python(EVERY_KIND[0]).build(np.random.default_rng(1), 4096)
        space, left = memory.open(0, 10**8, model, np.random.default_rng(1)), 10**8
        while left:
            left -= space.advance(left).progress
        counts.append(memory.totals)
    assert counts[0] == counts[1] != counts[2]


@pytest.mark.parametrize(
    ("data", "lesson"),
    [
        ({"size": "1MiB", "replacement": "lrru"}, "did you mean 'lru'"),
        ({"size": "1MiB", "replacement": "opt"}, "give scope: local"),
        ({"size": "1KiB"}, "smaller than a page"),
        ({"size": "1MiB", "page_size": 3000}, "power of two"),
        ({"size": "1MiB", "tlb": {"entries": 10}}, "10 entries cannot be cut into sets of 4"),
        ({"size": "1MiB", "tlb": {"replacement": "opt"}}, "opt must know"),
        ({"size": "1MiB", "allocation": "pagin"}, "paging"),
        ({"size": "1MiB", "allocation": "segmentation", "replacement": "opt"}, "opt must know"),
        (
            {"size": "3MiB", "allocation": "segmentation", "fit": "buddy"},
            "size\n +fit: buddy .* power of two, such as 2 MiB, got 3 MiB",
        ),
        (
            {"size": "1MiB", "allocation": "segmentation", "fit": "buddy", "compaction": True},
            "no compaction with fit: buddy",
        ),
        ({"size": "1MiB", "allocation": "segmentation", "segments": []}, "at least 1"),
        (
            {
                "size": "1MiB",
                "allocation": "segmentation",
                "segments": [{"name": "a"}, {"name": "b"}, {"name": "a"}],
            },
            r"segments\.2\.name\n +there is already a segment named 'a'",
        ),
    ],
)
def test_what_a_guest_cannot_have_is_refused_with_a_lesson(data: object, lesson: str) -> None:
    with pytest.raises(ValidationError, match=lesson):
        MEMORY.validate_python(data)


@pytest.mark.parametrize(
    ("data", "lesson"),
    [
        ({"kind": "loop"}, "either pages or size"),
        ({"kind": "loop", "pages": 1, "size": 1}, "either pages or size"),
        ({"kind": "phases", "pages": 9, "kept": 17}, "a phase of 16 pages cannot keep 17"),
        ({"kind": "zipf", "pages": 9, "exponnt": 1}, "exponent"),
        ({"kind": "zipf", "pages": 0}, r"pages\n +a task uses at least 1 page or byte .*, got 0"),
        ({"kind": "loop", "pages": -3}, "at least 1 page or byte .*, got -3"),
        ({"kind": "loop", "size": 0}, r"size\n +a task uses at least 1 page or byte"),
    ],
)
def test_a_locality_that_makes_no_sense_is_refused(data: object, lesson: str) -> None:
    with pytest.raises(ValidationError, match=lesson):
        LOCALITY.validate_python(data)


def test_memory_is_whole_pages_rounded_down() -> None:
    assert faults({"size": 3 * 4096 + 4095}, {"kind": "loop", "pages": 3}) == 3
    assert faults({"size": 3 * 4096 + 4095}, {"kind": "loop", "pages": 4}) > 4


def test_the_extent_of_a_task_is_drawn_for_each() -> None:
    spec = LOCALITY.validate_python(
        {"kind": "loop", "size": {"kind": "uniform", "low": "10KiB", "high": "90KiB"}}
    )
    random = np.random.default_rng(1)
    models = [spec.build(random, 4096) for _task in range(20)]
    assert len({model.size for model in models}) == 20
    assert all(model.pages == -(-model.size // 4096) for model in models)
