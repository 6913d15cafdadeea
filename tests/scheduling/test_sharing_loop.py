"""Processor sharing with changes in the middle, against exact fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import ARRIVAL, COMPLETION, Timer
from aio_sim.scheduling.process import Process, State
from tests.scheduling.meddling import SPEEDS, Action, Meddler, meddled, new_cpu
from tests.scheduling.on_cpu import in_nanoseconds, run_on_cpu
from tests.scheduling.reference_rules import ReferenceProcess

UNIT = 1000
CORES = 4


class Shared:
    """What is left of each process, moved from change to change in exact fractions."""

    def __init__(self, processes: Sequence[ReferenceProcess], script: Sequence[Action]) -> None:
        self.left = {process.number: Fraction(process.work) for process in processes}
        self.arrivals = {process.number: process.arrival for process in processes}
        self.script = sorted(script)
        self.here: set[int] = set()
        self.finish: dict[int, Fraction] = {}
        self.paused = False
        self.cores = CORES
        self.speed = Fraction(1)
        self.now = Fraction(0)

    def run(self) -> dict[int, Fraction]:
        instants = sorted({*self.arrivals.values(), *(action.at for action in self.script)})
        for instant in instants:
            self._until(Fraction(instant))
            self._change(instant)
        self._until(None)
        return self.finish

    def _rate(self) -> Fraction:
        if self.paused or not self.here:
            return Fraction(0)
        return self.speed * min(Fraction(1), Fraction(self.cores, len(self.here)))

    def _until(self, instant: Fraction | None) -> None:
        while self.here and (rate := self._rate()):
            after = self.now + min(self.left[number] for number in self.here) / rate
            if instant is not None and after > instant:
                break
            self._pass(after, rate)
        if instant is not None:
            self._pass(instant, self._rate())

    def _pass(self, instant: Fraction, rate: Fraction) -> None:
        for number in list(self.here):
            self.left[number] -= (instant - self.now) * rate
            if not self.left[number]:
                self.here.discard(number)
                self.finish[number] = instant
        self.now = instant

    def _change(self, instant: int) -> None:
        self.here |= {number for number, at in self.arrivals.items() if at == instant}
        for action in self.script:
            if action.at != instant:
                continue
            if action.verb == "speed":
                self.speed = SPEEDS[action.amount % len(SPEEDS)]
            elif action.verb == "lend":
                self.cores -= 1 + action.amount
            elif action.verb == "return":
                self.cores = CORES
            elif action.verb == "remove" and action.amount in self.here:
                self.here.discard(action.amount)
            elif action.verb in ("pause", "resume"):
                self.paused = action.verb == "pause"


@st.composite
def drawn_loads(draw: st.DrawFn) -> list[ReferenceProcess]:
    times = st.tuples(st.integers(0, 15), st.integers(1, 20))
    drawn = sorted(draw(st.lists(times, min_size=1, max_size=8)))
    return [
        ReferenceProcess(number, UNIT * arrival, UNIT * work)
        for number, (arrival, work) in enumerate(drawn)
    ]


@st.composite
def drawn_scripts(draw: st.DrawFn) -> list[Action]:
    """Draw changes at different instants: a pause, a loan, and speeds and removals between."""
    ats = draw(st.lists(st.integers(0, 60), min_size=8, max_size=8, unique=True))
    paused, resumed, lent, returned = sorted(ats[:2]) + sorted(ats[2:4])
    script = [
        Action(paused, "pause"),
        Action(resumed, "resume"),
        Action(lent, "lend", draw(st.integers(0, CORES - 1))),
        Action(returned, "return"),
        Action(ats[4], "speed", draw(st.integers(0, len(SPEEDS) - 1))),
        Action(ats[5], "speed", draw(st.integers(0, len(SPEEDS) - 1))),
        Action(ats[6], "remove", draw(st.integers(0, 7))),
    ]
    # Off the instants of arrivals and of their completions in whole units.
    return [action._replace(at=UNIT * action.at + 7) for action in script]


def fitting(script: list[Action], processes: list[ReferenceProcess]) -> list[Action]:
    return [a for a in script if a.verb != "remove" or a.amount < len(processes)]


@given(processes=drawn_loads(), drawn=drawn_scripts())
def test_changes_in_the_middle_leave_sharing_exact(
    processes: list[ReferenceProcess], drawn: list[Action]
) -> None:
    script = fitting(drawn, processes)
    expected = Shared(processes, [*script, Action(1_000 * UNIT, "speed", 2)]).run()
    meddler = Meddler(script, until=1_000 * UNIT)
    got = run_on_cpu(in_nanoseconds("ps"), processes, CORES, meddle=meddler)
    # A nanosecond for each change, which at the least speed and share is twenty-four.
    slack = 24 * (2 * len(processes) + len(script))
    assert set(got.outcomes) | set(meddler.removed) == set(expected) | set(meddler.removed)
    for number, outcome in got.outcomes.items():
        assert outcome.finish == pytest.approx(float(expected[number]), abs=slack)


@given(processes=drawn_loads(), cores=st.integers(1, 6))
def test_shorter_ones_of_those_that_came_together_finish_first(
    processes: list[ReferenceProcess], cores: int
) -> None:
    together = [ReferenceProcess(p.number, 0, p.work) for p in processes]
    outcomes = run_on_cpu(in_nanoseconds("ps"), together, cores).outcomes
    by_work = sorted(together, key=lambda process: process.work)
    # The closed form: between two ends, all that are left have had the same service.
    at, served = Fraction(0), 0
    for many, process in zip(range(len(by_work), 0, -1), by_work, strict=True):
        at += (process.work - served) * max(Fraction(many, cores), Fraction(1))
        served = process.work
        assert outcomes[process.number].finish == pytest.approx(float(at), abs=len(by_work))


def test_time_does_not_go_back_where_a_pause_meets_a_completion() -> None:
    # Three of 3 ns on two cores are done after 4.5 ns, and at 5 ns somebody pauses them first.
    env, cpu = new_cpu(in_nanoseconds("ps"), cores=2)
    processes = [Process(number, 0, 3) for number in range(3)]
    processes += [Process(number, 11, 50) for number in range(3, 60)]
    Timer(env, cpu.pause, COMPLETION).set(5)
    for process in processes[:3]:
        cpu.accept(process)
    for process in processes[3:]:
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(11)
    Timer(env, cpu.resume, COMPLETION).set(20)
    now = 0
    while env.advance(1):
        assert env.now >= now
        now = env.now
        cpu.check()
    assert all(process.state is State.TERMINATED for process in processes)
    assert all(process.received == process.work for process in processes)


def test_a_process_alone_has_a_core_and_no_more() -> None:
    got, _ = meddled(in_nanoseconds("ps"), [ReferenceProcess(0, 5, 100)], [], cores=8)
    assert got.outcomes[0].finish == 105
    assert got.outcomes[0].waiting == 0
