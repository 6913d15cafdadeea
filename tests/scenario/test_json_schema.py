"""The JSON Schema: valid itself, and it accepts and refuses what the loader does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest

from aio_sim.scenario import find_scenario, scenario_schema, shipped
from aio_sim.scenario.yaml_tree import compose
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy, scheduling_policy
from tests.scenario.examples import LOAD, REPLAY, TEXTBOOK, textbook


@cache
def shipped_schema() -> dict[str, Any]:
    """Return the schema without plug-ins, to be read only."""
    return scenario_schema()


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(shipped_schema())


def accepts(text: str) -> bool:
    return bool(validator().is_valid(compose(text, "x.yaml").data()))


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a schema."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from parts(part)


def test_it_is_a_schema_of_draft_2020_12_and_json() -> None:
    schema = shipped_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


def test_every_reference_leads_somewhere() -> None:
    schema = shipped_schema()
    for part in parts(schema):
        if isinstance(reference := part.get("$ref"), str):
            assert reference.removeprefix("#/$defs/") in schema["$defs"]


@pytest.mark.parametrize("text", [TEXTBOOK, LOAD, REPLAY])
def test_the_examples_of_the_design_are_accepted(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_accepted(name: str) -> None:
    errors = validator().iter_errors(compose(find_scenario(name).read_text(), name).data())
    assert not [error.message for error in errors]


@pytest.mark.parametrize(
    "fields",
    [
        {"sed": "3"},
        {"name": ""},
        {"until": "-1"},
        {"hosts": "[]"},
        {"hosts": "[{name: h1, cores: 0}]"},
        {"hosts": "[{name: h1, core: 1}]"},
        {"scheduler": "{policy: rrr}"},
        {"scheduler": "{policy: rr}"},
        {"scheduler": "{policy: fcfs, quantum: 4}"},
        {"scheduler": "{policy: rr, quantum: 0}"},
        {"dispatch": "{policy: fcfs}"},
        {"allocation": "{backfill: maybe}"},
        {"workload": "[{kind: posson, rate: 1, count: 1, work: 1}]"},
        {"workload": "[{rate: 1, count: 1, work: 1}]"},
        {"workload": "[{kind: batch, at: 0, count: 1, work: {kind: normal}}]"},
        {"workload": "[{kind: batch, at: 0, count: 1, work: {mean: 1}}]"},
        {"workload": "[{kind: batch, count: 1, work: 1, on: []}]"},
        {"workload": "[{kind: batch, count: 1, work: 1, locality: {kind: zip, pages: 1}}]"},
        {"vmm": "{profile: esx}"},
        {"vms": "[{name: a, memory: {size: 1GiB, allocation: pages}}]"},
        {"vms": "[{name: a, steps: [{at: 1}]}]"},
        {"vms": "[{name: a, steps: [{at: 1, do: paus}]}]"},
        {"vms": "[{name: a, steps: [{at: 1, do: migrate}]}]"},
        {"vms": "[{name: a, steps: [{at: 1, do: migrate, to: h2, method: cold, rounds: 1}]}]"},
        {"copies": "[{size: 1GiB, from: h1}]"},
    ],
)
def test_what_the_loader_refuses_an_editor_marks(fields: dict[str, str]) -> None:
    assert accepts(textbook())
    assert not accepts(textbook(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"scheduler": "{}"},
        {"scheduler": "{switch_cost: 1ms}"},
        {"scheduler": "{policy: mlfq, levels: 2, quantum: 4ms}"},
        {"workload": "[{kind: batch, at: 0, count: 1, work: 20ms}]"},
        {"workload": "[{kind: batch, at: 0, count: 1, work: {kind: exponential, mean: 20ms}}]"},
        {"workload": "[{kind: batch, count: 1, work: 1, on: h1}]"},
        {"workload": '[{kind: batch, count: 1, work: 1, on: ["h*"]}]'},
        {"vms": "[{name: a, memory: 4GiB, steps: [{at: 1s, do: migrate, to: h1}]}]"},
        {"vms": "[{name: a, memory: {size: 4GiB, replacement: clock}}]"},
        {"vms": "[{name: a, memory: {size: 4GiB, allocation: segmentation}}]"},
        {"copies": "[{size: 1GiB, from: h1, to: h2}]"},
    ],
)
def test_what_the_loader_takes_an_editor_takes(fields: dict[str, str]) -> None:
    assert accepts(textbook(**fields))


def test_fields_are_described_where_the_reader_of_a_file_needs_it() -> None:
    schema = shipped_schema()
    bare = [
        name
        for name, part in schema["properties"].items()
        if not part.get("description") and "$ref" not in part
    ]
    assert not bare
    for name, part in schema["$defs"]["HostSpec"]["properties"].items():
        assert part.get("description"), name


def test_defaults_are_in_the_units_of_a_file() -> None:
    (mlfq,) = (
        part
        for part in shipped_schema()["$defs"]["SchedulerSpec"]["anyOf"]
        if part["title"] == "mlfq"
    )
    assert mlfq["properties"]["quantum"]["default"] == 0.008


def test_a_plugin_s_policy_and_its_options_are_a_variant() -> None:
    @scheduling_policy("longest")
    class Longest(SchedulingPolicy):
        patience: int = 3

    try:
        variants = scenario_schema()["$defs"]["SchedulerSpec"]["anyOf"]
    finally:
        SCHEDULING_POLICIES._classes.pop("longest")
    (found,) = (variant for variant in variants if variant["title"] == "longest")
    assert "patience" in found["properties"]
    assert Longest.__name__ == "Longest"
