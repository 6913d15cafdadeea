"""Two structures that find a host without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence


class MaxTree:
    """The largest amount in each stretch of hosts: a segment tree over a power of two of leaves."""

    def __init__(self, amounts: Sequence[int]) -> None:
        self._size = size = 1 << (len(amounts) - 1).bit_length()
        self._tree = tree = [-1] * size + list(amounts) + [-1] * (size - len(amounts))
        for node in range(size - 1, 0, -1):
            tree[node] = max(tree[2 * node], tree[2 * node + 1])

    def set(self, host: int, amount: int) -> None:
        """Change one amount; O(log hosts)."""
        tree, node = self._tree, self._size + host
        tree[node] = amount
        while node > 1:
            node >>= 1
            largest = max(tree[2 * node], tree[2 * node + 1])
            if tree[node] == largest:
                return
            tree[node] = largest

    def first(self, amount: int, start: int = 0) -> int | None:
        """Return the first host from `start` on that has the amount; O(log hosts)."""
        tree, size = self._tree, self._size
        if start >= size:
            return None
        node = size + start
        while tree[node] < amount:
            while node & 1:  # a right child: the next stretch lies right of its parent
                node >>= 1
            if not node:
                return None
            node += 1
        while node < size:
            node *= 2
            if tree[node] < amount:
                node += 1
        return node - size


class SortedHosts:
    """Hosts by a value, then by number; a change is a bisection and a shift of the list."""

    def __init__(self, values: Sequence[float]) -> None:
        self._entries = sorted((value, host) for host, value in enumerate(values))

    def move(self, host: int, old: float, new: float) -> None:
        """Change the value of one host."""
        if old != new:
            del self._entries[bisect_left(self._entries, (old, host))]
            insort(self._entries, (new, host))

    def upward(self, value: float | None) -> Iterator[int]:
        """Yield hosts from the least value on, leaving out those below `value`."""
        entries = self._entries
        start = 0 if value is None else bisect_left(entries, (value, -1))
        for position in range(start, len(entries)):
            yield entries[position][1]
