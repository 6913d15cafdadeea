from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim import Scenario
from aio_sim.cli.detail import level_to_draw

HEAD = "name: x\nhosts: [{name: h1}]\nworkload:\n"


@pytest.mark.parametrize(
    ("workload", "level"),
    [
        ("{kind: list, tasks: [{id: a, work: 1}]}", "full"),
        ("{kind: batch, count: 1000, work: 1}", "full"),
        ("{kind: batch, count: 1001, work: 1}", "tasks"),
        ("{kind: poisson, rate: 1, until: 10, work: 1}", "tasks"),
        ("{kind: closed, users: 10, count: 100, think: 1, work: 1}", "full"),
        ("{kind: closed, users: 11, count: 100, think: 1, work: 1}", "tasks"),
    ],
)
def test_a_chart_is_for_runs_of_few_tasks(workload: str, level: str) -> None:
    assert level_to_draw(Scenario.from_text(f"{HEAD}  - {workload}\n")) == level


@pytest.mark.parametrize(("rows", "level"), [(100, "full"), (20_000, "tasks")])
def test_a_log_is_judged_by_its_size(tmp_path: Path, rows: int, level: str) -> None:
    (tmp_path / "log.csv").write_text("a,w\n" + "0,1\n" * rows * 8)
    columns = "columns: {arrival: a, work: w}"
    text = f"{HEAD}  - {{kind: trace, format: csv, path: {tmp_path}/log.csv, {columns}}}\n"
    assert level_to_draw(Scenario.from_text(text)) == level


def test_a_task_graph_is_judged_by_the_size_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text("{}")
    text = f"{HEAD}  - {{kind: trace, format: wfformat, path: {tmp_path}/graph.json}}\n"
    assert level_to_draw(Scenario.from_text(text)) == "full"
