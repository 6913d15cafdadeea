"""What a notebook shows of a run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from aio_sim.report.notebook import to_html
from tests.analysis.machines import LIFE, trace_of
from tests.analysis.traces import TraceWriter, shortest_first, silberschatz_round_robin
from tests.report.runs import RunStub, ScenarioStub


class Outline(HTMLParser):
    """Collects the tags and the text, and sees that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(run: Any) -> Outline:
    parser = Outline()
    parser.feed(to_html(run))
    parser.close()
    assert parser.open == []
    return parser


def test_key_numbers_and_tasks_are_shown() -> None:
    found = outline(RunStub(silberschatz_round_robin()))
    assert {"by-hand: seed 7, 30 s simulated", "waiting.mean", "5.667", "P2"} <= set(found.text)
    assert found.tags == {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}


def test_names_are_escaped() -> None:
    name = "<script>alert(1)</script>"
    writer = TraceWriter(name).task(name, 0, 0, 1, 1)
    run = RunStub(writer.trace, scenario=ScenarioStub(name="<b>&"))
    assert "script" not in outline(run).tags
    html: Any = run
    assert re.search("<script|<b>", to_html(html)) is None


@pytest.mark.parametrize("count", [0, 21])
def test_many_tasks_are_not_listed(count: int) -> None:
    writer = TraceWriter(*(f"task-{number}" for number in range(count)))
    for name in writer.names:
        writer.task(name, 0, 0, 1, 1)
    assert "task-3" not in outline(RunStub(writer.trace)).text


def test_virtual_machines_have_a_table() -> None:
    life: Any = RunStub(trace_of(LIFE))
    html = to_html(life)
    assert "<th>virtual machine</th><th>running</th><th>paused</th><th>busy</th>" in html
    assert "<td>vm</td><td>7 s</td><td>2 s</td><td>2.041 s</td>" in html
    assert "<td>vm.refused</td><td>1</td>" in html
    plain: Any = RunStub(shortest_first())
    assert "virtual machine" not in to_html(plain)
