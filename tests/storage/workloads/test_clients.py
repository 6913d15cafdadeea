"""Clients: closed ones wait for answers, open ones do not; all are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from simpy.events import Event

from aio_sim.kernel.environment import COMPLETION, Environment, Timer
from aio_sim.storage.server.statements import Get, only
from aio_sim.storage.server.work import Request
from aio_sim.storage.workloads.clients import ClosedClient, Load, OpenClients
from aio_sim.storage.workloads.latencies import Latencies


@dataclass
class Delay:
    """A server that answers each request after 10 ns, any number at a time."""

    env: Environment
    is_up: bool = True
    taken: list[int] = field(default_factory=list)
    back: Event | None = None

    def submit(self, request: Request) -> None:
        self.taken.append(self.env.now)
        answer = request.client.answered if self.is_up else request.client.failed
        Timer(self.env, lambda: answer(request), COMPLETION).set(self.env.now + 10)

    def when_up(self) -> Event:
        self.back = self.back or Event(self.env)
        return self.back


def load(operations: int, over: list[int], env: Environment, ignored: int = 0) -> Load:
    return Load(
        lambda: (0, only(Get("s", 1))),
        operations,
        Latencies(("read",), ignored),
        lambda: over.append(env.now),
    )


def run(env: Environment) -> None:
    while env.advance(100):
        pass


def test_a_closed_client_asks_when_it_has_thought_about_the_answer() -> None:
    env, over = Environment(), list[int]()
    server, work = Delay(env), load(4, over, env)
    ClosedClient(env, server, work, lambda: 5)
    run(env)
    assert server.taken == [5, 20, 35, 50]
    assert over == [60]
    assert work.is_over


def test_open_requests_come_whatever_the_answers() -> None:
    env, over = Environment(), list[int]()
    server = Delay(env)
    OpenClients(env, server, load(4, over, env), lambda: 3)
    run(env)
    assert server.taken == [3, 6, 9, 12]
    assert over == [22]


def test_clients_share_the_operations_of_a_load() -> None:
    env, over = Environment(), list[int]()
    server, work = Delay(env), load(5, over, env)
    for _client in range(2):
        ClosedClient(env, server, work, lambda: 0)
    run(env)
    assert server.taken == [0, 0, 10, 10, 20]
    assert work.latencies.count == 5


def test_a_closed_client_waits_for_a_server_that_is_down() -> None:
    env, over = Environment(), list[int]()
    server, work = Delay(env), load(3, over, env)
    ClosedClient(env, server, work, lambda: 0)

    def down() -> None:
        server.is_up = False

    def up() -> None:
        server.is_up = True
        assert server.back is not None
        server.back.succeed()

    Timer(env, down, COMPLETION).set(5)
    Timer(env, up, COMPLETION).set(100)
    run(env)
    assert server.taken == [0, 100, 110]
    assert (work.failed, work.latencies.count) == (0, 3)


def test_latencies_leave_out_the_warm_up_and_are_told_in_seconds() -> None:
    latencies = Latencies(("read", "write"), ignored=1)
    latencies.add(0, 10**9, 10**9)
    for number in range(1, 101):
        latencies.add(number % 2, number * 10**6, 10**9 + number * 10**7)
    told = latencies.totals("storage.x")
    assert told["storage.x.answered"] == 100
    assert told["storage.x.throughput"] == pytest.approx(100)
    assert told["storage.x.latency.p50"] == pytest.approx(0.05)
    assert told["storage.x.latency.p99"] == pytest.approx(0.099)
    assert told["storage.x.latency.max"] == pytest.approx(0.1)
    assert told["storage.x.write.answered"] == 50
    assert Latencies(("read",)).totals("storage.y") == {"storage.y.answered": 0}
