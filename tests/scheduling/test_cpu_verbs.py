"""What is asked of a Cpu in the middle of a run: no work is lost, and time passes as it should."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aio_sim.kernel.environment import END, Timer
from aio_sim.scheduling.process import Process, State
from tests.scheduling.meddled_policies import (
    ALL,
    SLICED,
    STEADY,
    Policy,
    few,
    loads,
    machines,
    made,
)
from tests.scheduling.meddling import (
    SPEEDS,
    Action,
    Meddler,
    SliceBySlice,
    meddled,
    new_cpu,
    scripts,
)
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference import Outcome, Slice, joined
from tests.scheduling.reference_rules import ReferenceProcess


@pytest.mark.parametrize("policy", STEADY, ids=str)
@few
@given(
    processes=loads(),
    pauses=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=3),
    **machines,
)
def test_a_pause_puts_off_all_that_was_to_come_by_its_length(
    policy: Policy,
    processes: list[ReferenceProcess],
    pauses: list[tuple[int, int]],
    cores: int,
    switch_cost: int,
) -> None:
    without = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost)
    last = max(process.arrival for process in processes)
    moments = {last + 1 + after: length for after, length in pauses}
    script, shift = [], 0
    for at, length in sorted(moments.items()):
        script += [Action(at + shift, "pause"), Action(at + shift + length, "resume")]
        shift += length
    got, _ = meddled(made(policy), processes, script, cores=cores, switch_cost=switch_cost)

    def shifted(instant: int) -> int:
        return instant + sum(length for at, length in moments.items() if at < instant)

    assert got.context_switches == without.context_switches
    for number, outcome in without.outcomes.items():
        there = got.outcomes[number]
        assert there.finish == shifted(outcome.finish)
        assert there.finish - there.waiting == outcome.finish - outcome.waiting
        # Who was to start as a pause begins starts after it, unless its switch was over.
        late = moments.get(outcome.start, 0)
        assert there.start in (shifted(outcome.start), shifted(outcome.start) + late)


def test_a_process_paused_in_its_first_switch_starts_when_the_switch_is_over() -> None:
    processes = [ReferenceProcess(0, 0, 4), ReferenceProcess(1, 0, 4), ReferenceProcess(2, 0, 4)]
    for name in ("fcfs", "rr"):
        policy = in_nanoseconds(name, **({"quantum": 4} if name == "rr" else {}))
        script = [Action(5, "pause"), Action(15, "resume")]
        got, _ = meddled(policy, processes, script, switch_cost=3)
        assert got.outcomes[1] == Outcome(17, 21, 17, 17)
        assert got.outcomes[2] == Outcome(24, 28, 24, 24)


def test_a_boost_in_a_pause_is_not_forgotten() -> None:
    # B sank to level 1 before C came; at 12 both are at the top again, and B was there first.
    processes = [
        ReferenceProcess(0, 0, 20), ReferenceProcess(1, 0, 6), ReferenceProcess(2, 9, 3)
    ]  # fmt: skip
    policy = in_nanoseconds("mlfq", quanta=(2, 8), boost=12, preemptive=False)
    script = [Action(10, "pause"), Action(14, "resume")]
    got, meddler = meddled(policy, processes, script)
    assert [part.process for part in got.slices][:4] == [0, 1, 0, 1]
    assert all(process.remaining == 0 for process in meddler.processes)


@given(processes=loads(bursts=True), script=scripts(), quantum=st.integers(1, 9), **machines)
def test_round_robin_in_closed_form_is_slice_by_slice_whatever_is_done_to_it(
    processes: list[ReferenceProcess],
    script: list[Action],
    quantum: int,
    cores: int,
    switch_cost: int,
) -> None:
    plain, one = meddled(
        SliceBySlice.model_construct(quantum=quantum), processes, script,
        cores=cores, switch_cost=switch_cost,
    )  # fmt: skip
    closed, other = meddled(
        in_nanoseconds("rr", quantum=quantum), processes, script,
        cores=cores, switch_cost=switch_cost,
    )  # fmt: skip
    assert closed.outcomes == plain.outcomes
    assert closed.context_switches == plain.context_switches
    assert other.loans == one.loans
    assert other.removed == one.removed
    if any(action.verb == "pause" for action in script):  # of which a trace does not tell
        assert _without_switches(closed.slices) == _without_switches(plain.slices)
    else:
        assert closed.slices == plain.slices


def _without_switches(parts: list[Slice]) -> list[Slice]:
    return joined([part._replace(cost=0) for part in parts])


@pytest.mark.parametrize("queue", ["shared", "per_core"])
@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(processes=loads(bursts=True), script=scripts(), **machines)
def test_whatever_is_done_all_but_the_removed_finish(
    policy: Policy,
    queue: str,
    processes: list[ReferenceProcess],
    script: list[Action],
    cores: int,
    switch_cost: int,
) -> None:
    got, meddler = meddled(
        made(policy), processes, script, cores=cores, switch_cost=switch_cost, queue=queue
    )
    numbers = {process.number for process in processes}
    assert set(got.outcomes) == numbers - set(meddler.removed)
    assert all(process.state is State.TERMINATED for process in meddler.processes)
    if all(action.verb != "speed" for action in script):
        for process in meddler.processes:
            received = meddler.removed.get(process.number, process.work)
            assert process.received == received <= process.work


@pytest.mark.parametrize("policy", SLICED, ids=str)
@few
@given(processes=loads(bursts=True), script=scripts("lend", "return", "remove"), **machines)
def test_nothing_runs_on_a_core_while_it_is_lent(
    policy: Policy,
    processes: list[ReferenceProcess],
    script: list[Action],
    cores: int,
    switch_cost: int,
) -> None:
    got, meddler = meddled(made(policy), processes, script, cores=cores, switch_cost=switch_cost)
    for loan in meddler.loans:
        for part in got.slices:
            from_to = max(part.start, loan.start), min(part.end, loan.end)
            assert part.core != loan.core or from_to[0] >= from_to[1]
    ran: dict[int, int] = {}
    for part in got.slices:
        ran[part.process] = ran.get(part.process, 0) + part.end - part.start - part.cost
    assert {number: time for number, time in ran.items() if time} == {
        process.number: process.received for process in meddler.processes if process.received
    }


@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(
    processes=loads(bursts=True),
    cores=st.integers(2, 4),
    lent=st.integers(1, 3),
    switch_cost=st.sampled_from([0, 2]),
)
def test_a_cpu_with_cores_lent_from_the_beginning_is_a_smaller_one(
    policy: Policy, processes: list[ReferenceProcess], cores: int, lent: int, switch_cost: int
) -> None:
    assume(lent < cores)
    smaller = run_on_cpu(made(policy), processes, cores - lent, switch_cost=switch_cost)

    def lend(_env: Any, cpu: Any, _processes: Any) -> None:
        assert cpu.lend_cores(lent) == list(range(lent))

    got = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost, meddle=lend)
    assert got.outcomes == smaller.outcomes
    assert got.context_switches == smaller.context_switches
    # Under sharing no process is on a core of its own.
    moved = [part._replace(core=max(part.core - lent, -1)) for part in got.slices]
    assert moved == smaller.slices


@given(processes=loads(), start=st.integers(0, 40), length=st.integers(1, 20))
def test_lending_the_only_core_is_a_pause_where_turns_are_kept(
    processes: list[ReferenceProcess], start: int, length: int
) -> None:
    end = start + length
    policy = in_nanoseconds("fcfs")
    lent, _ = meddled(policy, processes, [Action(start, "lend"), Action(end, "return")])
    paused, _ = meddled(policy, processes, [Action(start, "pause"), Action(end, "resume")])
    assert {n: o.finish for n, o in lent.outcomes.items()} == {
        n: o.finish for n, o in paused.outcomes.items()
    }


def test_more_cores_than_there_are_cannot_be_lent() -> None:
    _env, cpu = new_cpu(in_nanoseconds("fcfs"), cores=3)
    assert cpu.lend_cores(2) == [0, 1]
    with pytest.raises(ValueError, match="2 cores asked for, 1 there"):
        cpu.lend_cores(2)


@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(processes=loads(latest=0, unit=60), script=scripts("speed", latest=49))
def test_on_one_core_the_work_done_is_the_speed_summed_over_time(
    policy: Policy, processes: list[ReferenceProcess], script: list[Action]
) -> None:
    slow = [action._replace(at=8 * action.at) for action in script]
    slow.sort(key=lambda action: (action.at, action.phase))
    got, _ = meddled(made(policy), processes, slow)
    last = max(outcome.finish for outcome in got.outcomes.values())
    done, since, speed = SPEEDS[2] * 0, 0, SPEEDS[2]
    for at, _verb, amount, _phase in [
        *slow,
        Action(400, "speed", 2),
        Action(last, "speed"),
    ]:
        at = min(at, last)
        done += speed * (at - since)
        since, speed = at, SPEEDS[amount % len(SPEEDS)]
    # Each change rounds what is left of each process up to a nanosecond.
    slack = 2 * (len(script) + 2) * len(processes)
    work = sum(process.work for process in processes)
    assert work <= done + (slack if policy[0] == "ps" else 0)
    assert done <= work + slack


def test_a_burst_at_changing_speed_ends_when_its_work_is_done() -> None:
    env, cpu = new_cpu(in_nanoseconds("fcfs"), speed=2)
    process = Process(0, 0, 1000)
    done = cpu.submit(process)
    for at, speed in ((100, 0.5), (300, 3)):
        Timer(env, partial(cpu.set_speed, speed), END).set(at)
    env.run(done)
    # 100 ns at 2 do 200, 200 ns at 1/2 do 100, and 700 at 3 take 233.3 ns.
    assert env.now == 300 + 234
    assert process.received == 534


@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(processes=loads(), script=scripts("charge"), **machines)
def test_looking_at_the_accounts_changes_nothing(
    policy: Policy,
    processes: list[ReferenceProcess],
    script: list[Action],
    cores: int,
    switch_cost: int,
) -> None:
    left_alone = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost)
    got, _ = meddled(made(policy), processes, script, cores=cores, switch_cost=switch_cost)
    if policy[0] != "ps":
        assert got == left_alone
        return
    for number, outcome in left_alone.outcomes.items():  # where each look is rounded
        assert got.outcomes[number].finish == pytest.approx(outcome.finish, abs=len(script))


@pytest.mark.parametrize("policy", ALL, ids=str)
def test_submit_answers_with_the_process_when_it_finishes(policy: Policy) -> None:
    env, cpu = new_cpu(made(policy))
    first, second = Process(0, 0, 4), Process(1, 0, 6, bursts=[2, 5, 4])
    events = [cpu.submit(first), cpu.submit(second)]
    heard: list[tuple[int, Process]] = []
    for event in events:
        assert event.callbacks is not None
        event.callbacks.append(lambda event: heard.append((env.now, event.value)))
    env.run()
    finishes = {process.number: at for at, process in heard}
    assert [event.value for event in events] == [first, second]
    assert max(finishes.values()) == env.now
    for process, at in ((first, finishes[0]), (second, finishes[1])):
        assert at >= process.received + process.blocked
        assert process.state is State.TERMINATED


def test_the_meddler_gives_everything_back() -> None:
    script = [Action(0, "lend"), Action(1, "pause"), Action(2, "speed")]
    got, meddler = meddled(in_nanoseconds("fcfs"), [ReferenceProcess(0, 0, 5)], script)
    assert isinstance(meddler, Meddler)
    assert got.outcomes[0].finish == 405
    assert [(loan.core, loan.start, loan.end) for loan in meddler.loans] == [(0, 0, 400)]
