"""The KTH log, 28,476 jobs on 100 processors: each start equals the plain simulator's."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.resources.driver import hosts, starts
from tests.resources.reference import ConservativeSimulator, EasySimulator, Job, Simulator

KTH = "traces/swf/KTH-SP2-1996-2.1-cln.swf.gz"


def jobs(path: Path, limit: int) -> list[Job]:
    """Return the first jobs that can run on 100 processors; times are seconds."""
    found = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line.startswith(";") or len(found) == limit:
                continue
            cells = line.split()
            submit, run, used, asked_time = (int(float(cells[at])) for at in (1, 3, 4, 8))
            if run > 0 and 0 < used <= 100:
                estimate = asked_time if asked_time > 0 else run
                found.append(Job(len(found), submit, run, used, estimate))
    return found


@pytest.fixture(scope="module")
def log(shared: Path) -> Path:
    path = shared / KTH
    if not path.exists():
        pytest.skip(f"{KTH} is not there")
    return path


@pytest.mark.parametrize(
    ("backfill", "simulator", "limit"),
    [
        ("none", Simulator, 2000),
        ("easy", EasySimulator, 2000),
        ("conservative", ConservativeSimulator, 400),
    ],
)
def test_the_beginning_of_the_log(log: Path, backfill: str, simulator: type, limit: int) -> None:
    load = jobs(log, limit)
    assert starts(hosts(100), load, backfill=backfill) == simulator([100]).simulate(load)


@pytest.mark.slow
@pytest.mark.parametrize(("backfill", "simulator"), [("none", Simulator), ("easy", EasySimulator)])
def test_the_whole_log(log: Path, backfill: str, simulator: type) -> None:
    load = jobs(log, 30_000)
    assert starts(hosts(100), load, backfill=backfill) == simulator([100]).simulate(load)
