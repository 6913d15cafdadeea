"""Several processes that run the functions of a job at once: the engine on all local cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from time import perf_counter
from typing import Any

from aio_sim.distributed.mapreduce.counters import (
    FunctionFailed,
    JobCounters,
    JobFailed,
    Outcome,
    never_ends,
    tried_in_vain,
)
from aio_sim.distributed.mapreduce.inputs import beginning, read_split, sampled
from aio_sim.distributed.mapreduce.limits import Limits
from aio_sim.distributed.mapreduce.output import in_order
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import ReduceWork, Result, Runner
from aio_sim.distributed.mapreduce.sandbox import Sandbox
from aio_sim.distributed.mapreduce.settings import Settings, map_work
from aio_sim.distributed.mapreduce.source import JobSource

Task = Callable[[Runner, bool], Result]
"""Runs a task, which may leave out what fails where that is said."""


class Crew:
    """Runners that take tasks in turn; each is used by one thread at a time."""

    def __init__(self, runners: Sequence[Runner], settings: Settings) -> None:
        self._runners = runners
        self._settings = settings
        self._idle: SimpleQueue[Runner] = SimpleQueue()
        for runner in runners:
            self._idle.put(runner)
        self.counters = JobCounters()

    @property
    def first(self) -> Runner:
        """The runner for what is done once."""
        return self._runners[0]

    def set_state(self, state: Any) -> None:
        """Have all see a state."""
        for runner in self._runners:
            runner.set_state(state)

    def all(self, tasks: Sequence[Task]) -> list[Result]:
        """Run tasks, as many at once as there are runners; JobFailed where one fails for good."""
        with ThreadPoolExecutor(len(self._runners)) as pool:
            try:
                results = list(pool.map(self._insist, tasks))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for runner in self._runners:  # which ends what is under way
                    runner.close()
                raise
        for result, attempts in results:
            tally = self.counters.tally
            tally.attempts += attempts
            tally.failed += attempts - 1
            tally.reexecuted += attempts - 1
            self.counters.completed(result)
        return [result for result, _attempts in results]

    def _insist(self, task: Task) -> tuple[Result, int]:
        """Run a task until it succeeds; return its result and the attempts that it took."""
        settings = self._settings
        for attempt in range(1, settings.attempts + 1):
            skip = settings.skip_bad_records and attempt > settings.skip_after
            runner = self._idle.get()
            try:
                result = task(runner, skip)
            finally:
                self._idle.put(runner)
            if result.failure is None:
                return result, attempt
            if result.failure.final:
                break
        raise FunctionFailed(tried_in_vain(str(result.failure), attempt))


def run_rounds(crew: Crew, splits: Sequence[Split], settings: Settings) -> Outcome:
    """Run all rounds of a job on a crew; the seconds are real. Raises JobFailed or TaskFailed."""
    began = perf_counter()
    tally = crew.counters.tally
    _prepare(crew, splits, settings)
    while True:
        crew.counters.rounds += 1
        tally.maps += len(splits)
        tally.reduces += settings.reducers
        parts = _round(crew, splits, settings)
        state = crew.first.again(parts) if crew.first.repeats else None
        if state is None:
            return Outcome(in_order(parts), crew.counters, perf_counter() - began)
        if crew.counters.rounds >= settings.rounds:
            raise JobFailed(never_ends(settings.rounds))
        crew.set_state(state)


def _prepare(crew: Crew, splits: Sequence[Split], settings: Settings) -> None:
    if not crew.first.prepares:
        return
    chosen = sampled(splits)
    sample = [beginning(split, read_split(split), len(chosen)) for split in chosen]
    crew.set_state(crew.first.prepare(sample, map_work(Split("", "", 0, 0), settings)))


def _round(crew: Crew, splits: Sequence[Split], settings: Settings) -> list[bytes]:
    mapped = crew.all([_map_task(split, settings) for split in splits])
    numbers = range(settings.reducers)
    reduced = crew.all([_reduce_task(number, mapped) for number in numbers])
    return [result.parts[0] for result in reduced]


def _map_task(split: Split, settings: Settings) -> Task:
    return lambda runner, skip: runner.map(map_work(split, settings, skip), read_split(split))


def _reduce_task(number: int, mapped: Sequence[Result]) -> Task:
    def run(runner: Runner, skip: bool) -> Result:
        return runner.reduce(ReduceWork(number, skip), [each.parts[number] for each in mapped])

    return run


@contextmanager
def local_crew(
    source: JobSource, workers: int, settings: Settings, limits: Limits
) -> Iterator[Crew]:
    """Give a crew of so many processes of this machine; raises PluginError as Sandbox does."""
    with ExitStack() as stack:
        runners = []
        for _number in range(workers):
            runner = Sandbox(source, limits)
            stack.callback(runner.close)
            runners.append(runner)
        yield Crew(runners, settings)
