from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import ARRIVAL, COMPLETION, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling import policies as _built_in  # noqa: F401  # importing registers them
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy
from aio_sim.scheduling.process import Process, State
from aio_sim.scheduling.virtual_core import VirtualCores
from tests.scheduling.two_levels import Arrival, finishes

HOSTS = [("fcfs", {}), ("rr", {"quantum": "5ns"}), ("ps", {}), ("fair", {}), ("priority", {})]
GUESTS = [
    ("fcfs", {}),
    ("rr", {"quantum": "3ns"}),
    ("sjf", {}),
    ("srtf", {}),
    ("priority", {"preemptive": True}),
    ("mlfq", {}),
    ("fair", {}),
    ("edf", {}),
    ("hrrn", {}),
]
FIRST = 1_000_000


def policy(name: str, **options: Any) -> SchedulingPolicy:
    return SCHEDULING_POLICIES[name].model_validate(options)


def rr(quantum: int | None) -> SchedulingPolicy:
    return policy("rr", quantum=f"{quantum}ns") if quantum else policy("fcfs")


def run(env: Environment, sent: list[tuple[Process, Cpu]]) -> None:
    for process, cpu in sent:
        Timer(env, partial(cpu.accept, process), ARRIVAL).set(process.arrival)
    now = 0
    while env.advance(1):
        assert env.now >= now
        now = env.now
        for cpu in {id(cpu): cpu for _, cpu in sent}.values():
            cpu.check()


class Finish:
    """Notes when processes end."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self.at: dict[int, int] = {}

    def finished(self, process: Process) -> None:
        self.at[process.number] = self._env.now

    def lost(self, process: Process, reason: str) -> None:
        raise AssertionError(reason)


@st.composite
def job_lists(draw: st.DrawFn) -> list[tuple[int, list[int], int]]:
    bursts = st.lists(st.integers(1, 12), min_size=1, max_size=3).filter(lambda b: len(b) != 2)
    job = st.tuples(st.integers(0, 25), bursts, st.integers(0, 3))
    return draw(st.lists(job, min_size=1, max_size=7))


def lives(
    cpu_of: Any, jobs: list[tuple[int, list[int], int]]
) -> list[tuple[int, int, int, int, State]]:
    env = Environment()
    cpu = cpu_of(env)
    end = Finish(env)
    processes = []
    for number, (at, bursts, urgency) in enumerate(jobs):
        process = Process(number, at, sum(bursts[::2]), urgency, bursts=bursts)
        process.owner = end
        processes.append(process)
    run(env, [(process, cpu) for process in processes])
    return [(p.start, end.at[p.number], p.received, p.blocked, p.state) for p in processes]


@pytest.mark.parametrize("guest", GUESTS, ids=lambda pair: pair[0])
@given(
    jobs=job_lists(),
    cores=st.integers(1, 3),
    host=st.sampled_from(HOSTS),
    depth=st.integers(1, 3),
)
def test_a_guest_with_a_core_of_its_own_a_virtual_core_runs_as_on_the_host(
    guest: tuple[str, dict[str, Any]],
    jobs: list[tuple[int, list[int], int]],
    cores: int,
    host: tuple[str, dict[str, Any]],
    depth: int,
) -> None:
    own = policy(guest[0], **guest[1])

    def plain(env: Environment) -> Cpu:
        return Cpu(env, Trace("tasks"), "host", cores, own)

    def nested(env: Environment) -> Cpu:
        cpu = Cpu(env, Trace("tasks"), "host", cores, policy(host[0], **host[1]))
        for level in range(depth):
            inner = own if level == depth - 1 else policy("fcfs")
            supply = VirtualCores(env, cpu, FIRST * (level + 1))
            cpu = Cpu(env, Trace("tasks"), f"guest-{level}", cores, inner, supply=supply)
        return cpu

    assert lives(nested, jobs) == lives(plain, jobs)


@given(
    arrivals=st.lists(
        st.builds(Arrival, st.integers(0, 20), st.integers(0, 3), st.integers(1, 9)),
        min_size=1,
        max_size=8,
    ).map(lambda arrivals: sorted(arrivals, key=lambda arrival: arrival.at)),
    cores=st.integers(1, 3),
    host_quantum=st.one_of(st.none(), st.integers(1, 6)),
    guest_quantum=st.one_of(st.none(), st.integers(1, 6)),
)
def test_guests_that_compete_share_the_host_tick_by_tick_as_the_reference_says(
    arrivals: list[Arrival], cores: int, host_quantum: int | None, guest_quantum: int | None
) -> None:
    assert on_cpus(arrivals, 4, cores, host_quantum, guest_quantum) == finishes(
        arrivals, 4, cores, host_quantum, guest_quantum
    )


def on_cpus(
    arrivals: list[Arrival],
    guests: int,
    cores: int,
    host_quantum: int | None,
    guest_quantum: int | None,
) -> list[tuple[int, int]]:
    env = Environment()
    trace = Trace("full")
    host = Cpu(env, trace, "host", cores, rr(host_quantum))
    cpus = [
        Cpu(
            env,
            trace,
            f"guest-{number}",
            1,
            rr(guest_quantum),
            supply=VirtualCores(env, host, FIRST + number),
        )
        for number in range(guests)
    ]
    end = Finish(env)
    processes = [Process(number, each.at, each.work) for number, each in enumerate(arrivals)]
    for process in processes:
        process.owner = end
    pairs = zip(processes, arrivals, strict=True)
    run(env, [(process, cpus[each.guest]) for process, each in pairs])
    host.charge()
    assert host.busy == sum(each.work for each in arrivals)
    return [(process.start, end.at[process.number]) for process in processes]


@given(
    stops=st.lists(st.integers(1, 30), min_size=2, max_size=6, unique=True).map(sorted),
    works=st.lists(st.integers(1, 20), min_size=1, max_size=4),
)
def test_a_paused_guest_stands_still_and_loses_nothing(stops: list[int], works: list[int]) -> None:
    env = Environment()
    host = Cpu(env, Trace("tasks"), "host", 1, policy("fcfs"))
    supply = VirtualCores(env, host, FIRST)
    guest = Cpu(env, Trace("tasks"), "guest", 1, policy("rr", quantum="3ns"), supply=supply)
    for number, at in enumerate(stops):
        Timer(env, guest.resume if number % 2 else guest.pause, ARRIVAL).set(at)
    end = Finish(env)
    processes = [Process(number, 0, work) for number, work in enumerate(works)]
    for process in processes:
        process.owner = end
    if len(stops) % 2:
        Timer(env, guest.resume, ARRIVAL).set(100)
    run(env, [(process, guest) for process in processes])
    edges = stops + [100] * (len(stops) % 2)
    standing = sum(
        later - before
        for before, later in zip(edges[::2], edges[1::2], strict=True)
        if before < end.at[max(end.at, key=lambda number: end.at[number])]
    )
    assert max(end.at.values()) == sum(works) + standing


def test_a_guest_moves_to_another_host_in_the_middle_of_its_work() -> None:
    env = Environment()
    trace = Trace("tasks")
    first, second = (Cpu(env, trace, name, 1, policy("fcfs")) for name in ("first", "second"))
    supply = VirtualCores(env, first, FIRST)
    guest = Cpu(env, trace, "guest", 1, policy("fcfs"), supply=supply)
    end = Finish(env)
    process = Process(0, 0, 100)
    process.owner = end
    Timer(env, partial(supply.move, second), ARRIVAL).set(40)
    run(env, [(process, guest)])
    assert (first.busy, second.busy, end.at[0]) == (40, 60, 100)


def test_slices_of_the_host_are_no_events_of_the_guest() -> None:
    """Two guests on one core: what happens inside does not grow with the host's slices."""

    def events(quantum: str) -> int:
        env = Environment()
        trace = Trace("tasks")
        host = Cpu(env, trace, "host", 1, policy("rr", quantum=quantum))
        for number in range(2):
            supply = VirtualCores(env, host, FIRST + number)
            guest = Cpu(env, trace, f"guest-{number}", 1, policy("fcfs"), supply=supply)
            guest.accept(Process(number, 0, 1_000_000))
        count = 0
        while env.advance(1):
            count += 1
        return count

    assert events("10ns") <= events("100us") + 2


