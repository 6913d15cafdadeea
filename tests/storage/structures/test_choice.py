"""The structure that is chosen is the one a textbook would name."""

from __future__ import annotations

import pytest

from aio_sim.kernel.errors import AioSimError, InputError
from aio_sim.storage.structures.choice import Demands, Medium, choose
from aio_sim.storage.structures.inputs import Case
from aio_sim.storage.structures.measurement import Operation

LOOKUPS = {Operation.LOOKUP: 9.0, Operation.INSERT: 1.0}
MIXED_RANGES = {Operation.LOOKUP: 1.0, Operation.INSERT: 1.0, Operation.RANGE: 1.0}
ITEMS = 1_000_000


def ranked(demands: Demands) -> list[str]:
    return [each.structure.name for each in choose(demands)]


def test_lookups_by_key_ask_for_a_hash_table() -> None:
    assert ranked(Demands(LOOKUPS, ITEMS))[0] in ("dict", "set")


def test_colliding_hashes_ask_for_a_tree() -> None:
    best = ranked(Demands(LOOKUPS, ITEMS, Case.WORST, most_bytes=200))[0]
    assert best in ("avl_tree", "bplus_tree", "lsm_tree")


def test_ranges_and_insertions_ask_for_a_balanced_tree_where_bytes_count() -> None:
    order = ranked(Demands(MIXED_RANGES, ITEMS, most_bytes=200))
    assert order[0] in ("avl_tree", "skip_list", "bplus_tree")
    assert order.index("dict") > order.index("avl_tree")
    assert "trie" not in order


def test_on_disk_only_what_is_kept_in_pages_counts_and_writes_ask_for_an_lsm_tree() -> None:
    writes = Demands({Operation.INSERT: 9, Operation.LOOKUP: 1}, ITEMS, medium=Medium.DISK)
    first, second = choose(writes)
    assert (first.structure.name, second.structure.name) == ("lsm_tree", "bplus_tree")
    # An item is merged into pages with others; a page of the tree is written for it alone.
    assert first.costs[Operation.INSERT] < second.costs[Operation.INSERT] / 2


def test_the_mean_weighs_costs_by_their_shares() -> None:
    demands = Demands({Operation.INSERT: 3, Operation.SCAN: 1}, 1000, medium=Medium.DISK)
    for each in choose(demands):
        insert, scan = each.costs[Operation.INSERT], each.costs[Operation.SCAN]
        assert each.mean == pytest.approx(0.75 * insert + 0.25 * scan)
        assert scan == pytest.approx(each.fits[Operation.SCAN].at(1000))


@pytest.mark.parametrize(
    ("demands", "message"),
    [
        (Demands({}, 10), "weights of 0 or more"),
        (Demands({Operation.SCAN: 0.0}, 10), "weights of 0 or more"),
        (Demands({Operation.SCAN: -1.0, Operation.RANGE: 2.0}, 10), "weights of 0 or more"),
        (Demands({Operation.BUILD: 1.0}, 10), "no build"),
        (Demands(LOOKUPS, 0), "number of items"),
        (Demands(LOOKUPS, 10, most_bytes=float("nan")), "most bytes"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(demands: Demands, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose(demands)


def test_a_limit_that_nothing_meets_is_said_with_the_smallest() -> None:
    with pytest.raises(AioSimError, match="the smallest takes"):
        choose(Demands(LOOKUPS, ITEMS, medium=Medium.DISK, most_bytes=1))


def test_three_applications_want_three_structures() -> None:
    """A session store, an event log on disk and a ranking, as docs/scenarios.md has them."""
    sessions = {Operation.LOOKUP: 80.0, Operation.INSERT: 15.0, Operation.DELETE: 5.0}
    events = {Operation.INSERT: 95.0, Operation.LOOKUP: 5.0}
    ranking = {Operation.RANGE: 60.0, Operation.LOOKUP: 30.0, Operation.INSERT: 10.0}
    assert ranked(Demands(sessions, ITEMS))[0] in ("dict", "set")
    assert ranked(Demands(sessions, ITEMS, Case.WORST, most_bytes=200))[0] == "avl_tree"
    assert ranked(Demands(events, ITEMS, medium=Medium.DISK))[0] == "lsm_tree"
    assert set(ranked(Demands(ranking, ITEMS))[:3]) == {"skip_list", "bplus_tree", "avl_tree"}
