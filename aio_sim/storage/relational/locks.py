"""Locks on keys and on ranges of keys, and the deadlocks that they lead to.

A range covers the keys that are not there as well, so that nobody adds one: what InnoDB does with
next-key locks, this does with ranges as they are.

Source: Eswaran, Gray, Lorie & Traiger, The Notions of Consistency and Predicate Locks, CACM
19(11), 1976; Gray & Reuter, Transaction Processing, 1993, 7 and 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple


class LockMode(IntEnum):
    """Shared locks suffer each other, an exclusive one nobody."""

    SHARED = 1
    EXCLUSIVE = 2


class Request(NamedTuple):
    """A lock on the keys of a tree from `low` to below `high`; `is_key`: on the key `low` alone."""

    tree: int
    low: bytes
    high: bytes | None
    mode: LockMode
    is_key: bool = False

    def conflicts(self, other: Request) -> bool:
        """Whether the two cannot be held at once by two transactions."""
        return (
            self.mode + other.mode > 2 * LockMode.SHARED
            and self.tree == other.tree
            and self._begins_before_the_end_of(other)
            and other._begins_before_the_end_of(self)
        )

    def _begins_before_the_end_of(self, other: Request) -> bool:
        if other.is_key:
            return self.low <= other.low
        return other.high is None or self.low < other.high


def on_key(tree: int, key: bytes, mode: LockMode) -> Request:
    """Return a request for one key."""
    return Request(tree, key, None, mode, is_key=True)


class LockManager:
    """Who holds and who waits for which lock; transactions are known by their numbers.

    A request waits for those that hold what conflicts with it, and for earlier requests that do;
    not for the latter where its transaction has a lock there already, or two readers that both
    want to write would wait for each other's turn and never for each other.
    """

    def __init__(self) -> None:
        self._keys: dict[int, dict[bytes, dict[int, LockMode]]] = {}
        self._ranges: dict[int, list[tuple[int, Request]]] = {}
        self._held: dict[int, list[Request]] = {}
        self._waiting: dict[int, Request] = {}

    def acquire(self, transaction: int, request: Request) -> bool:
        """Grant a lock and return True, or queue the request and return False."""
        if any(True for _blocker in self._blockers(transaction, request)):
            if self._waiting.get(transaction) != request:
                self._waiting.pop(transaction, None)
                self._waiting[transaction] = request
            return False
        if self._waiting.get(transaction) == request:
            del self._waiting[transaction]
        self._grant(transaction, request)
        return True

    def stop_waiting(self, transaction: int) -> None:
        """Take a request out of the queue."""
        self._waiting.pop(transaction, None)

    def release(self, transaction: int) -> None:
        """Give up all locks and requests of a transaction."""
        self._waiting.pop(transaction, None)
        for request in self._held.pop(transaction, ()):
            if request.is_key:
                self._release_key(transaction, request)
            else:
                kept = [each for each in self._ranges[request.tree] if each[0] != transaction]
                self._ranges[request.tree] = kept

    def blockers(self, transaction: int) -> tuple[int, ...]:
        """Return whom a transaction waits for, nobody where it does not wait."""
        request = self._waiting.get(transaction)
        return tuple(dict.fromkeys(self._blockers(transaction, request))) if request else ()

    def grantable(self) -> tuple[int, ...]:
        """Return the waiting transactions that would get their lock now, in order of arrival."""
        return tuple(each for each in self._waiting if not self.blockers(each))

    def cycle(self, start: int) -> tuple[int, ...]:
        """Return a cycle of the waits-for graph through a transaction, empty where there is none.

        Depth first; each transaction waits for the next one, and the last for the first.
        """
        path, seen = [start], {start}
        branches = [iter(self.blockers(start))]
        while branches:
            following = next(branches[-1], None)
            if following == start:
                return tuple(path)
            if following is None:
                branches.pop()
                path.pop()
            elif following not in seen:
                seen.add(following)
                path.append(following)
                branches.append(iter(self.blockers(following)))
        return ()

    def holders(self, trees: set[int]) -> tuple[int, ...]:
        """Return the transactions that hold a lock in one of some trees."""
        return tuple(
            transaction
            for transaction, held in self._held.items()
            if any(request.tree in trees for request in held)
        )

    def _blockers(self, transaction: int, request: Request) -> Iterator[int]:
        for holder, mode in self._holders_of_keys(request):
            if holder != transaction and mode + request.mode > 2 * LockMode.SHARED:
                yield holder
        for holder, held in self._ranges.get(request.tree, ()):
            if holder != transaction and held.conflicts(request):
                yield holder
        if self._waiting and not self._has_part_of(transaction, request):
            yield from self._before_in_queue(transaction, request)

    def _holders_of_keys(self, request: Request) -> Iterator[tuple[int, LockMode]]:
        keys = self._keys.get(request.tree, {})
        if request.is_key:
            yield from keys.get(request.low, {}).items()
            return
        for key, holders in keys.items():
            if request.low <= key and (request.high is None or key < request.high):
                yield from holders.items()

    def _has_part_of(self, transaction: int, request: Request) -> bool:
        exclusive = request._replace(mode=LockMode.EXCLUSIVE)
        return any(exclusive.conflicts(held) for held in self._held.get(transaction, ()))

    def _before_in_queue(self, transaction: int, request: Request) -> Iterator[int]:
        for other, waiting in self._waiting.items():
            if other == transaction:
                return
            if waiting.conflicts(request):
                yield other

    def _grant(self, transaction: int, request: Request) -> None:
        held = self._held.setdefault(transaction, [])
        if request.is_key:
            holders = self._keys.setdefault(request.tree, {}).setdefault(request.low, {})
            known = holders.get(transaction)
            holders[transaction] = max(request.mode, known or request.mode)
            if known is None:
                held.append(request)
            return
        if (transaction, request) not in self._ranges.setdefault(request.tree, []):
            self._ranges[request.tree].append((transaction, request))
            held.append(request)

    def _release_key(self, transaction: int, request: Request) -> None:
        keys = self._keys[request.tree]
        holders = keys[request.low]
        del holders[transaction]
        if not holders:
            del keys[request.low]
