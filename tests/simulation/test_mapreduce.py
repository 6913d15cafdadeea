"""MapReduce in a scenario: whatever dies and comes back meanwhile, the answer is the true one."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim import Run, Scenario, simulate
from aio_sim.analysis.explanation import explain
from aio_sim.cli import main
from aio_sim.distributed.mapreduce.source import USERS

TEXT = "a bb ccc\nd a bb\n"
LENGTH = 4096
"""Real bytes of the input."""


def scenario(job: str = "", more: str = "", failures: str = "", nodes: int = 5) -> Scenario:
    """Return a word count on five nodes, beside a master that lives."""
    network = "network: {bandwidth: 1Gbps}"
    return Scenario.from_text(
        f"""
name: counted
hosts:
  - {{name: n, count: {nodes}, cores: 2, memory: 4GiB, {network}}}
  - {{name: home, {network}}}
scheduler: {{policy: rr, quantum: 50ms}}
file_system: {{data_nodes: "n-*", block_size: 16MiB, replication: 3}}
mapreduce:
  jobs:
    - {{name: count, job: wordcount, reducers: 3, scale: 65536, {job or "attempts: 4"},
       inputs: [{{text: {json.dumps(TEXT)}, size: {LENGTH * 65536}}}]}}
failures: [{failures}]
{more}
"""
    )


def expected() -> str:
    """Return the checksum of what one loop counts."""
    counts = Counter((TEXT * (LENGTH // len(TEXT))).split())
    lines = (json.dumps([word, counts[word]]) + "\n" for word in sorted(counts))
    return sha256("".join(lines).encode()).hexdigest()


def told(run: Run) -> dict[str, Any]:
    """Return what a trace tells of the one job."""
    found: dict[str, Any] = run.trace.meta["mapreduce"]["count"]
    return found


@pytest.mark.parametrize("level", ["tasks", "full"])
def test_the_answer_is_that_of_one_loop(level: Any) -> None:
    run = simulate(scenario(), level=level, audit=True)
    assert told(run)["sha256"] == expected()
    assert run.metrics["mapreduce.map.input.bytes"] == LENGTH * 65536
    assert told(run)["counters"]["map.input.bytes"] == LENGTH
    assert run.ended_at == run.metrics["mapreduce.time.max"]


def attempts(run: Run, kind: str) -> list[tuple[str, int, int]]:
    """Return host, beginning and end (ns) of the attempts of maps or reduces of a full trace."""
    rows = run.trace.spans.rows()
    return [
        (run.trace.text(row[1]), row[3], row[4])
        for row in rows
        if run.trace.text(row[0]).startswith(f"mapreduce count {kind}")
    ]


def moment(run: Run, phase: str) -> tuple[str, float]:
    """Return a host, and an instant (seconds) at which it is in the midst of a phase."""
    maps_end = max(end for _host, _start, end in attempts(run, "map"))
    if phase == "map":
        host, start, end = attempts(run, "map")[0]
    else:
        host, start, end = max(attempts(run, "reduce"), key=lambda each: each[2])
        # It fetches until all maps have ended, and computes from then on.
        start, end = (start, maps_end) if phase == "shuffle" else (maps_end, end)
    return host, (start + 0.8 * (end - start)) / 1e9


@pytest.mark.parametrize("phase", ["map", "shuffle", "reduce"])
@pytest.mark.parametrize("back", ["", ", for: 3s", ", for: 60s"])
def test_a_host_that_dies_in_the_midst_of_it_costs_time_alone(phase: str, back: str) -> None:
    calm = simulate(scenario("backups: none"), level="full")
    host, time = moment(calm, phase)
    dies = f"{{host: {host}, at: {time}s{back}}}"
    run = simulate(scenario("backups: none", failures=dies), audit=True)
    assert told(run)["sha256"] == expected()
    assert run.metrics["mapreduce.tasks.lost"] > 0
    assert run.metrics["mapreduce.tasks.reexecuted"] > 0
    assert run.metrics["mapreduce.time.max"] > calm.metrics["mapreduce.time.max"]


FAILURES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 60), st.none() | st.integers(1, 30)),
    max_size=2,
    unique_by=lambda failure: failure[0],
)
JOBS = st.fixed_dictionaries(
    {
        "reducers": st.integers(1, 6),
        "combiner": st.booleans(),
        "locality": st.booleans(),
        "locality_delay": st.sampled_from([0, 2]),
        "backups": st.sampled_from(["none", "near-end", "late"]),
        "stragglers": st.sampled_from([{"probability": 0}, {"probability": 0.3, "factor": 4}]),
        "replication": st.integers(1, 3),
    }
)


def _killed(failures: list[tuple[int, int, int | None]], job: dict[str, Any], seed: int) -> Run:
    listed = ", ".join(
        f"{{host: n-{host}, at: {at}" + (f", for: {time}}}" if time else "}")
        for host, at, time in failures
    )
    loaded = scenario(failures=listed)
    changed = [f"mapreduce.jobs.0.{name}={json.dumps(value)}" for name, value in job.items()]
    return simulate(loaded.having(changed), seed, audit=True)


@settings(max_examples=25)
@given(failures=FAILURES, job=JOBS, seed=st.integers(0, 9))
def test_no_two_hosts_that_die_are_enough_for_a_wrong_answer(
    failures: list[tuple[int, int, int | None]], job: dict[str, Any], seed: int
) -> None:
    assert told(_killed(failures, job, seed))["sha256"] == expected()


@pytest.mark.slow
@settings(max_examples=300)
@given(
    failures=st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 60), st.none() | st.integers(1, 30)),
        max_size=5,
        unique_by=lambda failure: failure[0],
    ),
    job=JOBS,
    seed=st.integers(0, 99),
)
def test_whatever_dies_the_answer_is_true_or_there_is_none(
    failures: list[tuple[int, int, int | None]], job: dict[str, Any], seed: int
) -> None:
    found = told(_killed(failures, job, seed))
    assert found.get("sha256", expected()) == expected()
    if len(failures) < 3:  # of three copies one is left
        assert "failure" not in found


def test_jobs_and_tasks_share_the_cores() -> None:
    work = "workload: [{kind: batch, count: 10, work: 20, on: 'n-*'}]"
    both = simulate(scenario(more=work), audit=True)
    alone = simulate(scenario())
    assert both.metrics["mapreduce.time.max"] > 1.2 * alone.metrics["mapreduce.time.max"]
    assert both.metrics["waiting.max"] > 0


def test_jobs_wait_for_slots_that_others_hold() -> None:
    text = scenario().to_data()
    (job,) = text["mapreduce"]["jobs"]
    text["mapreduce"]["jobs"] = [job, job | {"name": "second"}]
    text["hosts"][0]["memory"] = "2GiB"
    run = simulate(Scenario.model_validate(text), audit=True)
    first, second = (run.metrics[f"mapreduce.{name}.time"] for name in ("count", "second"))
    assert second > 1.5 * first


def test_the_end_finds_jobs_under_way_and_gives_their_slots_back() -> None:
    run = simulate(scenario(more="until: 5"), level="full", audit=True)
    assert told(run) == {"job": "wordcount", "failure": "it had not ended"}
    assert run.metrics["mapreduce.failed"] == run.metrics["mapreduce.completed"] == 0


def test_a_job_that_loses_all_copies_names_its_blocks() -> None:
    dead = ", ".join(f"{{host: n-{number}, at: 4}}" for number in range(3))
    run = simulate(scenario(failures=dead, nodes=4).having(["file_system.replication=1"]))
    assert "too few whole pieces are left of these blocks" in told(run)["failure"]
    assert run.metrics["mapreduce.failed"] == 1


def test_a_link_that_stays_cut_ends_a_job_that_can_not_be_read() -> None:
    cut = "network: {failures: [{link: home-switch, at: 4}]}"
    run = simulate(scenario(more=cut), audit=True)
    assert "cannot be read" in told(run)["failure"]


@pytest.fixture
def own_job(tmp_path: Path) -> Any:
    """Yield a plug-in's file that is a job, forgotten afterwards."""
    file = tmp_path / "longest.py"
    file.write_text(
        "def map(key, value):\n    print('seen')\n    yield len(value), value\n\n\n"
        "def reduce(key, values):\n    return max(values)\n",
        encoding="utf-8",
    )
    yield file
    USERS.pop("longest", None)


