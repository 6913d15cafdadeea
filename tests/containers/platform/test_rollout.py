"""Sizes of revisions in the course of an update, as pure numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.rollout import Recreate, Revision, RollingUpdate, next_sizes
from aio_sim.kernel.errors import InputError

BOUNDS = st.one_of(
    st.builds(Bound, st.integers(0, 6)),
    st.builds(Bound, st.integers(0, 100), percent=st.just(True)),
)


@pytest.mark.parametrize(
    ("written", "replicas", "up", "down"),
    [("25%", 10, 3, 2), ("25%", 4, 1, 1), ("30%", 10, 3, 3), ("1%", 3, 1, 0), (2, 10, 2, 2)],
)
def test_percentages_are_rounded_as_kubernetes_does(
    written: str | int, replicas: int, up: int, down: int
) -> None:
    bound = Bound.parse(written)
    assert (bound.up(replicas), bound.down(replicas)) == (up, down)


@pytest.mark.parametrize("written", ["-1", "a quarter", "2.5", "", "%", "²"])
def test_a_bound_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="expected 2 or 25%"):
        Bound.parse(written)


def test_bounds_that_are_both_none_allow_one_pod_to_lack() -> None:
    strategy = RollingUpdate(Bound(0), Bound(1, percent=True))
    assert strategy.fenceposts(10) == (0, 1)


def test_the_example_in_the_controller_itself() -> None:
    """rolling.go, "Concrete example": 10 replicas, 2 unavailable, surge 3."""
    strategy = RollingUpdate(Bound(3), Bound(2))
    assert next_sizes(strategy, 10, Revision(0, 0), [Revision(10, 10)]) == (3, (10,))
    assert next_sizes(strategy, 10, Revision(3, 0), [Revision(10, 10)]) == (3, (8,))
    assert next_sizes(strategy, 10, Revision(3, 0), [Revision(8, 8)]) == (5, (8,))
    # New pods never become available, and an old one fails: nothing more is taken away.
    assert next_sizes(strategy, 10, Revision(5, 0), [Revision(8, 7)]) == (5, (8,))
    # Back to the former: of those that crash, 4 go; then there is room for the tenth.
    back = next_sizes(strategy, 10, Revision(8, 7), [Revision(5, 0)])
    assert back == (8, (1,))


def test_recreate_ends_all_before_it_begins() -> None:
    step = next_sizes(Recreate(), 3, Revision(0, 0), [Revision(3, 3, 3)])
    assert step == (0, (0,))
    assert next_sizes(Recreate(), 3, Revision(0, 0), [Revision(0, 0, 1)]) == (0, (0,))
    assert next_sizes(Recreate(), 3, Revision(0, 0), [Revision(0, 0)]) == (3, (0,))


@given(
    st.integers(0, 12),
    BOUNDS,
    BOUNDS,
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.data(),
)
def test_an_update_keeps_its_bounds_and_ends(
    replicas: int, surge: Bound, unavailable: Bound, parts: list[int], data: st.DataObject
) -> None:
    """Old revisions that are all available, in parts; new pods become available at any time."""
    strategy = RollingUpdate(surge, unavailable)
    posts = strategy.fenceposts(replicas)
    old = [0] * len(parts)
    for turn in range(replicas):
        old[turn % len(parts)] += 1
    new, available = 0, 0
    for _step in range(200):
        views = [Revision(size, size) for size in old]
        sizes = next_sizes(strategy, replicas, Revision(new, available), views)
        if sizes == (new, tuple(old)):
            if new == available:
                break
            available += data.draw(st.integers(1, new - available))
            continue
        new, old = sizes.new, list(sizes.old)
        assert new + sum(old) <= replicas + posts.surge
        assert available + sum(old) >= replicas - posts.unavailable
    assert (new, available, sum(old)) == (replicas, replicas, 0)
