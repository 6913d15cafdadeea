"""Pipelines against the same worked out in plain Python."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.storage.document.errors import QueryError

from .databases import engine

SALES: list[dict[str, Any]] = [
    {"_id": at, "item": "abc"[at % 3], "price": at % 5 + 1, "count": at, "tags": ["x"] * (at % 3)}
    for at in range(20)
]


def piped(pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    handle = engine().collection("sales")
    handle.insert_many(SALES)
    return handle.aggregate(pipeline)


def test_groups_have_sums_means_and_extremes() -> None:
    fields = {
        "_id": "$item",
        "sum": {"$sum": {"$multiply": ["$price", "$count"]}},
        "mean": {"$avg": "$price"},
        "least": {"$min": "$count"},
        "most": {"$max": "$count"},
        "number": {"$sum": 1},
        "prices": {"$addToSet": "$price"},
        "first": {"$first": "$count"},
    }
    found = piped([{"$match": {"count": {"$gt": 2}}}, {"$group": fields}, {"$sort": {"_id": 1}}])
    for item, group in zip("abc", found, strict=True):
        members = [sale for sale in SALES if sale["item"] == item and sale["count"] > 2]
        prices = [sale["price"] for sale in members]
        assert group == {
            "_id": item,
            "sum": sum(sale["price"] * sale["count"] for sale in members),
            "mean": sum(prices) / len(prices),
            "least": min(sale["count"] for sale in members),
            "most": max(sale["count"] for sale in members),
            "number": len(members),
            "prices": list(dict.fromkeys(prices)),
            "first": members[0]["count"],
        }


def test_lists_are_unwound_and_counted() -> None:
    assert piped([{"$unwind": "$tags"}, {"$count": "n"}]) == [
        {"n": sum(len(sale["tags"]) for sale in SALES)}
    ]
    assert piped([{"$match": {"item": "z"}}, {"$count": "n"}]) == []


def test_projections_compute() -> None:
    shape = {"_id": 0, "item": 1, "worth": {"$add": ["$price", {"$divide": ["$count", 2]}]}}
    found = piped([{"$sort": {"count": -1}}, {"$skip": 1}, {"$limit": 1}, {"$project": shape}])
    assert found == [{"item": "a", "worth": 4 + 9.0}]
    dear = {"$cond": [{"$gt": ["$price", 3]}, "dear", "cheap"]}
    [group] = piped([{"$group": {"_id": dear, "n": {"$sum": 1}}}, {"$match": {"_id": "dear"}}])
    assert group["n"] == sum(sale["price"] > 3 for sale in SALES)


def test_a_match_at_the_head_uses_an_index() -> None:
    made = engine()
    handle = made.collection("sales")
    handle.create_index("count")
    handle.insert_many(SALES)
    before = made.cost
    handle.aggregate([{"$match": {"count": 3}}])
    one = made.cost.minus(before).pages_touched
    before = made.cost
    handle.aggregate([{"$match": {"price": 3}}])
    assert one < made.cost.minus(before).pages_touched


@pytest.mark.parametrize(
    ("pipeline", "says"),
    [
        ([{"$lookup": {}}], r"stage 1: operator '\$lookup'.*supported: \$count, \$group"),
        ([{"$match": {}, "$limit": 1}], "stage 1 is not a document with one operator"),
        ([{"$group": {"n": 1}}], "with an _id"),
        ([{"$group": {"_id": 1, "n": {"$median": 1}}}], r"'\$median' is not in the subset"),
        ([{"$limit": -1}], "number of documents"),
        ([{"$unwind": "tags"}], "takes a path"),
        ([{"$project": {"x": {"$sqrt": 1}}}], r"expression operator '\$sqrt'"),
        ([{"$project": {"x": {"$divide": [1, 0]}}}], "by zero"),
        ([{"$project": {"x": {"$add": ["$item", 1]}}}], "needs numbers"),
        ({}, "a pipeline takes a list"),
    ],
)
def test_what_is_outside_the_subset_is_told(pipeline: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        piped(pipeline)
