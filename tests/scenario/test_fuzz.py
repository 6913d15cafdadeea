"""Whatever comes in, a scenario or a sentence comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, ScenarioError
from aio_sim.scenario import Scenario
from tests.scenario.examples import LOAD, TEXTBOOK

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SAMPLES = [
    TEXTBOOK,
    LOAD,
    "name: x\nhosts: &h [{name: a, disk: {size: 1GB, read: 1MB/s, write: 1MB/s}}]\n"
    "quotas: {t: {cores: 2}}\nallocation: {policy: priority, aging: 3, backfill: easy}\n"
    "workload:\n  - {kind: closed, users: 3, think: 1, work: {kind: pareto, alpha: 1.5, low: 1,"
    " high: 9}, count: 3, tenant: t}\n  - {kind: bursty, states: [{rate: 1, mean: 2}], until: 9,"
    " bursts: [1, 2ms, 3]}\n  - {kind: periodic, every: 1, count: 3, work: 1, cores: 2}\n",
    "name: x\nhosts: [{name: a, count: 2, network: {bandwidth: 1Gbps}}]\n"
    "vmm: {profile: esxi, overcommit: {cores: 2, memory: 1.5}}\n"
    "vms: [{name: v, host: a-0, memory: {size: 1GiB, fit: best, allocation: segmentation},"
    " reservation: {cores: 0.5}, steps: [{at: 1, do: pause}, {at: 2, do: resume},"
    " {at: 3, do: migrate, to: a-1, method: cold}, {at: 4, do: balloon, memory: 1MiB}]}]\n"
    "workload: [{kind: batch, count: 1, work: 1, on: v*, locality: {kind: zipf, pages: 9}}]\n"
    "copies: [{at: 1, size: 1GiB, from: a-0, to: a-1, compression: lz77, ratio: 2}]\n",
]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            10**400,
            -(10**30),
            1e308,
            "rr",
            "h1",
            "poisson",
            "exponential",
            "20ms",
            "-1s",
            "{x}",
            "%s",
        ]
    )
)
FIELDS = """
name hosts workload kind tasks id work arrival policy quantum scheduler dispatch allocation quotas
cores memory count rate mean low high values list poisson trace format path columns bursts span
estimate states users think every jitter until seed disk network vmm vms copies on locality pages
steps at do to from method profile overcommit host shares reservation limit image allocation
"""
WORDS = st.sampled_from(FIELDS.split())
TREES = st.recursive(
    SCALARS, lambda part: st.lists(part) | st.dictionaries(WORDS, part), max_leaves=30
)


def answered(load: Callable[[], object]) -> None:
    """Load; only a scenario or an error of the user's may come of it, told in few words."""
    try:
        found = load()
    except ScenarioError as error:
        said = [str(problem) for problem in error.problems]
    except InputError as error:
        said = [str(error)]
    else:
        said = ["a scenario"] if isinstance(found, Scenario) else []
    assert said
    assert all(0 < len(sentence) < 2000 for sentence in said)


@PATIENT
@given(st.text())
@example("\ud800")
@example("a: &a [*a]")
def test_any_text(text: str) -> None:
    answered(lambda: Scenario.from_text(text))


@PATIENT
@given(st.binary())
@example(b"\xff\xfe")
@example(b"\0")
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_bytes(content)
    answered(lambda: Scenario.load(file))


@PATIENT
@given(st.data())
def test_a_scenario_with_letters_changed(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 9, len(text))))
        piece = data.draw(st.text(max_size=3) | st.sampled_from([*"[]{}:,&*!|>-'\"#", "\n", "\t"]))
        text = text[:start] + piece + text[end:]
    answered(lambda: Scenario.from_text(text))


@PATIENT
@given(TREES)
def test_any_tree(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    answered(lambda: Scenario.from_text(text))


def paths(part: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every part of a document."""
    items = (
        part.items()
        if isinstance(part, dict)
        else enumerate(part if isinstance(part, list) else [])
    )
    return [path, *(deeper for key, child in items for deeper in paths(child, (*path, key)))]


@PATIENT
@given(st.data())
def test_a_scenario_with_a_part_exchanged(data: st.DataObject) -> None:
    tree = {"root": yaml.safe_load(data.draw(st.sampled_from(SAMPLES)))}
    path = data.draw(st.sampled_from(paths(tree)[1:]))
    part: object = tree
    for step in path[:-1]:
        part = part[step]  # type: ignore[index]
    part[path[-1]] = data.draw(TREES)  # type: ignore[index]
    text = yaml.safe_dump(tree["root"], allow_unicode=True)
    answered(lambda: Scenario.from_text(text))


@PATIENT
@given(st.lists(st.text(), max_size=3), st.lists(st.text("hostsworkload.0123=[]{}: "), max_size=3))
def test_any_overrides(any_text: list[str], nearly: list[str]) -> None:
    answered(lambda: Scenario.from_text(TEXTBOOK, [*any_text, *nearly]))


@PATIENT
@given(st.text())
def test_any_reference(tmp_path_factory: pytest.TempPathFactory, reference: str) -> None:
    answered(lambda: Scenario.load(Path(tmp_path_factory.getbasetemp()) / "none" / reference))
    answered(lambda: Scenario.load(f"no-{reference}"))
