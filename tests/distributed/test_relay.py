"""A relay is a permutation flow shop, whatever its stages; what breaks it stops all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import Event

from aio_sim.distributed.relay import NodeDown, Relay, Stage, packets
from aio_sim.kernel.environment import Environment


class Server:
    """A stage that takes so long for a byte; 0 takes no time at all."""

    def __init__(self, env: Environment, slowness: int, breaks_at: int | None = None) -> None:
        self.env, self.slowness, self.left = env, slowness, breaks_at
        self.cancelled = False

    def serve(self, size: int) -> Event | None:
        if self.left == 0:
            raise NodeDown("n")
        self.left = None if self.left is None else self.left - 1
        return self.env.timeout(size * self.slowness) if self.slowness else None

    def cancel(self) -> None:
        self.cancelled = True


def flow_shop(sizes: list[int], stages: list[tuple[int, int | None]]) -> int:
    """Return when the last packet is through, by the recursion of the flow shop."""
    ends: list[list[int]] = []
    for slowness, after in stages:
        row, free = [], 0
        for place, size in enumerate(sizes):
            free = max(free, 0 if after is None else ends[after][place]) + size * slowness
            row.append(free)
        ends.append(row)
    return max((row[-1] for row in ends if row), default=0)


@given(st.lists(st.integers(1, 9), max_size=6), st.lists(st.integers(0, 5), max_size=5), st.data())
def test_packets_go_through_as_in_a_flow_shop(
    sizes: list[int], slownesses: list[int], data: st.DataObject
) -> None:
    env = Environment()
    stages: list[tuple[int, int | None]] = [
        (slow, data.draw(st.integers(0, place - 1)) if place else None)
        for place, slow in enumerate(slownesses)
    ]
    relay = Relay(env, sizes, [Stage(Server(env, slow), after) for slow, after in stages])
    env.run(relay.done)
    assert env.now == flow_shop(sizes, stages)
    if sizes:
        assert relay.through == [len(sizes)] * len(stages)


def test_where_one_stage_breaks_the_others_give_up() -> None:
    env = Environment()
    first, second = Server(env, 10), Server(env, 1, breaks_at=2)
    relay = Relay(env, [1] * 5, [Stage(first, None), Stage(second, 0)])
    with pytest.raises(NodeDown):
        env.run(relay.done)
    assert env.now == 30
    assert relay.through == [3, 2]
    env.run()
    assert relay.through == [3, 2]


@given(st.integers(0, 100), st.integers(1, 20))
def test_packets_add_up(size: int, most: int) -> None:
    sizes = packets(size, most)
    assert sum(sizes) == size
    assert all(0 < packet <= most for packet in sizes)
    assert all(packet == most for packet in sizes[:-1])
