"""What an update makes of a document: MongoDB's manual, case by case."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from aio_sim.storage.document.errors import DocumentError, QueryError
from aio_sim.storage.document.queries import Wanted
from aio_sim.storage.document.updates import updated

from .databases import engine

OLD = {"_id": 1, "n": 2, "tags": ["a", "b", "a"], "in": {"x": 1, "list": [{"v": 1}, {"v": 2}]}}


@pytest.mark.parametrize(
    ("update", "changes"),
    [
        ({"$set": {"n": 5, "new.deep": 1}}, {"n": 5, "new": {"deep": 1}}),
        ({"$unset": {"in.x": ""}}, {"in": {"list": [{"v": 1}, {"v": 2}]}}),
        ({"$inc": {"n": 3, "m": -1}}, {"n": 5, "m": -1}),
        ({"$mul": {"n": 2.5, "m": 4}}, {"n": 5.0, "m": 0}),
        ({"$min": {"n": 1}, "$max": {"m": 3}}, {"n": 1, "m": 3}),
        ({"$max": {"n": 1}}, {}),
        ({"$push": {"tags": "c"}}, {"tags": ["a", "b", "a", "c"]}),
        ({"$push": {"tags": {"$each": ["c", "d"], "$slice": -2}}}, {"tags": ["c", "d"]}),
        ({"$push": {"fresh": 1}}, {"fresh": [1]}),
        ({"$addToSet": {"tags": {"$each": ["b", "c", "c"]}}}, {"tags": ["a", "b", "a", "c"]}),
        ({"$pull": {"tags": "a"}}, {"tags": ["b"]}),
        ({"$pull": {"tags": {"$in": ["b", "z"]}}}, {"tags": ["a", "a"]}),
        ({"$pull": {"in.list": {"v": {"$gt": 1}}}}, {"in": {"x": 1, "list": [{"v": 1}]}}),
        ({"$pop": {"tags": 1}}, {"tags": ["a", "b"]}),
        ({"$pop": {"tags": -1}}, {"tags": ["b", "a"]}),
        ({"$set": {"in.list.1.v": 7}}, {"in": {"x": 1, "list": [{"v": 1}, {"v": 7}]}}),
        ({"$set": {"tags.4": "e"}}, {"tags": ["a", "b", "a", None, "e"]}),
        ({"$setOnInsert": {"n": 9}}, {}),
    ],
)
def test_an_update_does_what_the_manual_says(update: Any, changes: dict[str, Any]) -> None:
    before = deepcopy(OLD)
    assert updated(OLD, update) == OLD | changes
    assert before == OLD


def test_a_field_is_renamed_and_a_document_replaced() -> None:
    assert updated({"_id": 1, "a": 2}, {"$rename": {"a": "b.c"}}) == {"_id": 1, "b": {"c": 2}}
    assert updated({"_id": 1, "a": 2}, {"z": 3}) == {"_id": 1, "z": 3}


@pytest.mark.parametrize(
    ("update", "says"),
    [
        ({"$sett": {"n": 1}}, r"update operator '\$sett' .* did you mean '\$set'"),
        ({"$set": {"n": 1}, "m": 2}, "operators or fields, not both"),
        ({"$inc": {"tags": 1}}, "needs a number"),
        ({"$inc": {"n": "1"}}, "needs a number"),
        ({"$push": {"n": 1}}, r"\$push at n takes a list"),
        ({"$set": {"n.x": 1}}, "in the way"),
        ({"$set": {"in.x": 1}, "$inc": {"in": 1}}, "the same place: 'in.x' and 'in'"),
        ({"$pop": {"tags": 2}}, r"\$pop takes 1"),
        ({"$set": 3}, "takes a document of paths"),
        ({"$set": {"tags.$": 3}}, "no path"),
        (3, "an update is a document"),
    ],
)
def test_what_cannot_be_done_is_told(update: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        updated(OLD, update)


def test_an_upsert_begins_with_what_the_filter_asks_to_be_equal() -> None:
    handle = engine().collection("c")
    query = {"code": 7, "in.x": 1, "n": {"$gt": 3}}
    done = handle.update(query, {"$inc": {"n": 1}, "$setOnInsert": {"s": 1}}, upsert=True)
    assert (done.matched, done.modified) == (0, 0)
    expected = {"_id": done.upserted, "code": 7, "in": {"x": 1}, "s": 1, "n": 1}
    assert handle.find({}) == [expected]
    again = handle.update({"code": 7}, {"$inc": {"n": 1}, "$setOnInsert": {"s": 2}}, upsert=True)
    assert (again.matched, again.modified, again.upserted) == (1, 1, None)
    assert handle.find({}) == [expected | {"n": 2}]


def test_documents_that_move_in_the_index_are_updated_once() -> None:
    handle = engine().collection("c")
    handle.create_index("n")
    handle.insert_many([{"_id": number, "n": number} for number in range(50)])
    done = handle.update({"n": {"$gte": 10}}, {"$inc": {"n": 100}}, many=True)
    assert (done.matched, done.modified) == (40, 40)
    found = handle.find({"n": {"$gte": 100}}, Wanted(sort={"n": 1}))
    assert [each["n"] for each in found] == list(range(110, 150))
    assert handle.delete({"n": {"$lt": 5}}, many=True) == 5
    assert handle.delete({"n": {"$gte": 5}}) == 1
    assert handle.count() == 44


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"a": {1}}, "a: .* cannot be kept; expected null"),
        ({"a": {"b": [1, b"x"]}}, "a.b.1: "),
        ({"a": 2**63}, "cannot be kept"),
        ({"a": float("nan")}, "cannot be kept"),
        ({"$a": 1}, "cannot begin with"),
        ({"_id": [1]}, "_id cannot be a list"),
        ({"_id": "x" * 500}, "a key of index _id_ is longer"),
        ({"a": "x" * 500}, "is too large"),
        ({3: 1}, "cannot be the name of a field"),
        ([1], "a document is fields"),
    ],
)
def test_what_no_document_can_hold_is_told_and_has_no_effect(document: Any, says: str) -> None:
    made = engine()
    with pytest.raises(DocumentError, match=says):
        made.collection("c").insert(document)
    assert made.collection("c").count() == 0
    made.put("c", {"_id": 1})
    with pytest.raises(DocumentError, match="cannot become"):
        made.collection("c").update({"_id": 1}, {"$set": {"_id": 2}})
