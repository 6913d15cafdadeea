"""check_policy passes what is fit for use and says what is wrong with the rest."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest

from aio_sim.kernel.errors import InputError, PolicyError, UnknownName
from aio_sim.scheduling.policies import RoundRobin
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.testing import PolicyCheckError, check_policy

TENTH = "100ms"

FIT: list[tuple[str, dict[str, Any]]] = [
    ("fcfs", {}),
    ("rr", {"quantum": TENTH}),
    ("ps", {}),
    ("priority", {"preemptive": True, "aging": "300ms", "quantum": TENTH}),
    ("sjf", {"estimate": {"initial": "200ms"}}),
    ("srtf", {}),
    ("mlfq", {"quantum": TENTH, "boost": "700ms"}),
    ("hrrn", {}),
    ("fair", {"latency": "400ms", "granularity": TENTH, "wakeup_granularity": "50ms"}),
    ("lottery", {"quantum": TENTH}),
    ("edf", {}),
]


@pytest.mark.parametrize(("name", "options"), FIT, ids=str)
def test_the_policies_of_the_package_are_fit_for_use(name: str, options: dict[str, Any]) -> None:
    check_policy(SCHEDULING_POLICIES[name](**options))


class Stranger(SchedulingPolicy):
    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return Process(99, 0, 1)


class Nobody(SchedulingPolicy):
    def pick(self, ready: Sequence[Process], moment: Moment) -> Any:
        return None


class Thief(SchedulingPolicy):
    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return ready.pop()  # type: ignore[attr-defined]


class Sorter(SchedulingPolicy):
    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        ready.sort(key=lambda process: process.remaining)  # type: ignore[attr-defined]
        return ready[0]


class Flatterer(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> float:
        process.priority -= 1
        return process.joined


class Shortener(SchedulingPolicy):
    def expires(self, process: Process, moment: Moment) -> None:
        process.remaining -= 1

    def slice(self, process: Process, moment: Moment) -> int:
        return 50_000_000


class Dice(SchedulingPolicy):
    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        return random.choice(ready)


class Counter(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> int:
        return next(COUNT)


COUNT = itertools.count()


class Crash(SchedulingPolicy):
    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        return candidate.deadline < running.deadline  # type: ignore[operator]


class Mixed(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> Any:
        return "none" if process.deadline is None else process.deadline


class Undefined(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> float:
        return float("nan")


class MovingKey(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> float:
        return -(moment.now - process.ready_since) / process.remaining


class NoTime(SchedulingPolicy):
    def slice(self, process: Process, moment: Moment) -> int:
        return 0


class PartsOfNanoseconds(SchedulingPolicy):
    def slice(self, process: Process, moment: Moment) -> Any:
        return 0.5


class Rude(SchedulingPolicy):
    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        return True


class Vague(SchedulingPolicy):
    def preempts(self, candidate: Process, running: Process, moment: Moment) -> Any:
        return "perhaps"


class YesterdaysOrder(SchedulingPolicy):
    def reorders_at(self, moment: Moment) -> int:
        return moment.now


class Speechless(SchedulingPolicy):
    def value(self, process: Process, moment: Moment) -> Any:
        return "much"


UNFIT = [
    (Stranger, "pick answered <Process 99 new .*, which is not one of the processes ready"),
    (Nobody, "pick answered None"),
    (Thief, "pick changed the list of ready processes"),
    (Sorter, "pick changed the list of ready processes"),
    (Flatterer, "key changed priority of process 0; a policy may write only to process.data"),
    (Shortener, "expires changed remaining of process"),
    (Dice, "pick is not deterministic"),
    (Counter, "key is not deterministic"),
    (Crash, "preempts raised TypeError"),
    (Mixed, "cannot be compared with each other"),
    (Undefined, "key answered NaN"),
    (MovingKey, "the key of process .* while it waited.*override pick instead"),
    (NoTime, "slice answered 0; expected whole nanoseconds above 0"),
    (PartsOfNanoseconds, r"slice answered 0\.5"),
    (Rude, "preempt each other without end"),
    (Vague, "preempts answered 'perhaps'"),
    (YesterdaysOrder, "expected an instant after now"),
    (Speechless, "value answered 'much', which is no number"),
]


@pytest.mark.parametrize(("policy", "sentence"), UNFIT, ids=lambda each: str(each)[:40])
def test_it_says_what_is_wrong(policy: type[SchedulingPolicy], sentence: str) -> None:
    with pytest.raises(
        PolicyCheckError, match=f"{policy.__name__} is not fit.*\n(.*\n)*.*{sentence}"
    ):
        check_policy(policy)


class Everything(SchedulingPolicy):
    """Wrong in more than one way."""

    def key(self, process: Process, moment: Moment) -> int:
        process.weight = 2
        return -moment.now

    def value(self, process: Process, moment: Moment) -> Any:
        return "much"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PolicyCheckError) as caught:
        check_policy(Everything)
    assert str(caught.value).count("\n- ") == 3


def test_a_fault_is_a_failed_assertion_and_an_error_of_the_policy() -> None:
    assert issubclass(PolicyCheckError, AssertionError)
    assert issubclass(PolicyCheckError, PolicyError)


class ShortestFirst(SchedulingPolicy):
    def key(self, process: Process, moment: Moment) -> int:
        return process.remaining


def test_that_a_process_may_starve_is_a_warning() -> None:
    [warning] = check_policy(ShortestFirst)
    assert "may starve" in warning
    assert check_policy("fcfs") == []


def test_the_same_seed_finds_the_same() -> None:
    assert check_policy(ShortestFirst(), seed=3) == check_policy(ShortestFirst(), seed=3)


def test_a_name_a_class_and_an_object_are_all_understood() -> None:
    assert check_policy("hrrn") == check_policy(SCHEDULING_POLICIES["hrrn"]) == []
    assert check_policy(RoundRobin(quantum=1)) == []


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'hrrn'"):
        check_policy("hrnn")
    with pytest.raises(InputError, match="derive it from SchedulingPolicy"):
        check_policy(object)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"RoundRobin needs options \(quantum\)"):
        check_policy("rr")


TWO_TASKS = """
name: two
hosts: [{name: h}]
workload:
  - kind: list
    tasks: [{id: A, work: 2}, {id: B, work: 1}]
"""


def test_a_scenario_in_the_test_is_run_and_audited(simulate_text: Any) -> None:
    assert simulate_text(TWO_TASKS).metrics["makespan"] == 3


def test_a_scenario_by_path_is_run_with_its_overrides(run_scenario: Any, tmp_path: Any) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TWO_TASKS, encoding="utf-8")
    assert run_scenario(path).metrics["waiting.mean"] == 1
    run = run_scenario(path, set=["scheduler.policy=sjf"])
    assert run.metrics["waiting.mean"] == 0.5
