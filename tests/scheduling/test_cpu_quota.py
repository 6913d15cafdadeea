from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.bandwidth import throttled_run
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.cpu_quota import CpuQuota
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policies.round_robin import RoundRobin
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores

MS = 1_000_000


def guest(env: Environment, host: Cpu, cores: int, quota: CpuQuota | None, number: int = 1) -> Cpu:
    supply = VirtualCores(env, host, number * 1000, quota=quota)
    return Cpu(env, Trace(), f"guest-{number}", cores, FirstComeFirstServed(), supply=supply)


def let_pass(env: Environment) -> None:
    while env.advance(100):
        pass


class Last:
    """Notes when the last process ended."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self.at = -1

    def finished(self, process: Process) -> None:
        self.at = self._env.now

    def lost(self, process: Process, reason: str) -> None:
        raise AssertionError(reason)


@given(
    each=st.integers(1, 200 * MS),
    part=st.integers(1 * MS, 60 * MS),
    start=st.integers(0, 250 * MS),
    threads=st.integers(1, 4),
)
def test_work_that_only_the_quota_holds_up_finishes_as_the_closed_form_says(
    each: int, part: int, start: int, threads: int
) -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", threads, FirstComeFirstServed())
    limit = CpuQuota(env, part * threads, 100 * MS)
    cpu = guest(env, host, threads, limit)
    last = Last(env)
    for number in range(threads):
        process = Process(number, start, each)
        process.owner = last
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(start)
    let_pass(env)
    expected = throttled_run(each * threads, part * threads, 100 * MS, threads=threads, start=start)
    assert last.at == expected.finish
    assert limit.throttled == expected.throttled * threads


def test_a_quota_is_not_exceeded_in_any_period_whatever_the_cores_wait_for() -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", 2, RoundRobin.model_validate({"quantum": "3ms"}))
    limited = guest(env, host, 3, CpuQuota(env, 30 * MS, 100 * MS), 1)
    rival = guest(env, host, 2, None, 2)
    for number in range(3):
        limited.accept(Process(number, 0, 100 * MS))
    for number in range(2):
        rival.accept(Process(10 + number, 0, 200 * MS))
    used, before = [], 0
    for period in range(1, 11):
        timer = Timer(env, lambda: None, ARRIVAL)
        timer.set(period * 100 * MS)
        while env.now < period * 100 * MS and env.advance(1):
            pass
        limited.charge()
        used.append(limited.busy - before)
        before = limited.busy
    assert used[:9] == [30 * MS] * 9
    assert sum(used) == 300 * MS


def test_a_guest_alone_on_idle_cores_has_no_more_than_its_quota() -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", 4, FirstComeFirstServed())
    cpu = guest(env, host, 1, CpuQuota(env, 20 * MS, 100 * MS))
    process, last = Process(0, 0, 50 * MS), Last(env)
    process.owner = last
    cpu.accept(process)
    let_pass(env)
    assert last.at == 210 * MS  # 20, 20, and 10 of the third period


def test_an_idle_guest_with_a_quota_costs_no_events() -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", 1, FirstComeFirstServed())
    cpu = guest(env, host, 1, CpuQuota(env, 20 * MS, 100 * MS))
    cpu.accept(Process(0, 0, MS))
    let_pass(env)
    assert env.now <= 100 * MS


@pytest.mark.parametrize(("quota", "period"), [(0, 1), (1, 0), (-1, 5)])
def test_a_quota_and_its_period_are_positive(quota: int, period: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        CpuQuota(Environment(), quota, period)