@pytest.mark.parametrize(
    "host",
    [
        ("fair", {"latency": "20ns", "granularity": "7ns"}),
        ("mlfq", {"quantum": "5ns"}),
        ("priority", {"quantum": "6ns"}),
        ("rr", {"quantum": "6ns"}),
    ],
    ids=lambda pair: pair[0],
)
@given(
    parts=st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=8), min_size=2, max_size=4),
    cores=st.integers(1, 2),
)
def test_into_which_tasks_a_guests_work_is_cut_is_nothing_to_the_others(
    host: tuple[str, dict[str, Any]], parts: list[list[int]], cores: int
) -> None:
    def ends(works: list[list[int]]) -> list[int]:
        env = Environment()
        below = Cpu(env, Trace("tasks"), "host", cores, policy(host[0], **host[1]))
        end, sent = Finish(env), []
        for guest, tasks in enumerate(works):
            supply = VirtualCores(env, below, FIRST + guest)
            cpu = Cpu(env, Trace("tasks"), f"guest-{guest}", 1, policy("fcfs"), supply=supply)
            for task, work in enumerate(tasks):
                process = Process(100 * guest + task, 0, work)
                process.owner = end
                sent.append((process, cpu))
        run(env, sent)
        return [end.at[100 * guest + len(tasks) - 1] for guest, tasks in enumerate(works)]

    assert ends(parts) == ends([[sum(tasks)] for tasks in parts])


@pytest.mark.parametrize("host", [*HOSTS, ("mlfq", {}), ("lottery", {})], ids=lambda pair: pair[0])
@pytest.mark.parametrize("verb", ["park", "pause"])
def test_a_guest_hears_of_its_end_though_others_leave_at_that_very_instant(
    host: tuple[str, dict[str, Any]], verb: str
) -> None:
    def ends(at: int | None) -> dict[int, int]:
        """Stand the second guest, or all, still for 1000 ns from that instant."""
        env = Environment()
        below = Cpu(env, Trace("tasks"), "host", 1, policy(host[0], **host[1]))
        end, sent, supplies = Finish(env), [], []
        for guest, work in enumerate((43, 101)):
            supplies.append(VirtualCores(env, below, FIRST + guest))
            cpu = Cpu(env, Trace("tasks"), f"guest-{guest}", 1, policy("fcfs"), supply=supplies[-1])
            process = Process(guest, 0, work)
            process.owner = end
            sent.append((process, cpu))
        if at is not None:
            stop, go = (
                (supplies[1].park, supplies[1].unpark)
                if verb == "park"
                else (
                    below.pause,
                    below.resume,
                )
            )
            Timer(env, stop, COMPLETION).set(at)  # before that of the guest's own completion
            Timer(env, go, ARRIVAL).set(at + 1000)
        run(env, sent)
        return end.at

    first = ends(None)
    for at in first.values():
        stopped = ends(at)
        assert set(stopped) == {0, 1}
        assert all(first[number] <= stopped[number] <= 1000 + first[number] for number in first)
