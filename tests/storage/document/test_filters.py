"""Which documents a filter means: MongoDB's manual, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.filters import filter_of

BOOK = {
    "_id": 1,
    "title": "On Computable Numbers",
    "price": 12.5,
    "stock": 0,
    "tags": ["logic", "machines"],
    "author": {"name": "Turing", "born": 1912},
    "prints": [{"year": 1936, "copies": 100}, {"year": 1937, "copies": 20}],
    "grid": [[1, 2], [3]],
    "none": None,
}


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ({}, True),
        ({"stock": 0}, True),
        ({"stock": 0.0}, True),
        ({"stock": False}, False),
        ({"stock": {"$ne": 1}}, True),
        ({"price": {"$gt": 12, "$lte": 12.5}}, True),
        ({"price": {"$gt": "12"}}, False),
        ({"title": {"$gte": "On"}}, True),
        ({"title": {"$regex": "^On .*s$"}}, True),
        ({"tags": "logic"}, True),
        ({"tags": ["logic", "machines"]}, True),
        ({"tags": ["machines", "logic"]}, False),
        ({"tags": {"$in": ["x", "machines"]}}, True),
        ({"tags": {"$nin": ["x", "machines"]}}, False),
        ({"tags": {"$all": ["machines", "logic"]}}, True),
        ({"tags": {"$all": []}}, False),
        ({"tags": {"$size": 2}}, True),
        ({"tags.1": "machines"}, True),
        ({"author": {"name": "Turing", "born": 1912}}, True),
        ({"author": {"born": 1912, "name": "Turing"}}, False),
        ({"author.name": "Turing"}, True),
        ({"prints.year": 1937}, True),
        ({"prints.year": {"$gt": 1936, "$lt": 1937}}, True),  # by two elements
        ({"prints": {"$elemMatch": {"year": {"$gt": 1936}, "copies": {"$gt": 50}}}}, False),
        ({"prints": {"$elemMatch": {"year": 1936, "copies": {"$gt": 50}}}}, True),
        ({"grid": [3]}, True),
        ({"grid": {"$elemMatch": {"$size": 2}}}, True),
        ({"grid": 3}, False),
        ({"none": None}, True),
        ({"nothing": None}, True),
        ({"nothing": {"$exists": False}}, True),
        ({"none": {"$exists": True}}, True),
        ({"nothing": {"$ne": 3}}, True),
        ({"nothing": {"$lt": 3}}, False),
        ({"price": {"$not": {"$gt": 20}}}, True),
        ({"$or": [{"stock": 5}, {"author.born": {"$lt": 1950}}]}, True),
        ({"$and": [{"stock": 0}, {"price": 1}]}, False),
        ({"$nor": [{"stock": 5}, {"price": 1}]}, True),
        ({"author.born": {"$mod": [4, 0]}}, True),
        ({"price": {"$type": "double"}}, True),
        ({"tags": {"$type": "array"}}, True),
        ({"tags": {"$type": "string"}}, True),
    ],
)
def test_a_filter_means_what_the_manual_says(query: dict[str, Any], meant: bool) -> None:
    assert filter_of(query).matches(BOOK) is meant


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            {"price": {"$gtt": 3}},
            r"price: filter operator '\$gtt' .* did you mean '\$gt'.*supported:",
        ),
        ({"$where": "x"}, r"'\$where' is not in the subset.*supported: \$and"),
        ({"price": {"$in": 3}}, r"\$in takes a list"),
        ({"$or": []}, "one filter or more"),
        ({"a..b": 3}, "no path"),
        ({"a": {"$regex": "("}}, "no pattern"),
        ({"a": {"$not": 3}}, "takes operators"),
        ({"a": {"$size": -1}}, "number of elements"),
        ({"a": {"$type": "date"}}, "one of null"),
        ({"a": object()}, "no value of a document"),
        ([], "a filter is a document"),
    ],
)
def test_what_is_outside_the_subset_is_told(query: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        filter_of(query)
