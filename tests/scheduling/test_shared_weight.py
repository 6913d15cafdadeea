"""Weights that change while processes are there, and groups of cores that share one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.fair import Fair
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policies.round_robin import ProcessorSharing, RoundRobin
from aio_sim.scheduling.policy import SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.virtual_core import VirtualCores

MS = 1_000_000
FINE = Fair.model_validate({"latency": "2ms", "granularity": "1us"})


def pass_time(env: Environment, until: int) -> None:
    Timer(env, lambda: None, ARRIVAL).set(until)
    while env.now < until and env.advance(1):
        pass


def group(env: Environment, host: Cpu, number: int, cores: int, weight: Fraction) -> Cpu:
    supply = VirtualCores(env, host, number * 1000, weight, together=True)
    return Cpu(env, Trace(), f"g-{number}", cores, FirstComeFirstServed(), supply=supply)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_group_has_its_share_however_many_of_its_cores_run(threads: int) -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", 3, FINE)
    one, other = (group(env, host, number, 3, Fraction(1)) for number in (1, 2))
    for number in range(3):
        one.accept(Process(number, 0, 1000 * MS))
    for number in range(threads):
        other.accept(Process(10 + number, 0, 1000 * MS))
    pass_time(env, 400 * MS)
    one.charge()
    other.charge()
    part = min(Fraction(threads), Fraction(3, 2))  # of three cores, half, or as many as it can use
    assert other.busy == pytest.approx(400 * MS * part, rel=0.02)
    assert one.busy == pytest.approx(400 * MS * (3 - part), rel=0.02)


@pytest.mark.parametrize(
    "policy", [FINE, RoundRobin.model_validate({"quantum": "1ms"}), ProcessorSharing()]
)
def test_any_policy_takes_a_new_weight(policy: SchedulingPolicy) -> None:
    env = Environment()
    host = Cpu(env, Trace(), "host", 1, policy)
    processes = [Process(number, 0, 1000 * MS) for number in range(2)]
    for process in processes:
        host.accept(process)
    pass_time(env, 100 * MS)
    host.reweigh(processes[0], 3)
    pass_time(env, 500 * MS)
    host.charge()
    had = 50 * MS + 400 * MS * Fraction(3, 4) if policy is FINE else 250 * MS
    assert processes[0].received == pytest.approx(had, rel=0.02)
    assert processes[0].weight == 3
