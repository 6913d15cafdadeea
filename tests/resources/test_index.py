"""The two structures that find a host, and the profile, against looking at everything."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.resources.index import MaxTree, SortedHosts
from aio_sim.resources.profile import Profile

rows = st.lists(st.integers(0, 9), min_size=1, max_size=20)
changes = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), max_size=20)


@given(amounts=rows, changes=changes)
@settings(deadline=None)
def test_the_tree_finds_the_first_host_that_has_the_amount(
    amounts: list[int], changes: list[tuple[int, int]]
) -> None:
    tree = MaxTree(amounts)
    for host, amount in changes:
        if host < len(amounts):
            amounts[host] = amount
            tree.set(host, amount)
    for wanted in range(11):
        for start in range(len(amounts) + 2):
            hosts = range(start, len(amounts))
            expected = next((host for host in hosts if amounts[host] >= wanted), None)
            assert tree.first(wanted, start) == expected


@given(amounts=rows, changes=changes, lowest=st.none() | st.integers(0, 9))
@settings(deadline=None)
def test_sorted_hosts_come_by_value_then_by_number(
    amounts: list[int], changes: list[tuple[int, int]], lowest: int | None
) -> None:
    order = SortedHosts(amounts)
    for host, amount in changes:
        if host < len(amounts):
            order.move(host, amounts[host], amount)
            amounts[host] = amount
    hosts = [host for host in range(len(amounts)) if lowest is None or amounts[host] >= lowest]
    assert list(order.upward(lowest)) == sorted(hosts, key=lambda host: (amounts[host], host))


windows = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 12), st.integers(1, 3), st.integers(0, 2)),
    max_size=8,
)


@given(windows=windows, amount=st.integers(1, 8), duration=st.integers(1, 15), data=st.data())
@settings(deadline=None)
def test_a_profile_is_an_array_of_instants_in_steps(
    windows: list[tuple[int, int, int, int]], amount: int, duration: int, data: Any
) -> None:
    profile, instants = Profile([8, 9]), [[8, 9] for _ in range(80)]
    for start, length, taken, kind in windows:
        kind %= 2
        if any(row[kind] < taken for row in instants[start : start + length]):
            continue
        profile.change(start, start + length, ((kind, taken),), -1)
        for row in instants[start : start + length]:
            row[kind] -= taken
    assert all(one != other for one, other in zip(profile.rows, profile.rows[1:], strict=False))
    now = data.draw(st.integers(0, 20))
    last = now + data.draw(st.integers(1, 20))
    assert profile.least(now, last) == [min(row[k] for row in instants[now:last]) for k in (0, 1)]
    free = [row[0] >= amount for row in instants]
    fits = [at for at in range(now, 60) if all(free[at : at + duration])]
    assert profile.earliest(((0, amount),), duration, now, 60) == fits[0]
    inside = [at for at in fits if at < last]
    assert profile.earliest(((0, amount),), duration, now, last) == (inside or [None])[0]
    # One that holds its own room from `last` on needs a stretch of room up to there at most.
    up_to = [at for at in range(now, last) if all(free[at : min(at + duration, last)])]
    found = profile.earliest(((0, amount),), duration, now, last, continues=True)
    assert found == (up_to or [None])[0]
