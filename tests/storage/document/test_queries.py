"""Whatever index a query uses, it finds what looking at all documents finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import UnknownName
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.errors import DuplicateKeyError, QueryError
from aio_sim.storage.document.filters import filter_of
from aio_sim.storage.document.queries import Wanted

from .databases import engine

SMALL = st.none() | st.integers(0, 4) | st.sampled_from(["a", "b"]) | st.just(2.5)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "x": SMALL | st.lists(SMALL, max_size=3),
        "y": SMALL,
        "z": st.lists(st.fixed_dictionaries({}, optional={"w": SMALL}), max_size=2),
    },
)
COMPARISONS = ["$gt", "$gte", "$lt", "$lte", "$ne", "$eq"]
TESTS = (
    SMALL
    | st.dictionaries(
        st.sampled_from(["$gt", "$gte", "$lt", "$lte", "$ne", "$eq"]), SMALL, min_size=1
    )
    | st.builds(lambda values: {"$in": values}, st.lists(SMALL, max_size=3))
    | st.just({"$exists": True})
)
QUERIES = st.dictionaries(st.sampled_from(["x", "y", "z.w"]), TESTS, max_size=3)
INDEXES: list[Any] = ["x", "y", "z.w", [("y", 1), ("x", -1)], [("y", -1)], [("x", "hashed")]]


def filled(documents: list[dict[str, Any]], indexes: list[Any]) -> DocumentEngine:
    made = engine()
    handle = made.collection("c")
    for fields in indexes:
        handle.create_index(fields)
    for number, document in enumerate(documents):
        handle.insert({"_id": number, **document})
    return made


@given(st.lists(FIELDS, max_size=12), QUERIES, st.sampled_from(INDEXES))
def test_an_index_finds_what_a_scan_finds(
    documents: list[dict[str, Any]], query: dict[str, Any], fields: Any
) -> None:
    handle = filled(documents, [fields]).collection("c")
    meant = filter_of(query)
    expected = [
        document["_id"]
        for document in filled(documents, []).collection("c").find({})
        if meant.matches(document)
    ]
    assert sorted(document["_id"] for document in handle.find(query)) == expected
    forced = handle.find(query, Wanted(hint=handle.indexes[1].name))
    assert sorted(document["_id"] for document in forced) == expected


@given(st.lists(st.fixed_dictionaries({"x": SMALL, "y": SMALL}), max_size=12), st.booleans())
def test_an_index_gives_the_order_that_sorting_gives(
    documents: list[dict[str, Any]], with_index: bool
) -> None:
    handle = filled(documents, [[("y", 1), ("x", -1)]] if with_index else []).collection("c")
    wanted = Wanted(sort=[("y", 1), ("x", -1), ("_id", 1)], limit=5)
    plain = filled(documents, []).collection("c").find({}, wanted)
    assert handle.find({}, wanted) == plain
    assert handle.explain({}, Wanted(sort=[("y", 1)])).stages[0] == (
        "FETCH" if with_index else "SORT"
    )


@pytest.fixture(scope="module")
def shop() -> DocumentEngine:
    made = filled([], ["price", "tags", [("kind", 1), ("price", -1)]])
    for number in range(200):
        kind, tags = "abcd"[number % 4], ["t1", "t2"] if number % 10 == 0 else ["t3"]
        made.put("c", {"_id": number, "price": number, "kind": kind, "tags": tags})
    return made


def test_explain_tells_the_plan_and_what_it_looked_at(shop: DocumentEngine) -> None:
    handle = shop.collection("c")
    by_id = handle.explain({"_id": 7})
    assert (by_id.stages, by_id.keys_examined, by_id.documents_examined) == (("IDHACK",), 1, 1)
    ranged = handle.explain({"price": {"$gte": 10, "$lt": 30}})
    assert (ranged.index, ranged.keys_examined, ranged.returned) == ("price_1", 20, 20)
    compound = handle.explain({"kind": "b", "price": {"$lt": 21}}, Wanted(sort={"price": -1}))
    assert (compound.stages, compound.keys_examined) == (("FETCH", "IXSCAN"), 5)
    scan = handle.explain({"nothing": 1}, Wanted(sort={"kind": -1}))
    assert (scan.stages, scan.documents_examined) == (("SORT", "COLLSCAN"), 200)
    assert handle.explain({"tags": "t1"}).documents_examined == 20
    assert "FETCH <- IXSCAN price_1: 20 keys" in str(ranged)


def test_a_look_up_by_id_costs_two_trees_and_a_scan_all_leaves(shop: DocumentEngine) -> None:
    handle = shop.collection("c")
    store = shop.store
    definition = handle._collection().definition  # type: ignore[union-attr]
    heights = store.tree(definition.root).height + store.tree(definition.indexes[0].root).height
    assert handle.explain({"_id": 7}).cost.pages_touched == heights
    leaves = sum(1 for page in store.tree(definition.root).pages() if not page.level)
    scan = handle.explain({"nothing": 1}).cost.pages_touched
    assert leaves <= scan <= leaves + heights


def test_projection_skip_and_limit(shop: DocumentEngine) -> None:
    handle = shop.collection("c")
    wanted = Wanted(sort={"price": 1}, skip=3, limit=2, projection={"price": 1, "_id": 0})
    assert handle.find({}, wanted) == [{"price": 3}, {"price": 4}]
    assert handle.find_one({"_id": 0}, Wanted(projection={"tags": 0, "kind": 0})) == {
        "_id": 0,
        "price": 0,
    }
    assert handle.distinct("tags", {"price": {"$lt": 15}}) == ["t1", "t2", "t3"]


def test_a_unique_index_refuses_what_is_there() -> None:
    handle = engine().collection("c")
    handle.create_index("code", unique=True)
    handle.insert({"_id": 1, "code": [1, 2]})
    with pytest.raises(DuplicateKeyError, match="code_1"):
        handle.insert({"_id": 2, "code": 2})
    with pytest.raises(DuplicateKeyError, match="_id_ 1"):
        handle.insert({"_id": 1})
    handle.update({"_id": 1}, {"$set": {"code": 3}})
    handle.insert({"_id": 2, "code": 2})
    with pytest.raises(DuplicateKeyError):
        handle.update({"_id": 2}, {"$set": {"code": 3}})
    assert handle.find({"code": 2}) == [{"_id": 2, "code": 2}]


def test_an_index_that_cannot_be_leaves_nothing_behind() -> None:
    made = engine()
    handle = made.collection("c")
    for number in range(50):
        handle.insert({"_id": number, "code": number % 49})
    before = made.store.pages_free
    with pytest.raises(DuplicateKeyError):
        handle.create_index("code", unique=True)
    assert [index.name for index in handle.indexes] == ["_id_"]
    made.close()
    again = DocumentEngine(made.store.volume)
    assert again.store.pages_free == before


def test_errors_name_what_is_wrong() -> None:
    handle = engine().collection("c")
    handle.insert({"_id": 1, "a": [1, 2], "b": [2, 3]})
    with pytest.raises(QueryError, match="only one of its fields may hold a list"):
        handle.create_index([("a", 1), ("b", 1)])
    with pytest.raises(UnknownName, match="did you mean '_id_'"):
        handle.find({}, Wanted(hint="_id"))
    with pytest.raises(QueryError, match="sort by a"):
        handle.find({}, Wanted(sort={"a": 2}))
    with pytest.raises(QueryError, match="keep or those to leave out"):
        handle.find({}, Wanted(projection={"a": 1, "b": 0}))
    with pytest.raises(QueryError, match="skip must be 0 or more"):
        handle.find({}, Wanted(skip=-1))
