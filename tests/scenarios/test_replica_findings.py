"""What one finds in the scenario of a replica set whose primary dies."""

from __future__ import annotations

import pytest

from aio_sim.simulation.replica_sets import failovers
from aio_sim.storage.document.replication.group import Happening
from tests.scenarios.runs import run

SHORT = [
    *(f"replica_sets.0.clients.{number}.operations=440" for number in range(2)),
    "failures.0.at=5s",
    "failures.0.for=10s",
]
CUT = (
    "failures=[]",
    "network={failures: [{link: db-0-switch, at: 5, for: 14}]}",
    "replica_sets.0.clients.1.host=db-0",
)


def found(*settings: str) -> dict[str, int | float]:
    """Return the numbers of the set and its clients, the prefix left out."""
    metrics = run("replica-failover", *SHORT, *settings).metrics
    return {name.removeprefix("storage."): value for name, value in metrics.items()}


def test_a_failover_takes_an_election_timeout_less_the_last_heartbeats_age() -> None:
    for timeout, heartbeat in ((10, 2), (2, 0.5)):
        numbers = found(
            f"replica_sets.0.election_timeout={timeout}s", f"replica_sets.0.heartbeat={heartbeat}s"
        )
        slack = 0.2  # votes, twice there and back
        assert timeout - heartbeat <= numbers["orders.failover.max"] <= 1.15 * timeout + slack


def test_whoever_waits_for_a_majority_loses_nothing_and_waits_longer() -> None:
    for settings in ((), CUT):
        numbers = found(*settings)
        assert numbers["careful.lost"] == 0
        assert numbers["careful.latency.p50"] > 2 * numbers["hasty.latency.p50"]
    assert 0.1 < found()["careful.latency.p50"] < 0.12
    assert found()["hasty.latency.p50"] == pytest.approx(0.04, rel=0.05)


def test_a_primary_that_is_cut_off_acknowledges_what_is_rolled_back_later() -> None:
    numbers = found(*CUT)
    assert numbers["hasty.lost"] == numbers["orders.rolled_back"] > 100
    assert numbers["hasty.lost"] == numbers["orders.lost_writes"]


def test_a_failover_is_from_the_end_of_a_primary_to_the_next_one() -> None:
    history = [
        Happening(1, "elected", "a", 1),
        Happening(5, "down", "b", 1),
        Happening(9, "down", "a", 1),
        Happening(11, "up", "a", 1),
        Happening(20, "elected", "c", 2),
        Happening(30, "step down", "c", 2),
        Happening(32, "elected", "a", 3),
    ]
    assert failovers(history) == [11, 2]
