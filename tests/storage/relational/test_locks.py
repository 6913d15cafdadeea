"""Locks against a second implementation that compares keys one by one; deadlocks by their cycle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.storage.relational.locks import LockManager, LockMode, Request, on_key

S, X = LockMode.SHARED, LockMode.EXCLUSIVE
KEYS = [bytes([letter]) for letter in b"abcdef"]
REQUESTS = st.one_of(
    st.builds(on_key, st.just(1), st.sampled_from(KEYS), st.sampled_from([S, X])),
    st.builds(
        Request,
        st.just(1),
        st.sampled_from(KEYS),
        st.none() | st.sampled_from(KEYS),
        st.sampled_from([S, X]),
    ),
)


def covered(request: Request) -> set[bytes]:
    """Return the keys of a request, one by one."""
    if request.is_key:
        return {request.low}
    return {
        key for key in KEYS if request.low <= key and (request.high is None or key < request.high)
    }


@given(st.lists(st.tuples(st.integers(1, 4), REQUESTS), max_size=25))
def test_no_two_hold_what_conflicts_and_nobody_waits_for_nothing(
    asked: list[tuple[int, Request]],
) -> None:
    locks = LockManager()
    held: list[tuple[int, Request]] = []
    for transaction, request in asked:
        against = {
            other
            for other, theirs in held
            if other != transaction
            and X in (request.mode, theirs.mode)
            and covered(request) & covered(theirs)
        }
        granted = locks.acquire(transaction, request)
        if granted:
            assert not against
            held.append((transaction, request))
        else:
            assert locks.blockers(transaction)
            assert against <= set(locks.blockers(transaction))


def test_readers_share_and_writers_take_turns() -> None:
    locks = LockManager()
    key = on_key(1, b"k", S)
    assert locks.acquire(1, key)
    assert locks.acquire(2, key)
    assert not locks.acquire(3, on_key(1, b"k", X))
    assert locks.blockers(3) == (1, 2)
    assert not locks.acquire(4, key)
    assert locks.blockers(4) == (3,)
    locks.release(1)
    locks.release(2)
    assert locks.grantable() == (3,)
    assert locks.acquire(3, on_key(1, b"k", X))
    assert locks.blockers(4) == (3,)


def test_a_range_covers_the_keys_that_are_not_there() -> None:
    locks = LockManager()
    assert locks.acquire(1, Request(1, b"b", b"d", S))
    assert not locks.acquire(2, on_key(1, b"c", X))
    assert locks.acquire(3, on_key(1, b"d", X))
    assert locks.acquire(4, on_key(2, b"c", X))
    assert not locks.acquire(5, Request(1, b"a", None, X))
    assert set(locks.blockers(5)) == {1, 2, 3}


def test_a_reader_that_wants_to_write_goes_before_those_that_wait() -> None:
    locks = LockManager()
    assert locks.acquire(1, on_key(1, b"k", S))
    assert not locks.acquire(2, on_key(1, b"k", X))
    assert locks.acquire(1, on_key(1, b"k", X))


def test_a_cycle_is_found_whatever_hangs_on_it() -> None:
    locks = LockManager()
    for number in range(1, 6):
        assert locks.acquire(number, on_key(1, bytes([number]), X))
    for number, wanted in ((5, 1), (4, 3), (1, 2), (2, 3)):
        assert not locks.acquire(number, on_key(1, bytes([wanted]), X))
        assert locks.cycle(number) == ()
    assert not locks.acquire(3, on_key(1, bytes([1]), X))
    assert locks.cycle(3) == (3, 1, 2)
