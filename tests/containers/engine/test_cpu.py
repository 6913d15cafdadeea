"""The CPU of containers: alone as on the node itself, together by their shares, under limits."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.limits import CpuLimits
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.bandwidth import throttled_run
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.process import Process
from tests.containers.engine.world import MS, Notes, World, policy

INSIDE = [
    ("fcfs", {}),
    ("rr", {"quantum": "3ms"}),
    ("priority", {"preemptive": True}),
    ("sjf", {}),
    ("srtf", {}),
    ("mlfq", {}),
    ("fair", {}),
]


@st.composite
def job_lists(draw: st.DrawFn) -> list[tuple[int, list[int], int]]:
    bursts = st.lists(st.integers(1, 12), min_size=1, max_size=3).filter(lambda b: len(b) != 2)
    job = st.tuples(st.integers(0, 25), bursts, st.integers(0, 3))
    return draw(st.lists(job, min_size=1, max_size=6))


def lives(
    env: Environment, cpu: Any, jobs: list[tuple[int, list[int], int]], begin: int
) -> list[tuple[int, int, int]]:
    notes = Notes(env)
    processes = []
    for number, (at, bursts, urgency) in enumerate(jobs):
        times = [burst * MS for burst in bursts]
        arrival = begin + at * MS
        process = Process(number, arrival, sum(times[::2]), urgency, bursts=times)
        process.owner = notes
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(arrival)
        processes.append(process)
    while env.advance(1):
        pass
    return [(p.start - begin, notes.finish[p.number] - begin, p.received) for p in processes]


@settings(max_examples=25)
@pytest.mark.parametrize("inside", INSIDE, ids=lambda pair: pair[0])
@given(jobs=job_lists(), cores=st.integers(1, 3), depth=st.integers(1, 2))
def test_a_container_alone_runs_its_tasks_as_the_node_itself_would(
    inside: tuple[str, dict[str, Any]],
    jobs: list[tuple[int, list[int], int]],
    cores: int,
    depth: int,
) -> None:
    own = policy(inside[0], **inside[1])
    env = Environment()
    plain = lives(env, Cpu(env, Trace(), "plain", cores, own), jobs, 0)
    world = World(cores, depth=depth)
    container = world.started(own)
    assert lives(world.env, container, jobs, world.env.now) == plain


@pytest.mark.parametrize(("one", "other"), [(1024, 1024), (2048, 1024), (512, 1536), (3072, 1024)])
def test_two_containers_have_the_core_by_their_shares(one: int, other: int) -> None:
    world = World(1, policy("fair", latency="2ms", granularity="1us"))
    notes = Notes(world.env)
    for number, shares in enumerate((one, other)):
        container = world.started(name=f"c-{number}", cpu=CpuLimits(shares))
        container.accept(notes.task(number, SECOND))
    world.pass_time()
    large, small = max(one, other), min(one, other)
    first = SECOND * (large + small) // large  # while both run, the larger has its part
    assert min(notes.finish.values()) == pytest.approx(first, abs=10 * MS)
    assert max(notes.finish.values()) == 2 * SECOND


def test_the_shares_are_those_of_the_group_whatever_its_number_of_processes() -> None:
    """Four busy processes of one container have no more of two cores than the other's two."""
    world = World(2, policy("fair", latency="2ms", granularity="1us"))
    notes = Notes(world.env)
    many, few = world.started(name="many"), world.started(name="few")
    for number in range(4):
        many.accept(notes.task(number, SECOND))
    few.accept(notes.task(10, SECOND))
    world.pass_time(SECOND // 2)
    many.cpu.charge()
    few.cpu.charge()
    # Of two cores' weight the one process has half: a whole core.
    assert few.cpu.busy == pytest.approx(SECOND // 2, rel=0.02)
    assert many.cpu.busy == pytest.approx(SECOND // 2, rel=0.02)


def test_shares_can_be_changed_while_it_runs() -> None:
    world = World(1, policy("fair", latency="2ms", granularity="1us"))
    notes = Notes(world.env)
    one, other = world.started(name="one"), world.started(name="other")
    for number, container in enumerate((one, other)):
        container.accept(notes.task(number, 2 * SECOND))
    world.at(SECOND, one.group.weigh, 3072)
    world.pass_time(2 * SECOND)
    one.cpu.charge()
    assert one.cpu.busy == pytest.approx(SECOND // 2 + SECOND * 3 // 4, rel=0.02)


@settings(max_examples=40)
@given(
    each=st.integers(1, 150 * MS),
    part=st.integers(2 * MS, 60 * MS),
    threads=st.integers(1, 3),
    depth=st.integers(1, 2),
)
def test_a_quota_holds_a_container_back_as_the_closed_form_says(
    each: int, part: int, threads: int, depth: int
) -> None:
    world = World(threads, depth=depth)
    notes = Notes(world.env)
    container = world.started(cpu=CpuLimits(quota=part * threads, period=100 * MS))
    for number in range(threads):
        container.accept(notes.task(number, each))
    world.pass_time()
    expected = throttled_run(each * threads, part * threads, 100 * MS, threads=threads)
    quota = container.group.quota
    assert quota is not None
    assert max(notes.finish.values()) == expected.finish
    assert quota.throttled == expected.throttled * threads
    assert quota.throttled_periods == expected.throttled_periods


@given(chosen=st.sets(st.integers(0, 3), min_size=1), tasks=st.integers(1, 6))
def test_a_set_of_cores_is_kept_to(chosen: set[int], tasks: int) -> None:
    world = World(4, policy("rr", quantum="1ms"), queue="per_core")
    notes = Notes(world.env)
    container = world.started(cpu=CpuLimits(cores=frozenset(chosen)))
    for number in range(tasks):
        container.accept(notes.task(number, 10 * MS))
    world.pass_time()
    cores = {row[3] for row in world.trace.schedule.rows() if row[2] == world.trace.code("host")}
    assert cores - {-1} <= chosen
    assert container.cores == len(chosen)
    assert max(notes.finish.values()) == -(-tasks // len(chosen)) * 10 * MS


def test_what_a_node_cannot_do_is_said() -> None:
    with pytest.raises(InputError, match="per_core"):
        World(2).define(cpu=CpuLimits(cores=frozenset({0})))
    with pytest.raises(InputError, match="core 7 is not one of the 2"):
        World(2, queue="per_core").define(cpu=CpuLimits(cores=frozenset({7})))
    with pytest.raises(InputError, match="ps"):
        World(1).define(policy("ps"))


@pytest.mark.parametrize(
    "wrong", [{"shares": 1}, {"quota": 0}, {"period": 0}, {"cores": frozenset()}]
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        CpuLimits(**wrong)


def test_a_container_keeps_pace_with_its_node() -> None:
    world = World(1, speed=Fraction(2))
    notes = Notes(world.env)
    container = world.started()
    container.accept(notes.task(0, SECOND))
    world.at(SECOND // 4, world.cpu.set_speed, Fraction(1, 2))
    world.pass_time()
    assert notes.finish[0] == SECOND // 4 + SECOND  # half a second of work is left, at half speed


def test_a_paused_container_stands_still_and_loses_nothing() -> None:
    world = World(1)
    notes = Notes(world.env)
    container = world.started()
    container.accept(notes.task(0, 100 * MS))
    world.at(40 * MS, world.engine.pause, container)
    world.at(90 * MS, world.engine.resume, container)
    world.pass_time()
    assert notes.finish[0] == 150 * MS
