"""Devices that serve one after another: each request ends when all before it have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.hardware.device import Device, Disk
from aio_sim.kernel.environment import ARRIVAL, SECOND, Environment, Timer

requests = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 1000), st.integers(1, 300)), max_size=10
).map(sorted)


def served(
    requests: list[tuple[int, int, int]], make: Callable[[Environment], Device]
) -> tuple[list[int], int]:
    """Return when each of the requests (instant, bytes, rate) was served, and the time busy."""
    env = Environment()
    device, ends = make(env), [-1] * len(requests)

    def ask(at: int, size: int, rate: int) -> None:
        event = device.serve(size, rate)
        assert event.callbacks is not None
        event.callbacks.append(lambda _event: ends.__setitem__(at, env.now))

    for at, (instant, size, rate) in enumerate(requests):
        Timer(env, partial(ask, at, size, rate), ARRIVAL).set(instant)
    env.run()
    return ends, device.busy


@given(requests=requests, latency=st.integers(0, 20))
def test_requests_are_served_one_after_another(
    requests: list[tuple[int, int, int]], latency: int
) -> None:
    ends, busy = served(requests, lambda env: Device(env, latency))
    free = total = 0
    for end, (instant, size, rate) in zip(ends, requests, strict=True):
        # Lindley's recursion: begin when it comes, or when the one before is done.
        time = latency + (size * SECOND + rate - 1) // rate
        free = max(free, instant) + time
        total += time
        assert end == free
    assert busy == total


def test_reads_and_writes_wait_for_the_one_arm_of_a_disk() -> None:
    env = Environment()
    disk = Disk(env, size=10**9, read_rate=100, write_rate=50, latency=SECOND)
    read, write = disk.read(200), disk.write(200)
    env.run(read)
    assert env.now == 3 * SECOND
    env.run(write)
    assert env.now == 8 * SECOND
    assert disk.busy == 8 * SECOND
    env.run(disk.read(0))
    assert env.now == 9 * SECOND


def test_what_does_not_come_out_even_is_rounded_up() -> None:
    env = Environment()
    env.run(Device(env, 0).serve(1, 3))
    assert env.now == 333_333_334


def test_several_requests_at_once_take_their_latencies_and_their_bytes() -> None:
    env = Environment()
    disk = Disk(env, size=10**9, read_rate=100, write_rate=50, latency=SECOND)
    assert disk.claim_reads(3, 200) == 5 * SECOND
    assert disk.claim_writes(1, 50) == 7 * SECOND  # behind the reads
    env.run(disk.read(0))
    assert env.now == 8 * SECOND == disk.busy
