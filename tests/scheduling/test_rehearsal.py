"""A rehearsal asks a policy what a Cpu would, and gives cores to the processes a Cpu would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.examiner import Examiner
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.rehearsal import Rehearsal
from tests.scheduling.on_cpu import in_nanoseconds, real_process, run_on_cpu
from tests.scheduling.reference_rules import ReferenceProcess

Stays = list[tuple[int, int, int]]


class Listener(Examiner):
    """Notes who starts, and when."""

    def __init__(self, policy: SchedulingPolicy) -> None:
        super().__init__(policy)
        self.twice = False
        self.starts: Stays = []

    def tell(self, method: str, *arguments: Any) -> None:
        super().tell(method, *arguments)
        if method == "starts":
            process, moment = arguments
            self.starts.append((moment.now, process.number, process.remaining))


def rehearsed(policy: SchedulingPolicy, processes: Sequence[ReferenceProcess], cores: int) -> Stays:
    """Return instant, number and remaining work of each start in a rehearsal."""
    listener = Listener(policy)
    moment = Moment(lambda: RandomStreams(0).stream("test"))
    Rehearsal(listener, moment, [real_process(each) for each in processes], cores).run(10_000)
    assert not [finding for finding in listener.findings.values() if not finding.warning]
    return sorted(listener.starts)


def performed(policy: SchedulingPolicy, processes: Sequence[ReferenceProcess], cores: int) -> Stays:
    """Return the same of the Cpu."""
    starts: Stays = []

    class Noting(type(policy)):  # type: ignore[misc]
        def starts(self, process: Process, moment: Moment) -> None:
            super().starts(process, moment)
            starts.append((moment.now, process.number, process.remaining))

    run_on_cpu(Noting.model_construct(**dict(policy)), processes, cores)
    return sorted(starts)


class LastComeTakesAll(SchedulingPolicy):
    """Picks the last to come, who preempts whoever came before."""

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return max(ready, key=lambda process: process.number)

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        return candidate.number > running.number


POLICIES = [
    in_nanoseconds("fcfs"),
    in_nanoseconds("sjf"),
    in_nanoseconds("srtf"),
    in_nanoseconds("hrrn"),
    in_nanoseconds("edf"),
    in_nanoseconds("priority", preemptive=True),
    in_nanoseconds("priority", preemptive=True, quantum=3),
    in_nanoseconds("mlfq", quanta=(1, 2, 4), boost=11),
    in_nanoseconds("fair", latency=6, granularity=2, wakeup_granularity=1),
    LastComeTakesAll(),
]


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
@given(data=st.data(), cores=st.integers(1, 3))
def test_a_rehearsal_gives_cores_as_the_cpu_does(
    policy: SchedulingPolicy, data: st.DataObject, cores: int
) -> None:
    processes = [
        ReferenceProcess(
            number,
            data.draw(st.integers(0, 8)),
            data.draw(st.integers(1, 9)),
            data.draw(st.integers(0, 5)),
            1,
            data.draw(st.none() | st.integers(5, 60)),
        )
        for number in range(data.draw(st.integers(1, 7)))
    ]
    ordered = sorted(processes, key=lambda process: (process.arrival, process.number))
    assert rehearsed(policy, ordered, cores) == performed(policy, ordered, cores)


def test_the_worst_one_running_loses_its_core() -> None:
    processes = [
        ReferenceProcess(0, 0, 9, 1),
        ReferenceProcess(1, 0, 9, 5),
        ReferenceProcess(2, 1, 1, 0),
    ]
    starts = rehearsed(in_nanoseconds("priority", preemptive=True), processes, 2)
    assert starts == [(0, 0, 9), (0, 1, 9), (1, 2, 1), (2, 1, 8)]
