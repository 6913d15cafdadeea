"""Whatever pydantic finds, people read our own sentence about it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core._pydantic_core import list_all_errors

from aio_sim import Scenario
from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario.sentences import sentence

ENGLISH = ("Input should", "Value error", "Extra inputs", "Field required", "unable to parse")
BASE = """
name: any
hosts: [{name: h}]
scheduler: {policy: sjf}
workload: [{kind: batch, count: 1, work: 1}]
"""


def kinds() -> list[dict[str, Any]]:
    """Return every type of error there is, each with an example of its message and context."""
    tags = ("union_tag_invalid", "union_tag_not_found")  # which need names in quotes
    return [dict(each) for each in list_all_errors() if each["type"] not in tags]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind["type"])
def test_no_message_of_pydantic_is_passed_on(kind: dict[str, Any]) -> None:
    message = kind["example_message_python"]
    told = sentence(kind["type"], message, "abc", kind.get("example_context") or {})
    assert told
    assert told != message
    assert not any(text in told for text in ENGLISH)


@pytest.mark.parametrize(
    "setting",
    [
        "seed=abc",
        "seed=1.5",
        "hosts.0.cores='1e3'",
        "hosts.0.speed=[]",
        "scheduler.estimate={a: b}",
        "workload.0.span=perhaps",
        "workload.0.work={kind: empirical, values: abc}",
        "workload=3",
    ],
)
def test_a_wrong_value_is_told_in_our_own_words(setting: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(BASE, [setting])
    assert not any(text in str(caught.value) for text in ENGLISH)