def test_a_plug_ins_file_is_a_job_by_its_name(
    own_job: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = scenario().to_yaml().replace("job: wordcount", "job: longest")
    (tmp_path / "own.yaml").write_text(made, encoding="utf-8")
    assert main(["run", str(tmp_path / "own.yaml"), "--plugin", str(own_job), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["jobs"]["count"]["pairs"] == 2
    assert found["metrics"]["mapreduce.completed"] == 1


def test_a_function_that_raises_ends_its_job_and_the_command(
    own_job: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_job.write_text(
        own_job.read_text(encoding="utf-8").replace("max(values)", "max(key)"), encoding="utf-8"
    )
    made = scenario().to_yaml().replace("job: wordcount", "job: longest")
    (tmp_path / "own.yaml").write_text(made, encoding="utf-8")
    assert main(["run", str(tmp_path / "own.yaml"), "--plugin", str(own_job), "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["metrics"]["mapreduce.failed"] == 1
    assert "error: job count: longest.py:7: reduce failed on key" in printed.err
    assert "(the task was tried 4 times)" in printed.err


def test_a_node_that_holds_no_data_may_die_too() -> None:
    made = scenario(failures="{host: n-4, at: 6s}").to_yaml()
    made = made.replace("- n-*", "- n-[0-2]").replace("  jobs:", "  nodes: n-*\n  jobs:")
    run = simulate(Scenario.from_text(made), audit=True)
    assert told(run)["sha256"] == expected()
    assert run.metrics["mapreduce.tasks.nodes.dead"] == 1


def test_each_attempt_is_told_in_sentences() -> None:
    run = simulate(scenario(failures="{host: n-1, at: 6s}"), level="full")
    lines = "\n".join(explain(run.trace))
    assert "job count begins" in lines
    assert "is lost with n-1; nobody knows of it yet" in lines
    assert "begins again on" in lines
    assert "job count has ended after" in lines
