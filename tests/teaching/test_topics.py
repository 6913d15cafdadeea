"""The list of topics is the document's, and what it says of the project is so."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from aio_sim.kernel.errors import UnknownName
from aio_sim.scenario import shipped
from aio_sim.teaching.topics import Topic, topics

ROOT = Path(__file__).parent.parent.parent
PLACES = yaml.safe_load((ROOT / "aio_sim/teaching/places.yaml").read_text(encoding="utf-8"))


def given(field: str) -> list[Topic]:
    return [topic for topic in topics() if getattr(topic, field)]


def name(topic: Topic) -> str:
    return topic.id


def test_there_are_75_topics_each_once_in_both_languages() -> None:
    english, chinese = topics("en"), topics("zh")
    assert len(english) == 75
    assert len({topic.id for topic in english}) == 75
    assert [topic.id for topic in english] == [topic.id for topic in chinese]
    assert all(topic.title for topic in (*english, *chinese))
    assert sum(a.title != b.title for a, b in zip(english, chinese, strict=True)) > 60


def test_the_copy_is_the_documents_own_list(shared: Path) -> None:
    original = (shared / "document/topics.yaml").read_text(encoding="utf-8")
    assert (ROOT / "aio_sim/teaching/topics.yaml").read_text(encoding="utf-8") == original


def test_every_place_belongs_to_a_topic() -> None:
    assert set(PLACES) <= {topic.id for topic in topics()}


@pytest.mark.parametrize("topic", given("module"), ids=name)
def test_the_module_of_a_topic_can_be_imported(topic: Topic) -> None:
    assert topic.module is not None
    assert import_module(topic.module)


@pytest.mark.parametrize("topic", given("scenario"), ids=name)
def test_the_scenario_of_a_topic_is_shipped(topic: Topic) -> None:
    assert topic.scenario in shipped()


@pytest.mark.parametrize("topic", given("test"), ids=name)
def test_the_test_of_a_topic_exists(topic: Topic) -> None:
    assert topic.test is not None
    file, _, function = topic.test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert function in functions
    assert function.startswith("test_")


@pytest.mark.parametrize("topic", given("page"), ids=name)
def test_the_page_of_a_topic_exists(topic: Topic) -> None:
    assert topic.page is not None
    assert (ROOT / "docs" / topic.page).is_file()


@pytest.mark.parametrize("topic", given("module"), ids=name)
def test_a_topic_with_code_has_a_test(topic: Topic) -> None:
    assert topic.test


def test_an_unknown_language_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="en, zh"):
        topics("fr")
