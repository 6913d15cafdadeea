"""Whole real logs through `simulate`, each job held against a plain reckoning written here."""

from __future__ import annotations

import csv
import gzip
import heapq
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aio_sim.scenario import Scenario
from aio_sim.simulation import simulate

KTH = "traces/swf/KTH-SP2-1996-2.1-cln.swf.gz"
AZURE = "traces/llm/AzureLLMInferenceTrace_conv.csv.gz"
PROCESSORS = 100


class Job(NamedTuple):
    name: str
    submit: int
    run: int
    size: int
    asked: int


def file(shared: Path, name: str) -> Path:
    path = shared / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


def jobs_of(path: Path) -> list[Job]:
    """Return the jobs that can run, in whole seconds, read by split()."""
    jobs = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line.startswith(";"):
                continue
            cells = [int(float(cell)) for cell in line.split()]
            size = cells[4] if cells[4] > 0 else cells[7]
            run, asked = cells[3], cells[8]
            if run > 0 and 0 < size <= PROCESSORS:
                jobs.append(Job(str(cells[0]), cells[1], run, size, asked if asked > 0 else run))
    return jobs


def first_come(jobs: list[Job]) -> dict[str, int]:
    """Return when each job starts: in the order of submission, each as soon as it fits."""
    starts: dict[str, int] = {}
    ends: list[tuple[int, int]] = []
    free, now = PROCESSORS, 0
    for job in jobs:
        now = max(now, job.submit)
        while ends and (ends[0][0] <= now or free < job.size):
            end, size = heapq.heappop(ends)
            now, free = max(now, end), free + size
        starts[job.name], free = now, free - job.size
        heapq.heappush(ends, (now + job.run, job.size))
    return starts


def easy(jobs: list[Job]) -> dict[str, int]:
    """Return when each job starts under EASY (Mu'alem & Feitelson 2001), an instant at a time."""
    starts: dict[str, int] = {}
    running: list[tuple[int, int, int]] = []  # (real end, expected end, size)
    queue: list[Job] = []
    instants = sorted({job.submit for job in jobs})
    heapq.heapify(instants)
    following, free = 0, PROCESSORS
    while instants:
        now = heapq.heappop(instants)
        while running and running[0][0] <= now:
            free += heapq.heappop(running)[2]
        while following < len(jobs) and jobs[following].submit <= now:
            queue.append(jobs[following])
            following += 1
        for job in easy_choice(queue, running, free, now):
            queue.remove(job)
            starts[job.name], free = now, free - job.size
            heapq.heappush(running, (now + job.run, now + job.asked, job.size))
            heapq.heappush(instants, now + job.run)
    return starts


def easy_choice(
    queue: list[Job], running: list[tuple[int, int, int]], free: int, now: int
) -> list[Job]:
    """Return the jobs to start now: the head while it fits, then those that do not delay it."""
    chosen: list[Job] = []
    expected = [(max(end, now), size) for _, end, size in running]
    waiting = iter(queue)
    head = next(waiting, None)
    while head is not None and head.size <= free:
        chosen.append(head)
        expected.append((now + head.asked, head.size))
        free -= head.size
        head = next(waiting, None)
    if head is None:
        return chosen
    shadow, extra = reservation(head, expected, free)
    for job in waiting:
        if free == 0:
            break
        in_time = now + job.asked <= shadow
        if job.size <= free and (in_time or job.size <= extra):
            chosen.append(job)
            free -= job.size
            extra -= 0 if in_time else job.size
    return chosen


def reservation(head: Job, expected: list[tuple[int, int]], free: int) -> tuple[int, int]:
    """Return when the head is sure to fit, and how many processors are to spare then."""
    for shadow, _ in sorted(expected):
        there = free + sum(size for end, size in expected if end <= shadow)
        if there >= head.size:
            return shadow, there - head.size
    raise AssertionError("it never fits")


def replay(path: Path, backfill: str) -> Any:
    scenario = Scenario.model_validate(
        {
            "name": "replay",
            "hosts": [{"name": "cluster", "cores": PROCESSORS}],
            "allocation": {"policy": "fcfs", "backfill": backfill},
            "workload": [{"kind": "trace", "format": "swf", "path": str(path)}],
        }
    )
    return simulate(scenario)


def started(run: Any) -> dict[str, float]:
    done = run.tasks[run.tasks["status"] == "completed"]
    return dict(zip(done["id"].tolist(), done["start"].tolist(), strict=True))


def test_a_whole_log_first_come_first_served_starts_each_job_when_it_should(shared: Path) -> None:
    path = file(shared, KTH)
    jobs = jobs_of(path)
    run = replay(path, "none")
    assert started(run) == first_come(jobs)
    assert run.metrics["tasks.submitted"] == 28_476
    assert run.metrics["tasks.completed"] == len(jobs)
    assert run.metrics["tasks.rejected"] == 28_476 - len(jobs)


@pytest.mark.slow
def test_a_whole_log_under_easy_starts_each_job_when_it_should(shared: Path) -> None:
    path = file(shared, KTH)
    assert started(replay(path, "easy")) == easy(jobs_of(path))


def test_a_trace_of_inference_requests_waits_as_reckoned(shared: Path) -> None:
    path = file(shared, AZURE)
    cores, prompt, token = 26, 1e-4, 0.02
    scenario = Scenario.model_validate(
        {
            "name": "inference",
            "hosts": [{"name": "accelerators", "cores": cores}],
            "workload": [
                {
                    "kind": "trace",
                    "format": "azure_llm",
                    "path": str(path),
                    "seconds_per_context_token": prompt,
                    "seconds_per_generated_token": token,
                }
            ],
        }
    )
    run = simulate(scenario)
    arrivals, works = inference_requests(path, prompt, token)
    assert len(run.tasks) == len(works) == 19_366
    free = [0.0] * cores  # when each core is free again
    for row, arrival, work in zip(run.tasks, arrivals, works, strict=True):
        begin = max(arrival, heapq.heappop(free))
        heapq.heappush(free, begin + work)
        assert row["start"] == pytest.approx(begin, abs=1e-6)
        assert row["finish"] == pytest.approx(begin + work, abs=1e-6)
    assert run.metrics["waiting.max"] > 1  # so that there was something to reckon


def inference_requests(path: Path, prompt: float, token: float) -> tuple[list[float], list[float]]:
    """Return arrivals after the first, and work, both in seconds, read by the csv module."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    stamps = [exact_seconds(row["TIMESTAMP"]) for row in rows]
    works = [
        int(row["ContextTokens"]) * prompt + int(row["GeneratedTokens"]) * token for row in rows
    ]
    return [stamp - stamps[0] for stamp in stamps], works


def exact_seconds(stamp: str) -> float:
    whole, _, fraction = stamp.partition(".")
    day = datetime.fromisoformat(whole) - datetime(2023, 11, 16)  # as it stands
    return day.total_seconds() + float(f"0.{fraction or 0}")
