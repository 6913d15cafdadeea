"""A key-value store of one structure: true answers, whatever it is; what a crash leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import AioSimError, AuditError, InputError
from aio_sim.storage.server.database import Definition
from aio_sim.storage.server.pricing import STRUCTURE_PRICES
from aio_sim.storage.server.service import Promise
from aio_sim.storage.server.shelf import StructureSettings
from aio_sim.storage.server.statements import Get, Put, only
from aio_sim.storage.server.structure import StructureInstallation
from aio_sim.storage.structures.key_value import KEY_VALUE
from tests.storage.server.servers import LATENCY, STORE, System, filled

ROOM = StructureSettings(page_size=512, memory=200, room=10**6, growth=2)


def installation(name: str, settings: StructureSettings = ROOM) -> StructureInstallation:
    """Return a store of numbers in a structure, empty."""
    made = StructureInstallation(KEY_VALUE[name], settings)
    made.open().define(Definition(STORE, {"id": "integer", "worth": "integer"}, ("id",)))
    return made


NUMBERS = st.integers(0, 25)
STEPS = st.lists(st.tuples(st.sampled_from("ppcagds"), NUMBERS, NUMBERS), max_size=60)


def done(session: Any, model: dict[int, int], verb: str, key: int, worth: int) -> None:
    """Do the same to a store and to a dict, and compare the answers."""
    if verb == "p":
        session.put(STORE, {"id": key, "worth": worth})
        model[key] = worth
    elif verb == "c":
        assert session.change(STORE, key, {"worth": worth}) == (key in model)
        model.update({key: worth} if key in model else {})
    elif verb == "a":
        assert session.add(STORE, key, {"worth": worth}) == (key in model)
        model.update({key: model[key] + worth} if key in model else {})
    elif verb == "d":
        assert session.delete(STORE, key) == (model.pop(key, None) is not None)
    elif verb == "s":
        rows = [(row["id"], row["worth"]) for row in session.scan(STORE, key, worth)]
        assert rows == sorted(item for item in model.items() if item[0] >= key)[:worth]
    record = session.get(STORE, key, lock=False)
    assert (None if record is None else record["worth"]) == model.get(key)


@pytest.mark.parametrize("name", KEY_VALUE)
@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_all_statements_are_answered_as_by_a_dict(
    name: str, steps: list[tuple[str, int, int]]
) -> None:
    store, model = installation(name), dict[int, int]()
    database = store.open()
    session = database.session()
    for step in steps:
        done(session, model, *step)
    assert [row["id"] for row in database.records(STORE)] == sorted(model)
    store.check()
    assert store.records == len(model)


@pytest.mark.parametrize(("name", "left"), [("dict", 0), ("bplus_tree", 20), ("lsm_tree", 18)])
def test_a_crash_takes_what_is_in_memory_and_no_more(name: str, left: int) -> None:
    store = installation(
        name
    )  # 200 bytes of memory are six records: a write is in a run once seven come
    session = store.open().session()
    for key in range(20):
        session.put(STORE, {"id": key, "worth": key})
    assert session.commit() == 20
    store.lose_power(lambda: True)
    again = store.open()
    assert again.recovered_to == left
    assert [row["id"] for row in again.records(STORE)] == list(range(left))
    store.check()


def test_a_wrong_answer_is_found_by_the_audit() -> None:
    store = installation("dict")
    session = store.open().session()
    session.put(STORE, {"id": 1, "worth": 1})
    store.store.shelves[STORE].structure._table.clear()
    session.get(STORE, 1, lock=False)
    with pytest.raises(AuditError, match="wrong answer for 1"):
        store.check()


def test_what_has_no_room_is_refused() -> None:
    session = installation("dict", ROOM._replace(room=40)).open().session()
    session.put(STORE, {"id": 1, "worth": 1})
    session.put(STORE, {"id": 2, "worth": 1})
    session.put(STORE, {"id": 2, "worth": 5})
    with pytest.raises(AioSimError, match="numbers is full"):
        session.put(STORE, {"id": 3, "worth": 1})
    small = installation("bplus_tree", ROOM._replace(page_size=64)).open()
    with pytest.raises(InputError, match="no room for 3 records of 32 B"):
        small.load(STORE, [{"id": 1, "worth": 1}])


def system_of(name: str) -> System:
    """Return a server on a structure with the records 0 to 49."""
    made = StructureInstallation(KEY_VALUE[name], ROOM)
    return System(filled(made), Promise.EACH_SECOND, prices=STRUCTURE_PRICES)


@pytest.mark.parametrize("name", ["hash_chaining", "avl_tree", "list"])
def test_a_read_takes_the_steps_that_were_counted(name: str) -> None:
    system = system_of(name)
    asked = system.ask(only(Get(STORE, 17)))
    system.run()
    prices, steps = STRUCTURE_PRICES, system.server.database.cost.steps
    assert steps >= (18 if name == "list" else 2)
    assert asked.answered_at == prices.statement + steps * prices.step + prices.record


def test_a_read_of_a_b_plus_tree_waits_for_a_page_a_level() -> None:
    system = system_of("bplus_tree")
    asked = system.ask(only(Get(STORE, 17)))
    system.run()
    cost, prices = system.server.database.cost, STRUCTURE_PRICES
    height = system.server.database._store.shelves[STORE].structure.height  # type: ignore[attr-defined]
    assert cost.pages_read == height == 2
    work = prices.statement + cost.steps * prices.step + height * prices.page + prices.record
    assert asked.answered_at == pytest.approx(work + height * LATENCY, rel=1e-4)


def test_a_run_of_an_lsm_tree_is_read_and_written_at_once() -> None:
    system = system_of("lsm_tree")
    before = system.server.database.cost
    for key in range(100, 400):
        system.ask(only(Put(STORE, {"id": key, "worth": 0})))
    system.run()
    used = system.server.database.cost.minus(before)
    assert used.pages_written > used.page_writes > 0
    assert used.pages_read > used.pages_read - used.sequential_reads > 0
    requests = used.page_writes + used.pages_read - used.sequential_reads
    assert system.disk.busy == pytest.approx(requests * LATENCY, rel=1e-3)


def test_what_a_crash_takes_is_counted() -> None:
    system = system_of("skip_list")
    for key in (100, 101):
        system.ask(only(Put(STORE, {"id": key, "worth": 0})))
    system.at(10**6, system.server.crash)
    system.recovers_at(2 * 10**6)
    system.run()
    assert system.server.accounts.lost == 2
    assert system.worth() == {}
