"""What clients and failures see of a replica set: elections, concerns, rollback, reads."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.replication.clients import Reader
from aio_sim.storage.document.replication.errors import (
    NoMemberError,
    UncertainWriteError,
    WriteConcernError,
)
from aio_sim.storage.document.replication.member import Role
from aio_sim.storage.document.replication.replica_set import ReplicaSet
from aio_sim.storage.document.replication.settings import (
    MemberSpec,
    ReadConcern,
    ReadPreference,
    WriteConcern,
)

from .sets import LATENCY, Star

MILLISECOND = SECOND // 1000
ONE = WriteConcern(1)
HOP = 2 * LATENCY
ABC = ("a", "b", "c")


def put(key: int, value: int = 0) -> Callable[[DocumentEngine], None]:
    return lambda engine: engine.put("c", {"_id": key, "v": value})


def keys_of(star: Star, name: str) -> list[Any]:
    return [each["_id"] for each in star.set.members[name].engine.scan("c", 0, 999)]


def settled(star: Star, event: Any) -> Any:
    """Return what an event gave, or the error with which it failed."""
    event.defused = True
    star.env.run(until=star.env.now + 40 * SECOND)
    assert event.triggered
    return event.value


def begun(**settings: Any) -> Star:
    star = Star(ABC, **settings)
    star.run_to(SECOND)
    assert star.set.primary == "a"
    return star


def test_what_one_wrote_all_have() -> None:
    star = begun()
    star.env.run(until=star.set.write("x", put(1)))
    star.env.run(until=star.env.now + SECOND)
    assert [keys_of(star, name) for name in ABC] == [[1]] * 3
    assert len({member.last for member in star.set.members.values()}) == 1


def test_a_concern_costs_the_round_trips_that_it_waits_for() -> None:
    star = begun()
    took: dict[WriteConcern, int] = {}
    for concern in (ONE, WriteConcern(2), WriteConcern(3), WriteConcern()):
        begin = star.env.now
        star.env.run(until=star.set.write("x", put(1, len(took)), concern))
        took[concern] = star.env.now - begin
        star.env.run(until=star.env.now + SECOND)
    rounds = {concern: time // (2 * HOP) for concern, time in took.items()}
    assert rounds == {ONE: 1, WriteConcern(2): 2, WriteConcern(3): 2, WriteConcern(): 2}
    assert took[ONE] < 2 * HOP + 20_000  # beside latency, the bytes of two messages


def test_the_next_primary_is_there_within_the_bounds_and_the_old_one_follows_it() -> None:
    star = begun()
    star.set.fail("a")
    star.run_to(20 * SECOND)
    new = star.set.primary
    assert new in ("b", "c")
    elected = [each.at for each in star.set.history if each.what == "elected"][-1]
    assert 9 * SECOND <= elected <= SECOND + int(11.5 * SECOND) + 4 * HOP + MILLISECOND
    star.set.repair("a")
    star.run_to(60 * SECOND)
    assert star.set.primary == new
    assert star.set.members["a"].term == star.set.members[str(new)].term == 2
    star.set.close()
    assert star.set.totals()["without_primary"] == pytest.approx(
        elected - SECOND, abs=SECOND // 100
    )


def test_writes_that_only_a_cut_off_primary_has_are_rolled_back_and_counted() -> None:
    star = begun()
    star.cut("a")
    star.env.run(until=star.set.write("a", put(7), ONE))
    majority = star.set.write("a", put(8))
    assert isinstance(settled(star, majority), UncertainWriteError)
    assert keys_of(star, "a") == [7, 8]
    star.env.run(until=star.set.write("x", put(9)))
    star.mend("a")
    star.env.run(until=star.env.now + SECOND)
    assert [keys_of(star, name) for name in ABC] == [[9]] * 3
    totals = star.set.totals()
    assert (totals["rollbacks"], totals["rolled_back"], totals["lost_writes"]) == (1, 2, 1)
    assert totals["uncertain_writes"] == 1
    star.set.check()


def test_a_rollback_brings_back_what_was_changed_and_deleted() -> None:
    star = begun()
    for key in (1, 2):
        star.env.run(until=star.set.write("x", put(key, 1)))
    star.cut("a")
    star.env.run(until=star.set.write("a", put(1, 2), ONE))
    star.env.run(until=star.set.write("a", lambda engine: engine.delete("c", 2), ONE))
    star.env.run(until=star.env.now + 30 * SECOND)
    star.mend("a")
    star.env.run(until=star.env.now + SECOND)
    found = star.set.members["a"].engine.scan("c", 0, 9)
    assert found == [{"_id": 1, "v": 1}, {"_id": 2, "v": 1}]


def test_a_crash_loses_what_no_journal_and_no_other_has() -> None:
    star = begun()
    for name in ("b", "c"):
        star.cut(name)
    star.env.run(until=star.set.write("x", put(1), ONE))
    star.set.fail("a")
    star.set.repair("a")
    for name in ("b", "c"):
        star.mend(name)
    star.env.run(until=star.env.now + 40 * SECOND)
    assert [keys_of(star, name) for name in ABC] == [[]] * 3
    assert star.set.totals()["lost_writes"] == 1


@pytest.mark.parametrize(("journaled", "kept"), [(True, [1]), (False, [])])
def test_a_write_that_waited_for_its_journal_survives_a_crash_of_its_member(
    journaled: bool, kept: list[int]
) -> None:
    star = begun()
    for name in ("b", "c"):
        star.cut(name)
    star.env.run(until=star.set.write("x", put(1), WriteConcern(1, journaled=journaled)))
    star.set.fail("a")
    star.set.repair("a")
    assert keys_of(star, "a") == kept


def test_without_a_majority_nobody_leads_and_clients_are_told() -> None:
    star = begun()
    star.set.fail("b")
    star.set.fail("c")
    star.run_to(30 * SECOND)
    assert star.set.primary is None
    assert isinstance(settled(star, star.set.write("x", put(1))), NoMemberError)
    assert star.set.totals()["refused"] == 1
    star.set.repair("b")
    star.env.run(until=star.env.now + 20 * SECOND)
    assert star.set.primary is not None


def test_a_write_concern_that_is_not_met_in_time_says_so_and_the_write_stands() -> None:
    star = begun()
    star.set.fail("c")
    slow = star.set.write("x", put(1), WriteConcern(3, timeout=SECOND))
    assert isinstance(settled(star, slow), WriteConcernError)
    assert keys_of(star, "b") == [1]


def test_errors_of_an_operation_reach_the_client() -> None:
    star = begun()
    star.env.run(until=star.set.write("x", put(1)))
    failed = star.set.write("x", lambda engine: engine.collection("c").insert({"_id": 1}))
    assert "there is a document with _id_ 1 already" in str(settled(star, failed))


def test_secondaries_answer_what_they_have_and_stale_answers_are_counted() -> None:
    star = begun()
    star.env.run(until=star.set.write("x", put(1, 1)))
    star.env.run(until=star.env.now + SECOND)

    def value(reader: Reader) -> Any:
        document = reader.get("c", 1)
        return document and document["v"]

    for name in ("b", "c"):
        star.network.fail(name)  # x reaches nobody but a
    star.set.links_changed()
    star.env.run(until=star.set.write("x", put(1, 2), ONE))
    mine = star.set.read("x", value)
    assert star.env.run(until=mine) == 2
    old = star.set.read("b", value, ReadPreference.SECONDARY)
    assert star.env.run(until=old) == 1
    assert star.set.totals()["stale_reads"] == 1


def test_a_majority_read_does_not_show_what_may_be_undone() -> None:
    star = begun()
    for key in (1, 2):
        star.env.run(until=star.set.write("x", put(key, 1)))
    star.env.run(until=star.env.now + SECOND)
    for name in ("b", "c"):
        star.cut(name)
    star.env.run(until=star.set.write("x", put(1, 2), ONE))
    star.env.run(until=star.set.write("x", lambda engine: engine.delete("c", 2), ONE))
    star.env.run(until=star.set.write("x", put(3, 2), ONE))

    def all_of(reader: Reader) -> Any:
        return sorted((each["_id"], each["v"]) for each in reader.find("c", {"v": {"$gte": 1}}))

    local = star.set.read("x", all_of)
    assert star.env.run(until=local) == [(1, 2), (3, 2)]
    safe = star.set.read("x", all_of, concern=ReadConcern.MAJORITY)
    assert star.env.run(until=safe) == [(1, 1), (2, 1)]
    for name in ("b", "c"):
        star.mend(name)
    star.env.run(until=star.env.now + SECOND)
    safe = star.set.read("x", all_of, concern=ReadConcern.MAJORITY)
    assert star.env.run(until=safe) == [(1, 2), (3, 2)]


def test_a_member_of_higher_priority_takes_over_once_it_is_back() -> None:
    star = Star([MemberSpec("a", 2), "b", MemberSpec("c", 0)])
    star.run_to(SECOND)
    assert star.set.primary == "a"
    star.set.fail("a")
    star.run_to(20 * SECOND)
    assert star.set.primary == "b"
    star.set.repair("a")
    star.run_to(60 * SECOND)
    assert star.set.primary == "a"
    assert [each.what for each in star.set.history].count("elected") == 3


def test_a_member_without_a_vote_has_the_data_and_elects_nobody() -> None:
    star = Star(["a", "b", MemberSpec("c", 0, 0)])
    star.run_to(SECOND)
    star.env.run(until=star.set.write("x", put(1), WriteConcern(3)))
    assert keys_of(star, "c") == [1]
    star.set.fail("b")
    star.run_to(40 * SECOND)
    assert star.set.primary is None


def test_a_member_that_was_away_too_long_copies_everything() -> None:
    star = begun(oplog_entries=10)
    star.set.fail("c")
    for key in range(30):
        star.env.run(until=star.set.write("x", put(key)))
    star.set.repair("c")
    star.env.run(until=star.env.now + SECOND)
    assert keys_of(star, "c") == list(range(30))
    assert star.set.totals()["resyncs"] == 1
    star.env.run(until=star.set.write("x", put(99), WriteConcern(3)))
    assert keys_of(star, "c")[-1] == 99


def test_a_primary_that_steps_down_is_followed_by_another() -> None:
    star = begun()
    star.set.step_down()
    assert star.set.primary is None
    star.run_to(20 * SECOND)
    assert star.set.primary is not None
    assert star.set.members[str(star.set.primary)].role is Role.PRIMARY


def test_indexes_and_drops_are_replicated_and_rolled_back() -> None:
    star = begun()
    star.env.run(until=star.set.write("x", put(1, 1)))
    star.env.run(until=star.set.write("x", lambda engine: engine.put("old", {"_id": 1})))
    star.env.run(until=star.set.write("x", lambda engine: engine.collection("c").create_index("v")))
    star.env.run(until=star.env.now + SECOND)
    engines = [member.engine for member in star.set.members.values()]
    assert [[each.name for each in of.collection("c").indexes] for of in engines] == [
        ["_id_", "v_1"]
    ] * 3
    star.cut("a")

    def undone(engine: DocumentEngine) -> None:
        engine.collection("c").drop_index("v_1")
        engine.collection("c").create_index([("v", -1)], unique=True)

    star.env.run(until=star.set.write("a", undone, ONE))
    star.run_to(30 * SECOND)
    star.mend("a")
    star.env.run(until=star.env.now + SECOND)
    again = star.set.members["a"].engine.collection("c")
    assert [each.name for each in again.indexes] == ["_id_", "v_1"]
    assert again.explain({"v": 1}).index == "v_1"
    star.env.run(until=star.set.write("x", lambda engine: engine.drop_collection("old")))
    star.env.run(until=star.env.now + SECOND)
    assert all("old" not in member.engine.stores for member in star.set.members.values())


def test_a_drop_that_is_rolled_back_brings_all_documents_back() -> None:
    star = begun()
    for key in range(5):
        star.env.run(until=star.set.write("x", put(key)))
    star.cut("a")
    star.env.run(until=star.set.write("a", lambda engine: engine.drop_collection("c"), ONE))
    star.run_to(30 * SECOND)
    star.mend("a")
    star.env.run(until=star.env.now + SECOND)
    assert [keys_of(star, name) for name in ABC] == [list(range(5))] * 3
    assert star.set.totals()["resyncs"] == 1
    assert star.set.totals()["lost_writes"] == 1


def test_an_idle_set_costs_no_events() -> None:
    star = begun()
    star.env.run(until=star.env.now + 20 * SECOND)
    star.env.advance(100)
    assert star.env.now == 21 * SECOND


def test_the_same_seed_gives_the_same_history() -> None:
    def history() -> Any:
        star = begun(seed=5)
        star.set.fail("a")
        star.run_to(30 * SECOND)
        star.set.repair("a")
        star.run_to(40 * SECOND)
        return star.set.history

    assert history() == history()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ((), "1 to 7 members with a vote"),
        (("a", "a"), "one name"),
        (tuple("abcdefgh"), "not 8"),
        ((MemberSpec("a", 0),), "may become primary"),
    ],
)
def test_sets_that_cannot_be_are_refused(members: tuple[Any, ...], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Star(members)
    with pytest.raises(UnknownName):
        begun().set.fail("z")
    with pytest.raises(InputError, match="or 'majority', not 0"):
        WriteConcern(0)
    assert Fraction(MemberSpec("a").priority) == 1
    assert ReplicaSet.__doc__
