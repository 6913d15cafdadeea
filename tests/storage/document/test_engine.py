"""The document engine behind the common interface: its life, its backups, its accounts."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.storage.document.engine import DocumentEngine, document_kind, restore
from aio_sim.storage.engine import Snapshot, StorageEngine
from aio_sim.storage.pages.errors import DiskFullError, StoppedError
from aio_sim.storage.system import StorageSystem

from .databases import SMALL, engine, volume


def contents(of: StorageEngine) -> dict[str, list[Any]]:
    return {store: of.scan(store, None, 10**6) for store in of.stores}


def test_a_database_lives_from_creation_to_the_end() -> None:
    system = StorageSystem({"mongodb": document_kind(SMALL), "document": document_kind(SMALL)})
    shop = system.create("shop", "mongodb", 300)
    shop.put("books", {"_id": 1, "title": "A"})
    system.close("shop")
    with pytest.raises(StoppedError):
        shop.put("books", {"_id": 2})
    assert [(each.name, each.is_open) for each in system.listing()] == [("shop", False)]
    assert system.open("shop").get("books", 1) == {"_id": 1, "title": "A"}
    system.resize("shop", 400)
    copy = system.restore("copy", [system.back_up("shop")])
    assert contents(copy) == contents(system.open("shop"))
    system.drop("shop")
    with pytest.raises(UnknownName):
        system.open("shop")


def test_records_come_in_the_order_of_their_keys() -> None:
    made = engine()
    for key in (3, "b", 1, None, 2.5, "a"):
        made.put("c", {"_id": key})
    assert [each["_id"] for each in made.scan("c", None, 9)] == [None, 1, 2.5, 3, "a", "b"]
    assert [each["_id"] for each in made.scan("c", 2, 2)] == [2.5, 3]
    assert [made.delete("c", "b"), made.delete("c", "b")] == [True, False]
    assert [made.get("c", "b"), made.get("d", 1), made.scan("d", 1, 2)] == [None, None, []]


def test_incremental_backups_hold_the_pages_that_changed_and_restore_every_instant() -> None:
    made, rng = engine(), random.Random(1)
    snapshots: list[Snapshot] = []
    states = []
    for _round in range(5):
        for _write in range(10 if snapshots else 300):
            made.put("c", {"_id": rng.randrange(300), "n": rng.random()})
        snapshots.append(made.back_up(snapshots[-1].at if snapshots else 0))
        states.append(contents(made))
    assert all(each.size < snapshots[0].size / 3 for each in snapshots[1:])
    for last in range(5):
        again = DocumentEngine(restore(SMALL, snapshots[: last + 1]))
        assert contents(again) == states[last]
    differential = made.back_up(snapshots[0].at)
    again = DocumentEngine(restore(SMALL, [snapshots[0], differential]))
    assert contents(again) == states[-1]
    again.put("c", {"_id": 1000})
    assert DocumentEngine(restore(SMALL, [again.back_up()])).get("c", 1000) == {"_id": 1000}


def test_snapshots_that_do_not_follow_each_other_are_refused() -> None:
    made = engine()
    made.put("c", {"_id": 1})
    full = made.back_up()
    made.put("c", {"_id": 2})
    second = made.back_up(full.at)
    made.put("c", {"_id": 3})
    with pytest.raises(InputError, match="does not follow"):
        restore(SMALL, [full, made.back_up(second.at)])
    with pytest.raises(InputError, match="no snapshot"):
        restore(SMALL, [])


def test_a_full_database_refuses_and_goes_on_when_it_is_larger() -> None:
    made = engine(pages=80)
    written = 0
    with suppress(DiskFullError):
        for written in range(10_000):
            made.put("c", {"_id": written, "text": "x" * 40})
    with pytest.raises(DiskFullError, match="all of its 80 pages"):
        made.put("c", {"_id": written, "text": "x" * 40})
    assert len(made.scan("c", 0, 10_000)) == written
    made.resize(200)
    made.put("c", {"_id": written, "text": "x" * 40})
    made.close()
    again = DocumentEngine(made.store.volume)
    assert len(again.scan("c", 0, 10_000)) == written + 1
    with pytest.raises(InputError, match="cannot be cut to 10"):
        again.resize(10)


def test_a_database_shrinks_to_what_is_in_use_and_keeps_it() -> None:
    made = engine(pages=500)
    for number in range(200):
        made.put("c", {"_id": number, "text": "x" * 40})
    held = contents(made)
    made.resize(made.store.pages_taken + 60)
    assert contents(made) == held
    made.store.volume.restart(lambda: False)
    again = DocumentEngine(made.store.volume)
    assert contents(again) == held
    for number in range(200):
        again.put("c", {"_id": number, "text": "y" * 40})
        again.store.checkpoint()


def test_what_is_dropped_gives_its_pages_back() -> None:
    made = engine()
    made.put("kept", {"_id": 1})
    free = made.store.pages_free
    handle = made.collection("c")
    handle.create_index("n")
    for number in range(200):
        handle.insert({"_id": number, "n": number})
    handle.drop_index("n_1")
    made.drop_collection("c")
    assert made.store.pages_free == free
    assert made.stores == ["kept"]
    with pytest.raises(UnknownName, match="did you mean 'kept'"):
        made.drop_collection("kepp")


def test_the_journal_is_durable_within_the_commit_interval() -> None:
    files = volume()
    made = DocumentEngine(files)
    for number in range(9):
        made.put("c", {"_id": number})
        made.advance((number + 1) * SECOND // 50)
    files.restart(lambda: False)
    assert len(DocumentEngine(files).scan("c", 0, 99)) == 5


def test_a_journaled_write_costs_one_flush_and_a_page_is_written_once_a_checkpoint() -> None:
    made = engine(journaled=True)
    made.put("c", {"_id": 1, "n": 0})
    made.store.checkpoint()
    before = made.cost
    for number in range(50):
        made.put("c", {"_id": 1, "n": number + 1})
    cost = made.cost.minus(before)
    assert (cost.flushes, cost.log_writes, cost.pages_written) == (50, 50, 0)
    made.store.checkpoint()
    # The leaf of the record, a block of the map, and the header.
    assert made.cost.minus(before).pages_written == 3


def test_long_documents_are_kept_in_parts() -> None:
    made = engine()
    for size in (300, 10, 250, 100, 320):
        made.put("c", {"_id": 1, "text": "x" * size})
        made.put("c", {"_id": 2, "text": "y" * (340 - size)})
        assert [len(str(each["text"])) for each in made.scan("c", 1, 2)] == [size, 340 - size]
    assert made.delete("c", 1)
    assert made.collection("c").find({}) == [{"_id": 2, "text": "y" * 20}]
