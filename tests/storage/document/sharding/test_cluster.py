"""A sharded cluster answers as one engine does, whatever its key, its splits and its moves."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.index import Fields
from aio_sim.storage.document.queries import Wanted
from aio_sim.storage.document.sharding.balancer import Move, next_move, threshold
from aio_sim.storage.document.sharding.cluster import ShardedCluster

from ..databases import engine, volume

KEYS: list[Fields] = ["k", [("k", "hashed")], [("g", 1), ("k", -1)], "_id"]


def cluster(key: Fields, shards: int = 3, chunk_size: int = 400) -> ShardedCluster:
    made = ShardedCluster({f"s{at}": engine() for at in range(shards)}, engine(), chunk_size)
    made.shard_collection("c", key)
    return made


def document(number: int, rng: random.Random) -> dict[str, Any]:
    return {"_id": number, "k": rng.randrange(50), "g": rng.choice("ab"), "text": "x" * 20}


@settings(max_examples=12)
@given(st.sampled_from(KEYS), st.integers(0, 2**32))
def test_it_answers_as_one_engine_does(key: Fields, seed: int) -> None:
    rng, many, one = random.Random(seed), cluster(key), engine()
    handle = one.collection("c")
    for number in range(60):
        new = document(number, rng)
        many.insert("c", new)
        handle.insert(new)
        if rng.random() < 0.3:
            many.balance("c")
        if rng.random() < 0.1:
            gone = {"k": {"$lt": rng.randrange(20)}, "g": "a"}
            assert many.delete("c", gone, many=True) == handle.delete(gone, many=True)
    changed = many.update("c", {"k": {"$gte": 10}}, {"$inc": {"n": 1}}, many=True)
    assert changed == handle.update({"k": {"$gte": 10}}, {"$inc": {"n": 1}}, many=True).matched
    for query in ({}, {"k": 7}, {"k": {"$gt": 5, "$lt": 30}}, {"g": "a", "k": {"$in": [1, 2]}}):
        wanted = Wanted(sort={"k": 1, "_id": -1}, skip=2, limit=9)
        assert many.find("c", query, wanted) == handle.find(query, wanted)
        assert many.count("c", query) == handle.count(query)


@pytest.mark.parametrize("key", ["k", [("k", "hashed")]])
def test_the_balancer_evens_out_the_chunks(key: Fields) -> None:
    rng, many = random.Random(1), cluster(key)
    for number in range(120):
        many.insert("c", document(number, rng))
    while many.balance("c"):
        pass
    held = [chunk.shard for chunk in many.chunks("c")]
    counts = [held.count(shard) for shard in ("s0", "s1", "s2")]
    assert max(counts) - min(counts) < 2
    assert many.count("c") == 120


def test_a_query_with_the_shard_key_asks_one_shard_and_others_ask_all() -> None:
    many = cluster([("k", "hashed")])
    before = many.cost
    many.find("c", {"k": 7})
    assert (many.traffic.targeted, many.cost.minus(before).messages) == (1, 4)
    before = many.cost
    many.find("c", {"g": "a"})
    assert (many.traffic.scattered, many.cost.minus(before).messages) == (1, 8)


def test_a_hashed_key_spreads_keys_that_ascend_and_a_range_key_does_not() -> None:
    shares = {}
    for key in ("k", [("k", "hashed")]):
        many = cluster(key, chunk_size=10_000)
        for number in range(60):
            many.insert("c", {"_id": number, "k": number})
        held = {chunk.shard for chunk in many.chunks("c")}
        shares[str(key)] = len(held)
    assert list(shares.values()) == [1, 3]


def test_a_chunk_whose_documents_have_one_key_is_jumbo_and_stays() -> None:
    many = cluster("k")
    for number in range(40):
        many.insert("c", {"_id": number, "k": 1, "text": "x" * 50})
    assert [chunk.jumbo for chunk in many.chunks("c")] == [True]
    assert many.balance("c") is None


def test_what_a_move_that_was_cut_short_leaves_behind_is_not_seen() -> None:
    many = cluster("k", shards=2)
    for number in range(10):
        many.insert("c", {"_id": number, "k": number})
    [chunk, *_others] = many.chunks("c")
    other = {"s0": "s1", "s1": "s0"}[chunk.shard]
    shard = many.shard(other)
    shard.put("c", {"_id": 0, "k": 0, "orphan": True})
    assert many.find("c", {"_id": 0}) == [{"_id": 0, "k": 0}]
    many.move_chunk("c", chunk, other)
    assert many.find("c", {"_id": 0}) == [{"_id": 0, "k": 0}]


def test_the_config_survives_with_its_chunks() -> None:
    shards = {name: engine() for name in ("s0", "s1")}
    files = volume()
    many = ShardedCluster(shards, DocumentEngine(files), 300)
    many.shard_collection("c", "k")
    for number in range(30):
        many.insert("c", {"_id": number, "k": number})
    many.balance("c")
    files.restart(lambda: False)
    again = ShardedCluster(shards, DocumentEngine(files), 300)
    assert [(each.low, each.shard) for each in again.chunks("c")] == [
        (each.low, each.shard) for each in many.chunks("c")
    ]
    assert again.find("c", {"k": 17}) == many.find("c", {"k": 17})


def test_errors_say_what_cannot_be() -> None:
    many = cluster("k")
    many.insert("c", {"_id": 1, "k": 1})
    with pytest.raises(QueryError, match="shard key of a document stays"):
        many.update("c", {"k": 1}, {"$set": {"k": 2}})
    with pytest.raises(QueryError, match="cannot be a list"):
        many.insert("c", {"_id": 2, "k": [1]})
    with pytest.raises(UnknownName, match="'nowhere'"):
        many.move_chunk("c", many.chunks("c")[0], "nowhere")


@pytest.mark.parametrize(("chunks", "least"), [(19, 2), (20, 4), (79, 4), (80, 8)])
def test_thresholds_are_those_of_the_manual(chunks: int, least: int) -> None:
    assert threshold(chunks) == least


def test_a_round_goes_on_until_it_is_even() -> None:
    assert next_move({"a": 13, "b": 10}, in_round=False) is None
    assert next_move({"a": 13, "b": 10}, in_round=True) == Move("a", "b")
    assert next_move({"a": 11, "b": 10}, in_round=True) is None
