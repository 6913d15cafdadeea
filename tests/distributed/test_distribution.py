"""One thing to many takes the time of its formula, and says whom it did not reach."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.distributed.distribution import SCHEMES, Distributed, Distributor
from aio_sim.distributed.distribution_times import (
    best_pieces,
    chain_time,
    rounds,
    swarm_bound,
    tree_time,
    unicast_time,
)
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError, UnknownName

RATE = 10**9
MILLISECOND = 10**6


class World:
    """A source and so many targets around a switch that is never full."""

    def __init__(self, targets: int, latency: int = 0, seed: int = 0) -> None:
        self.env = Environment()
        self.targets = [f"edge-{number}" for number in range(targets)]
        hosts = ("source", *self.targets)
        links = tuple(Link(f"{host}-up", (host, "switch"), RATE, latency // 2) for host in hosts)
        self.network = Network(self.env, Topology(hosts, (Switch("switch"),), links))
        self.distributor = Distributor(self.env, self.network, np.random.default_rng(seed))

    def run(self, scheme: str, size: int, pieces: int = 1) -> Distributed:
        result = self.env.run(
            self.distributor.distribute(scheme, "source", self.targets, size, pieces)
        )
        assert isinstance(result, Distributed)
        return result


@settings(max_examples=25)
@given(st.integers(1, 30), st.integers(1, 12), st.sampled_from([0, 2 * MILLISECOND]))
def test_unicast_chain_and_tree_take_the_time_of_their_formulas(
    targets: int, pieces: int, latency: int
) -> None:
    size = 1000 * pieces
    for scheme, expected in (
        ("unicast", unicast_time(size, targets, RATE, latency)),
        ("chain", chain_time(size, targets, pieces, RATE, latency)),
        ("tree", tree_time(size, targets, RATE, latency)),
    ):
        result = World(targets, latency).run(scheme, size, pieces)
        assert len(result.times) == targets
        assert not result.missing
        assert result.time == pytest.approx(expected, rel=1e-9, abs=targets + pieces)


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 9))
def test_a_swarm_is_near_the_bound_that_nothing_beats(targets: int, pieces: int, seed: int) -> None:
    size = 1000 * pieces
    result = World(targets, seed=seed).run("swarm", size, pieces)
    least = swarm_bound(size, targets, pieces, RATE)
    assert len(result.times) == targets
    assert least <= result.time <= least + 1000 * 8 * (2 + pieces // 3)


def test_a_model_to_two_hundred_edge_nodes() -> None:
    size, pieces = 320_000, 32
    times = {scheme: World(200).run(scheme, size, pieces).time for scheme in SCHEMES}
    one = size * 8
    assert times["unicast"] == pytest.approx(200 * one, rel=1e-9)
    assert times["chain"] == pytest.approx(one * (32 + 199) / 32, rel=1e-9)
    assert times["tree"] == pytest.approx(one * 8, rel=1e-9)
    assert one * 39 / 32 <= times["swarm"] < one * 39 / 32 * 1.25


@given(st.integers(1, 10_000))
def test_rounds_are_the_logarithm(targets: int) -> None:
    assert rounds(targets) == ceil(log2(targets + 1))


@given(st.integers(2, 100), st.integers(10**4, 10**7), st.integers(10**3, 10**6))
def test_no_other_number_of_pieces_makes_a_chain_faster(
    targets: int, size: int, latency: int
) -> None:
    best = best_pieces(size, targets, RATE, latency)

    def exact(pieces: int) -> float:
        return (pieces + targets - 1) * (size * 8 / pieces + latency)

    near = min(exact(best), exact(best + 1))
    assert near <= min(exact(pieces) for pieces in range(1, 2 * best + 2)) * (1 + 1e-9)
    assert best_pieces(size, targets, RATE, 0) == size


def test_a_network_that_is_used_by_others_takes_longer() -> None:
    world = World(3)
    world.network.transfer("source", "edge-2", 10**9)
    assert world.run("tree", 10_000).time > tree_time(10_000, 3, RATE)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_whom_a_cut_link_keeps_away_is_said(scheme: str) -> None:
    world = World(6)
    world.network.fail("edge-3-up")
    result = world.run(scheme, 6000, 6)
    missing = {"chain": {"edge-3", "edge-4", "edge-5"}}.get(scheme, {"edge-3"})
    assert set(result.missing) == missing
    assert set(result.times) == set(world.targets) - missing


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nobody_is_reached_at_once(scheme: str) -> None:
    assert World(0).run(scheme, 10).time == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scheme": "swram"}, "did you mean 'swarm'"),
        ({"targets": ["edge-0", "edge-0"]}, "different hosts"),
        ({"targets": ["source"]}, "different hosts"),
        ({"pieces": 11}, "1 to 10 pieces"),
        ({"pieces": 0}, "1 to 10 pieces"),
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any], said: str) -> None:
    right: dict[str, Any] = {
        "scheme": "chain",
        "source": "source",
        "targets": ["edge-0"],
        "size": 10,
        "pieces": 1,
    }
    with pytest.raises((UnknownName, InputError), match=said):
        World(1).distributor.distribute(**(right | wrong))
