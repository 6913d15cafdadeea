"""Whatever fails and when: the answer is the true one, or an error says what was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.backups import BACKUPS
from aio_sim.distributed.mapreduce.counters import JobFailed
from aio_sim.distributed.mapreduce.stragglers import Stragglers
from aio_sim.kernel.environment import SECOND
from tests.distributed.mapreduce.jobs import (
    Ready,
    answer,
    counted,
    functions,
    small_cluster,
    total,
)

KILLS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 40 * SECOND)), max_size=5, unique_by=lambda k: k[0]
)
CLUSTERS = st.fixed_dictionaries(
    {
        "racks": st.integers(1, 3),
        "cores": st.integers(1, 2),
        "block_size": st.integers(20, 200),
        "replication": st.integers(1, 4),
        "seed": st.integers(0, 99),
        "stragglers": st.sampled_from([Stragglers(), Stragglers(0.2, 2000)]),
        "backups": st.sampled_from([policy() for policy in BACKUPS.values()]),
    }
)
JOBS = st.fixed_dictionaries(
    {
        "reducers": st.integers(1, 8),
        "locality_delay": st.sampled_from([0, SECOND]),
        "node_timeout": st.sampled_from([0, SECOND, 10 * SECOND]),
        "sort_buffer": st.sampled_from([100, 10**6]),
        "replicas": st.integers(1, 3),
    }
)
TEXTS = st.lists(st.sampled_from(["a", "bb c", "", "a a d"]), max_size=60).map("\n".join)


def run(ready: Ready, kills: list[tuple[int, int]], job: dict[str, Any]) -> Any:
    for node, time in kills:
        ready.cluster.fail_at(f"node-{node}", time)
    return ready.run(functions(combine=total), **job)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, kills=KILLS, cluster=CLUSTERS, job=JOBS)
def test_no_failure_ever_gives_a_wrong_answer(
    tmp_path: Path, text: str, kills: list[Any], cluster: dict[str, Any], job: dict[str, Any]
) -> None:
    ready = small_cluster(tmp_path, {"f": text.encode()}, nodes=6, **cluster)
    files = ready.cluster.files
    try:
        outcome = run(ready, kills, job)
    except JobFailed:
        # Every block of the input can still be read: then there must be no node left to read it.
        nodes = files.cluster.nodes
        there = [view for split in ready.splits for view in files.blocks(split.path)]
        whole = all(
            any(nodes[name].up and view.number in nodes[name].pieces for name in nodes)
            for view in there
        )
        assert not whole
        return
    assert answer(outcome) == counted(text.encode())
    tally = outcome.counters.tally
    begun = tally.maps + tally.reduces + tally.reexecuted + tally.backups + tally.preempted
    assert tally.attempts == begun
    assert outcome.counters.counts.map_input_bytes == len(text)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kills=st.lists(st.integers(0, 15 * SECOND), min_size=2, max_size=2),
    nodes=st.permutations(range(6)),
    job=JOBS,
    seed=st.integers(0, 99),
)
def test_a_job_survives_every_loss_that_leaves_a_copy_of_each_block(
    tmp_path: Path, kills: list[int], nodes: list[int], job: dict[str, Any], seed: int
) -> None:
    text = b"a bb\nccc a\n" * 40
    ready = small_cluster(tmp_path, {"f": text}, nodes=6, replication=3, seed=seed)
    outcome = run(ready, list(zip(nodes, kills, strict=False)), job)
    assert answer(outcome) == counted(text)


@pytest.mark.parametrize("moment", [1, 4, 8, 11])
def test_the_same_seed_is_the_same_run(tmp_path: Path, moment: int) -> None:
    text = b"a bb\nccc a\n" * 40
    runs = []
    for _time in range(2):
        ready = small_cluster(tmp_path, {"f": text}, seed=5, stragglers=Stragglers(0.3))
        outcome = run(ready, [(1, moment * SECOND)], {})
        runs.append((outcome.seconds, outcome.counters.as_json(), outcome.lines))
    assert runs[0] == runs[1]
