"""Task graphs in scenarios: lists with `after`, and the files of WfCommons."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from aio_sim.kernel.errors import ScenarioError, WorkloadError
from aio_sim.scenario import Scenario
from aio_sim.simulation import Run, simulate

LISTED = """\
name: graph
hosts: [{name: h}]
workload:
  - kind: list
    tasks:
      - {id: build, work: 1}
      - {id: test, work: 1, after: [build, {task: ship, size: 1kB}]}
      - {id: ship, work: 1, after: [test]}
"""


def test_a_cycle_is_named_where_it_is() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(LISTED, file="graph.yaml")
    problem = caught.value.problems[0]
    assert (problem.line, problem.field) == (7, "workload[0].tasks[1].after")
    assert str(problem).endswith("goes round in a circle: test after ship after test")


def test_an_unknown_task_is_named_with_the_nearest() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(LISTED.replace("after: [test]", "after: [biuld]"))
    told = [str(problem) for problem in caught.value.problems]
    assert any(
        "no task of this list has the id 'biuld'; did you mean 'build'" in one for one in told
    )
    assert {problem.line for problem in caught.value.problems} == {8}


def test_a_graph_is_written_as_it_was_read() -> None:
    scenario = Scenario.from_text(LISTED.replace("after: [test]", "after: []"))
    assert Scenario.from_text(scenario.to_yaml()) == scenario


def workflow(**changes: Any) -> dict[str, Any]:
    """Return a diamond: a makes two files, b and c read one each, d reads what they made."""
    data = {
        "tasks": [
            {"id": "a", "parents": [], "outputFiles": ["x", "y"], "inputFiles": []},
            {"id": "b", "parents": ["a"], "inputFiles": ["x"], "outputFiles": ["u"]},
            {"id": "c", "parents": ["a"], "inputFiles": ["x", "y"], "outputFiles": []},
            {"id": "d", "parents": ["b", "c"], "inputFiles": ["u"], "outputFiles": []},
        ],
        "files": [
            {"id": name, "sizeInBytes": size} for name, size in (("x", 5), ("y", 7), ("u", 2))
        ],
    } | changes
    ran = [
        {"id": name, "runtimeInSeconds": time}
        for name, time in zip("abcd", (1, 2.5, 3, 0), strict=True)
    ]
    return {"workflow": {"specification": data, "execution": {"tasks": ran}}}


def scenario(path: Path, hosts: int = 2, **fields: Any) -> Scenario:
    data = {
        "name": "workflow",
        "hosts": [{"name": "h", "count": hosts}],
        "workload": [{"kind": "trace", "format": "wfformat", "path": str(path)}],
    }
    return Scenario.from_text(yaml.safe_dump(data | fields))


def written(folder: Path, content: Any) -> Path:
    path = folder / "workflow.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_workflow_is_read_with_its_files_and_run_times(tmp_path: Path) -> None:
    spec = scenario(written(tmp_path, workflow())).workload[0]
    graph = spec.graph()  # type: ignore[union-attr]
    assert graph is not None
    assert [[(edge.task, edge.size) for edge in edges] for edges in graph.before] == [
        *([], [(0, 5)], [(0, 12)], [(1, 2), (2, 0)])
    ]
    assert list(graph.works) == [10**9, 25 * 10**8, 3 * 10**9, 1]
    found = simulate(scenario(written(tmp_path, workflow())), audit=True)
    assert found.tasks["id"].tolist() == list("abcd")
    assert found.metrics["makespan"] == pytest.approx(4)


def changed(at: int, **fields: Any) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = workflow()["workflow"]["specification"]["tasks"]
    tasks[at] |= fields
    return tasks


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ({"workflow": {}}, "needs 'specification': an object"),
        (workflow(tasks=changed(0, parents=["d"])), "circle: a after d after b after a"),
        (workflow(tasks=changed(1, parents=["aa"])), "no task has the id 'aa'"),
        (workflow(tasks=changed(1, id=7)), "needs 'id': a text"),
        (workflow(files=[{"id": "x", "sizeInBytes": -1}]), "sizeInBytes"),
        (workflow(tasks=[*changed(1), {"id": "e"}]), "no run time of task 'e'"),
    ],
)
def test_what_is_no_workflow_is_said_with_its_file(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(WorkloadError, match=said) as caught:
        simulate(scenario(written(tmp_path, content)))
    assert "workflow.json" in str(caught.value)


REAL = {
    "montage-chameleon-2mass-005d-001": (58, 114, 221.7),
    "epigenomics-chameleon-hep-1seq-100k-001": (41, 48, 539.3),
}


def run_real(shared: Path, name: str, **fields: Any) -> Run:
    path = shared / "traces/dag" / f"{name}.json.gz"
    if not path.exists():
        pytest.skip("the traces are not here")
    assert gzip.decompress(path.read_bytes()).startswith(b"{")
    return simulate(scenario(path, 4, **fields), audit=True)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize(
    "dispatch",
    [{"policy": "list"}, {"policy": "list", "order": "critical_path"}, {"policy": "heft"}],
    ids=str,
)
def test_real_workflows_keep_their_bounds(
    shared: Path, name: str, dispatch: dict[str, Any]
) -> None:
    found = run_real(shared, name, dispatch=dispatch)
    count, edges, work = REAL[name]
    graph = found.scenario.workload[0].graph()  # type: ignore[union-attr]
    assert graph is not None
    assert (len(graph), sum(map(len, graph.before))) == (count, edges)
    assert sum(graph.works) / 1e9 == pytest.approx(work, abs=0.05)
    metrics = found.metrics
    longest, makespan = metrics["graph.critical_path"], metrics["makespan"]
    assert max(longest, work / 4 - 0.1) <= makespan <= work / 4 + 0.75 * longest + 0.1  # Graham
    assert metrics["graph.speedup"] == pytest.approx(work / makespan, rel=1e-3)
