"""What is asked of a Cpu in the middle of a run: no work is lost, and time passes as it should."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import END, WAKE_UP, Timer
from aio_sim.scheduling.process import Process, State
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

Policy = tuple[str, dict[str, Any]]

few = settings(max_examples=25)
"""For tests that are run for every policy."""

BLIND: list[Policy] = [
    ("fcfs", {}),
    ("rr", {"quantum": 3}),
    ("plain rr", {"quantum": 3}),
    ("priority", {}),
    ("priority", {"preemptive": True}),
    ("priority", {"preemptive": True, "quantum": 2}),
    ("mlfq", {"quanta": (1, 2, 4)}),
    ("edf", {}),
    ("fair", {"latency": 6, "granularity": 2, "wakeup_granularity": 1}),
]
"""Policies that do not look at what is left of a burst."""

STEADY: list[Policy] = [*BLIND, ("sjf", {}), ("srtf", {}), ("lottery", {})]
"""Policies to which only the order of instants matters, and not the clock."""

SLICED: list[Policy] = [
    *STEADY,
    ("mlfq", {"quanta": (2, 4, 8), "boost": 11}),
    ("priority", {"aging": 5, "preemptive": True}),
    ("hrrn", {}),
]

ALL: list[Policy] = [*SLICED, ("ps", {})]

machines = {"cores": st.integers(1, 3), "switch_cost": st.sampled_from([0, 0, 1, 5])}


def made(policy: Policy) -> Any:
    name, options = policy
    if name == "plain rr":
        return SliceBySlice.model_construct(**options)
    return in_nanoseconds(name, **options)


@st.composite
def loads(
    draw: st.DrawFn, latest: int = 12, bursts: bool = False, unit: int = 1
) -> list[ReferenceProcess]:
    """Draw processes in order of arrival; short times, so that many things happen at once."""
    parts = st.sampled_from([1, 1, 3]) if bursts else st.just(1)
    drawn = []
    for _ in range(draw(st.integers(1, 7))):
        lengths = tuple(unit * draw(st.integers(1, 12)) for _ in range(draw(parts)))
        arrival = unit * draw(st.integers(0, latest))
        drawn.append((arrival, lengths, draw(st.integers(0, 2)), draw(st.integers(5, 60))))
    drawn.sort(key=lambda row: row[0])
    return [
        ReferenceProcess(number, arrival, sum(own[::2]), priority, 1 + priority, deadline, own)
        for number, (arrival, own, priority, deadline) in enumerate(drawn)
    ]


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


@pytest.mark.parametrize("policy", BLIND, ids=str)
@few
@given(processes=loads(), data=st.data(), **machines)
def test_who_is_removed_while_running_leaves_as_if_its_work_had_ended_there(
    policy: Policy,
    processes: list[ReferenceProcess],
    data: st.DataObject,
    cores: int,
    switch_cost: int,
) -> None:
    before = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost)
    moments = [
        (part, at)
        for part in before.slices
        for at in range(part.start + part.cost + 1, part.end + 1)
        if at != before.outcomes[part.process].finish
    ]
    assume(moments)
    part, at = data.draw(st.sampled_from(moments))
    got, meddler = meddled(
        made(policy), processes, [Action(at, "remove", part.process, WAKE_UP)],
        cores=cores, switch_cost=switch_cost,
    )  # fmt: skip
    received = meddler.removed[part.process]
    assert 0 < received < processes[part.process].work
    shorter = [
        ReferenceProcess(p.number, p.arrival, received, p.priority, p.weight, p.deadline)
        if p.number == part.process
        else p
        for p in processes
    ]
    expected = run_on_cpu(made(policy), shorter, cores, switch_cost=switch_cost)
    assert expected.outcomes.pop(part.process).finish == at
    assert got == expected


@pytest.mark.parametrize("policy", ALL, ids=str)
@few
@given(processes=loads(bursts=True), data=st.data(), **machines)
def test_who_is_removed_while_blocked_leaves_as_if_that_had_been_its_last_burst(
    policy: Policy,
    processes: list[ReferenceProcess],
    data: st.DataObject,
    cores: int,
    switch_cost: int,
) -> None:
    blocking = [process for process in processes if len(process.parts) > 1]
    assume(blocking)
    chosen = data.draw(st.sampled_from(blocking))
    short = [
        ReferenceProcess(p.number, p.arrival, p.parts[0], p.priority, p.weight, p.deadline)
        if p is chosen
        else p
        for p in processes
    ]
    expected = run_on_cpu(made(policy), short, cores, switch_cost=switch_cost)
    at = expected.outcomes.pop(chosen.number).finish
    wait = data.draw(st.integers(0, chosen.parts[1] - 1))
    script = [Action(at + wait, "remove", chosen.number)]
    got, meddler = meddled(made(policy), processes, script, cores=cores, switch_cost=switch_cost)
    assert meddler.removed == {chosen.number: chosen.parts[0]}
    assert got == expected


@pytest.mark.parametrize("policy", [("fcfs", {}), ("sjf", {}), ("priority", {})], ids=str)
@few
@given(processes=loads(latest=0), data=st.data())
def test_who_is_removed_before_its_turn_might_never_have_come(
    policy: Policy, processes: list[ReferenceProcess], data: st.DataObject
) -> None:
    assume(len(processes) > 1)
    outcomes = run_on_cpu(made(policy), processes).outcomes
    number = data.draw(st.sampled_from([n for n, outcome in outcomes.items() if outcome.start]))
    at = data.draw(st.integers(0, outcomes[number].start - 1))
    others = [process for process in processes if process.number != number]
    got, _ = meddled(made(policy), processes, [Action(at, "remove", number)])
    expected = run_on_cpu(made(policy), others)
    assert got == expected


@pytest.mark.parametrize("policy", [p for p in SLICED if p[0] != "lottery"], ids=str)
@few
@given(processes=loads(), **machines)
def test_a_queue_to_each_core_is_as_many_cpus_of_one_core(
    policy: Policy, processes: list[ReferenceProcess], cores: int, switch_cost: int
) -> None:
    got = run_on_cpu(made(policy), processes, cores, switch_cost=switch_cost, queue="per_core")
    core_of = {part.process: part.core for part in got.slices}
    assert core_of == _shortest_queues(processes, got.outcomes, core_of, cores)
    switches, parts = 0, []
    for core in range(cores):
        own = [process for process in processes if core_of[process.number] == core]
        alone = run_on_cpu(made(policy), own, switch_cost=switch_cost)
        assert {process.number: got.outcomes[process.number] for process in own} == alone.outcomes
        switches += alone.context_switches
        parts += [part._replace(core=core) for part in alone.slices]
    assert got.context_switches == switches
    assert got.slices == sorted(parts, key=lambda part: (part.start, part.core))


def _shortest_queues(
    processes: list[ReferenceProcess],
    outcomes: dict[int, Outcome],
    core_of: dict[int, int],
    cores: int,
) -> dict[int, int]:
    """Return the core with the fewest processes at each arrival, the first of them on a tie."""
    chosen = {}
    for process in processes:
        present = [0] * cores
        for other in processes[: process.number]:
            present[core_of[other.number]] += outcomes[other.number].finish > process.arrival
        chosen[process.number] = present.index(min(present))
    return chosen


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
