"""Where pieces go: the rules of HDFS, for any cluster."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.file_system import DataNode
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.placement import (
    Choice,
    copies_in_racks,
    most_per_rack,
    pipeline_order,
    shards_over_racks,
)

SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def cluster_of(shape: list[int], capacity: int = 100) -> Cluster:
    nodes = [
        DataNode(f"{rack}-{place}", f"rack-{rack}", capacity)
        for rack, many in enumerate(shape)
        for place in range(many)
    ]
    return Cluster(nodes, {"beside": "rack-0"})


def choice_of(cluster: Cluster, wanted: int, seed: int) -> Choice:
    most = most_per_rack(len(cluster.by_rack), wanted)
    return Choice(cluster, np.random.default_rng(seed), 10, most, [], {})


def racks_of(cluster: Cluster, names: list[str]) -> list[str]:
    return [cluster.nodes[name].rack for name in names]


@given(SHAPES, st.integers(1, 8), st.integers(0, 99))
def test_as_many_different_nodes_as_there_are_and_never_too_many_on_a_rack(
    shape: list[int], wanted: int, seed: int
) -> None:
    cluster = cluster_of(shape)
    names = copies_in_racks(choice_of(cluster, wanted, seed), "0-0", wanted)
    most = most_per_rack(len(shape), wanted)
    assert len(names) == len(set(names)) == min(wanted, sum(min(many, most) for many in shape))
    racks = racks_of(cluster, names)
    assert max(map(racks.count, racks)) <= most


@given(st.integers(0, 99))
def test_three_copies_are_on_the_writer_and_on_two_nodes_of_one_other_rack(seed: int) -> None:
    cluster = cluster_of([4, 4, 4])
    names = copies_in_racks(choice_of(cluster, 3, seed), "1-2", 3)
    racks = racks_of(cluster, names)
    assert names[0] == "1-2"
    assert racks[0] != racks[1] == racks[2]


@given(st.integers(0, 99))
def test_a_writer_beside_a_rack_writes_to_that_rack_first(seed: int) -> None:
    cluster = cluster_of([4, 4, 4])
    names = copies_in_racks(choice_of(cluster, 3, seed), "beside", 3)
    assert cluster.nodes[names[0]].rack == "rack-0"


@given(st.integers(0, 99))
def test_a_repair_goes_to_the_other_rack_where_all_are_on_one(seed: int) -> None:
    cluster = cluster_of([3, 3])
    choice = Choice(cluster, np.random.default_rng(seed), 10, 2, ["0-0", "0-1"], {})
    assert cluster.nodes[copies_in_racks(choice, None, 1)[-1]].rack == "rack-1"


@given(SHAPES, st.integers(1, 9), st.integers(0, 99))
def test_shards_are_spread_over_racks_as_evenly_as_they_are_large(
    shape: list[int], wanted: int, seed: int
) -> None:
    cluster = cluster_of(shape)
    names = shards_over_racks(choice_of(cluster, wanted, seed), wanted)
    assert len(names) == len(set(names)) == min(wanted, sum(shape))
    racks = racks_of(cluster, names)
    fewest = next(most for most in range(1, 10) if sum(min(n, most) for n in shape) >= len(names))
    assert max(map(racks.count, racks)) <= max(fewest, -(-wanted // len(shape)))


def test_no_node_gets_more_than_it_has_room_for() -> None:
    cluster = cluster_of([2, 2], capacity=10)
    cluster.nodes["0-0"].begin(1)
    cluster.alive["0-1"] = False
    cluster.leaving["1-0"] = None
    assert copies_in_racks(choice_of(cluster, 3, 0), "0-0", 3) == ["1-1"]


def test_the_most_on_a_rack_are_those_of_hdfs() -> None:
    pairs = {(1, 3): 3, (2, 1): 1, (2, 3): 2, (3, 3): 2, (2, 2): 1, (10, 10): 2, (2, 9): 6}
    assert {pair: most_per_rack(*pair) for pair in pairs} == pairs


def test_a_pipeline_goes_to_the_nearest_first() -> None:
    cluster = cluster_of([2, 2])
    assert pipeline_order(cluster, "1-0", ["0-0", "1-1", "0-1"]) == ["1-1", "0-0", "0-1"]
