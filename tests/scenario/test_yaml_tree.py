"""YAML as a tree: what is written is what is read, with its place, and nothing explodes."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import yaml_tree
from aio_sim.scenario.yaml_tree import Dumper, Mark, compose


def data(text: str) -> Any:
    return compose(text, "x.yaml").data()


def refusal(text: str) -> str:
    """Return the one problem of a text that is no document."""
    with pytest.raises(ScenarioError) as caught:
        compose(text, "x.yaml")
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("4", 4),
        ("-4", -4),
        ("+4", 4),
        ("0", 0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("'4'", "4"),
        ("!!str 4", "4"),
        ("20ms", "20ms"),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("007", "007"),
        ("x: 1", {"x": 1}),
        ("1: 2", {"1": 2}),
        ("[1, [2]]", [1, [2]]),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    found = data(written)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read_as_such() -> None:
    assert math.isnan(data(".nan"))


def test_every_part_knows_its_line_and_column() -> None:
    root = compose("a: 1\nb:\n  - {c: x}\n", "x.yaml")
    assert isinstance(root.content, dict)
    assert root.keys == {"a": Mark("x.yaml", 1, 1), "b": Mark("x.yaml", 2, 1)}
    (entry,) = root.content["b"].content  # type: ignore[misc]
    assert entry.mark == Mark("x.yaml", 3, 5)
    assert entry.content["c"].mark == Mark("x.yaml", 3, 9)


def test_the_slow_parser_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: [1, 'two', 3.0]}\nc: *x\n"
    fast = compose(text, "x.yaml")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert compose(text, "x.yaml") == fast


def test_anchors_and_merge_keys_are_understood() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{y: 9}, *a], z: 4}\nd: *a\n"
    assert data(text) == yaml.safe_load(text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
    | st.sampled_from(["1e3", "~", "null", "true", "4", "1.", "no", "<<", "=", "- a", "a: b", "#"]),
    lambda parts: st.lists(parts) | st.dictionaries(st.text("abc<", min_size=1), parts),
    max_leaves=20,
)


@given(JSON)
def test_what_is_dumped_is_read_back_the_same(value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True)
    found = data(text)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.yaml: the file is empty"),
        ("# only a comment\n", "x.yaml: the file is empty"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: 'a' is here twice; first in line 1"),
        ("a: {b: 1, b: 1}", "x.yaml:1:11: 'b' is here twice; first in line 1"),
        ("1: a\n'1': b\n", "x.yaml:2:1: '1' is here twice; first in line 1"),
        ("a: *x", "x.yaml:1:4: there is no anchor &x before this"),
        ("a: &x [*x]", "x.yaml:1:8: there is no anchor &x before this"),
        ("a: !!python/object:os.system {}", "the tag tag:yaml.org,2002:python/object:os.system"),
        ("a: !!int '4'", "the tag tag:yaml.org,2002:int has no place here"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: expected one document, and here begins another"),
        ("? [a]\n: 1\n", "x.yaml:1:3: expected the name of a field"),
        ("a: {<<: 3}", "x.yaml:1:9: << takes a mapping, or a list of them"),
        ("a: [1, 2\nb: 3\n", "x.yaml:2:2: not valid YAML: "),
        ("a:\n\t- 1\n", "; indent with spaces, not tabs"),
        ("a: \x07", "x.yaml: not valid YAML: control characters are not allowed"),
        ("a: \ud800", "x.yaml: not valid YAML: surrogates not allowed"),
    ],
)
def test_what_is_no_document_is_refused_at_its_place(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize("text", ["[" * 10_000, "{a: " * 10_000, "- " * 10_000])
def test_depth_is_bounded(text: str) -> None:
    assert "nested more than 50 levels deep" in refusal(text)


def test_anchors_that_explode_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        before = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{before}]")
    assert "more than 1,000,000 entries, once anchors are expanded" in refusal("\n".join(lines))


def test_what_anchors_stand_for_counts_as_often_as_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "a: &a [1, 2]\nb: *a\n"  # seven parts: the root, and twice a list of two
    monkeypatch.setattr(yaml_tree, "MOST_NODES", 7)
    assert data(text) == {"a": [1, 2], "b": [1, 2]}
    monkeypatch.setattr(yaml_tree, "MOST_NODES", 6)
    assert "more than 6 entries" in refusal(text)
