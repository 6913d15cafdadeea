"""Jobs in processes of their own: limits, crashes, and all local cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from aio_sim.distributed.mapreduce.counters import JobFailed
from aio_sim.distributed.mapreduce.crew import local_crew, run_rounds
from aio_sim.distributed.mapreduce.dask_runner import dask_crew
from aio_sim.distributed.mapreduce.functions import MOST_SAID
from aio_sim.distributed.mapreduce.inputs import file_splits, input_files
from aio_sim.distributed.mapreduce.limits import Limits
from aio_sim.distributed.mapreduce.runner import Failure, ReduceWork
from aio_sim.distributed.mapreduce.sandbox import Sandbox
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.source import JobSource, find_job
from aio_sim.kernel.errors import InputError, PluginError
from tests.distributed.mapreduce.jobs import answer, counted, shipped, small_cluster, work

JOB = """
import os, pathlib, sys, time
print("a job may print")
def map(key, line):
    print("hello")
    if line == "hang":
        while True: pass
    if line == "grow":
        [0] * 10**12
    if line == "crash":
        os._exit(7)
    if line == "fork" and os.fork() == 0:
        (pathlib.Path(__file__).parent / "forked").write_text(str(os.getpid()))
        time.sleep(60)
    if line == "twice":
        os.fork()
    if line == "read":
        input()
    if line == "long":
        raise ValueError("x" * 10**6)
    if line == "raise":
        raise ValueError("no good")
    for word in line.split():
        yield word, 1
def reduce(key, values):
    yield key, sum(values)
"""
LIMITS = Limits(time=0.3)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> JobSource:
    path = tmp_path_factory.mktemp("job") / "job.py"
    path.write_text(JOB)
    return find_job(str(path), {})


@pytest.fixture(scope="module")
def sandbox(source: JobSource) -> Iterator[Sandbox]:
    runner = Sandbox(source, LIMITS)
    yield runner
    runner.close()


def mapped(sandbox: Sandbox, line: bytes) -> Failure:
    failure = sandbox.map(work(len(line)), line).failure
    assert failure is not None
    return failure


def test_a_job_that_works_works_there(sandbox: Sandbox) -> None:
    segments = sandbox.map(work(6), b"b a b\n").parts
    assert sandbox.reduce(ReduceWork(0), segments).parts == (b'["a", 1]\n["b", 2]\n',)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"raise", "ValueError: no good"),
        (b"hang", "OutOfTime: it ran for more than 0.3 s"),
        (b"grow", "MemoryError"),
        (b"read", "EOFError"),
    ],
)
def test_what_goes_wrong_is_told_with_record_and_line(
    sandbox: Sandbox, line: bytes, told: str
) -> None:
    failure = mapped(sandbox, line)
    assert told in failure.error
    assert failure.subject == f"the record at byte 0 of f, {line.decode()!r}"
    assert "job.py:" in failure.place


def test_what_is_told_of_an_error_is_not_as_long_as_what_it_says(sandbox: Sandbox) -> None:
    assert len(mapped(sandbox, b"long").error) <= MOST_SAID


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
def test_a_function_that_forks_answers_once_and_leaves_nothing_behind(source: JobSource) -> None:
    runner = Sandbox(source)
    assert runner.map(work(6), b"twice\n").counts.map_output_records == 1
    assert runner.map(work(6), b"a b c\n").counts.map_output_records == 3
    runner.map(work(5), b"fork\n")
    forked = Path(str(source.file)).with_name("forked")
    while not (forked.exists() and forked.read_text(encoding="utf-8")):
        sleep(0.01)
    runner.close()
    number = int(forked.read_text(encoding="utf-8"))
    for _turn in range(500):  # a signal takes a moment to arrive
        if not _alive(number):
            return
        sleep(0.01)
    pytest.fail("what a function started is still there")


def _alive(number: int) -> bool:
    """Return whether a process is there; one that is dead and not yet forgotten is not."""
    status = Path(f"/proc/{number}/status")
    return status.exists() and "(zombie)" not in status.read_text(encoding="utf-8")


def test_a_process_that_crashes_is_started_anew(sandbox: Sandbox) -> None:
    assert mapped(sandbox, b"crash").error == "its process ended with code 7"
    assert sandbox.map(work(2), b"a\n").failure is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def map(k, v): pass", "has no function reduce; a job defines map"),
        ("def mapp(k, v): pass\ndef reduce(k, v): pass", "no function map; did you mean 'mapp'"),
        ("map = 3\ndef reduce(k, v): pass", "map is no function"),
        ("def map(:", "syntax error"),
        ("1 / 0", "ZeroDivisionError"),
        ("import os\nos._exit(3)", "its process ended with code 3 as it was imported"),
    ],
)
def test_a_job_that_cannot_be_imported_says_why(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "job.py"
    path.write_text(text)
    with pytest.raises(PluginError, match=told):
        Sandbox(find_job(str(path), {}), LIMITS)


def test_all_local_cores_give_the_answer_of_the_simulated_cluster(tmp_path: Path) -> None:
    text = b"the cat\nthe mat and the hat\n" * 9
    simulated = small_cluster(tmp_path, {"f": text}).run(shipped("sort"))
    settings = Settings(reducers=2)
    splits = file_splits(input_files([str(tmp_path / "f")]), 64)
    with local_crew(find_job("sort", {}), 2, settings, Limits()) as crew:
        local = run_rounds(crew, splits, settings)
    assert local.lines == simulated.lines
    assert local.counters.counts.map_input_bytes == len(text)


def test_a_task_is_tried_as_often_on_local_cores(tmp_path: Path, source: JobSource) -> None:
    (tmp_path / "f").write_bytes(b"raise\n")
    splits = file_splits(input_files([str(tmp_path / "f")]), 64)
    settings = Settings(attempts=3)
    with (
        local_crew(source, 1, settings, LIMITS) as crew,
        pytest.raises(JobFailed, match=r"no good .*tried 3 times"),
    ):
        run_rounds(crew, splits, settings)


def test_what_takes_all_its_time_is_not_tried_again(tmp_path: Path, source: JobSource) -> None:
    (tmp_path / "f").write_bytes(b"hang\n")
    splits = file_splits(input_files([str(tmp_path / "f")]), 64)
    with (
        local_crew(source, 1, Settings(), LIMITS) as crew,
        pytest.raises(JobFailed, match=r"OutOfTime.*tried once"),
    ):
        run_rounds(crew, splits, Settings())


class Client:
    """As much of Dask's client as is used: it does at once what it is handed."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None: ...
    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None: ...
    def nthreads(self) -> dict[str, int]:
        return {"one": 1}

    def submit(self, function: Any, *arguments: Any, pure: bool) -> Any:
        assert not pure
        return SimpleNamespace(result=lambda: function(*arguments))


def test_a_dask_cluster_gives_the_same_answer(
    tmp_path: Path, source: JobSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("distributed")
    vars(module)["Client"] = Client
    monkeypatch.setitem(sys.modules, "distributed", module)
    (tmp_path / "f").write_bytes(b"a b a\n")
    settings = Settings()
    with dask_crew(source, None, settings, Limits()) as crew:
        outcome = run_rounds(crew, file_splits(input_files([str(tmp_path / "f")]), 64), settings)
    assert answer(outcome) == counted(b"a b a\n")


def test_dask_is_asked_for_where_it_is_not_there(
    source: JobSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"pip install 'aio-sim\[dask\]'"),
        dask_crew(source, None, Settings(), Limits()),
    ):
        pass
