"""Multi-version concurrency control: what a reader sees while others write.

Pages hold the newest value of a key. The values before it are kept here, in memory, as long as a
read view may need them; recovery has no use for them, since no view outlives a crash. (InnoDB
reaches them by a pointer in the row to its undo log, on pages of its own.)

Source: Bernstein & Goodman, Multiversion Concurrency Control, ACM TODS 8(4), 1983; MySQL Reference
Manual, InnoDB Multi-Versioning.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Writer(Protocol):
    """A transaction, as far as its versions know it."""

    @property
    def committed(self) -> int | None:
        """Its number in the order of commits, None while it is open."""


class ReadView(NamedTuple):
    """The database after so many commits, with what one transaction itself has written."""

    commits: int
    owner: Writer

    def sees(self, writer: Writer) -> bool:
        """Whether the writes of a transaction are part of the view."""
        if writer is self.owner:
            return True
        return writer.committed is not None and writer.committed <= self.commits


class _Version(NamedTuple):
    writer: Writer
    before: bytes | None


class VersionStore:
    """The former values of each key of each tree, oldest first, with who replaced them."""

    def __init__(self) -> None:
        self._chains: dict[int, dict[bytes, list[_Version]]] = {}
        self._history: deque[tuple[Writer, list[tuple[int, bytes]]]] = deque()

    def __len__(self) -> int:
        return sum(len(chain) for keys in self._chains.values() for chain in keys.values())

    def add(self, tree: int, key: bytes, writer: Writer, before: bytes | None) -> None:
        """Keep the value that a writer replaced."""
        chains = self._chains.setdefault(tree, {})
        chains.setdefault(key, []).append(_Version(writer, before))

    def take_back(self, tree: int, key: bytes) -> None:
        """Forget the newest version of a key: its change was undone."""
        self._drop(tree, key, -1)

    def committed(self, writer: Writer, keys: list[tuple[int, bytes]]) -> None:
        """Note that a writer committed, after all before it; `keys` are those it wrote."""
        self._history.append((writer, keys))

    def purge(self, oldest: int | None) -> None:
        """Forget what no view needs; `oldest` are the commits of the oldest one, None: no view."""
        history = self._history
        while history and (oldest is None or (history[0][0].committed or 0) <= oldest):
            _writer, keys = history.popleft()
            for tree, key in keys:
                self._drop(tree, key, 0)

    def value(self, tree: int, key: bytes, newest: bytes | None, view: ReadView) -> bytes | None:
        """Return the value of a key in a view, None where there is none."""
        chains = self._chains.get(tree)
        if chains:
            for version in reversed(chains.get(key, ())):
                if view.sees(version.writer):
                    break
                newest = version.before
        return newest

    def scan(
        self,
        tree: int,
        entries: Iterator[tuple[bytes, bytes]],
        low: bytes,
        high: bytes | None,
        view: ReadView,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries of a range as a view sees them; `entries` are the newest, in order."""
        changed = self._changed(tree, low, high)
        if not changed:
            yield from entries
            return
        for key, newest in entries:
            place = bisect_left(changed, key)
            yield from self._known(tree, changed[:place], view)
            del changed[: place + (place < len(changed) and changed[place] == key)]
            value = self.value(tree, key, newest, view)
            if value is not None:
                yield key, value
        yield from self._known(tree, changed, view)

    def _changed(self, tree: int, low: bytes, high: bytes | None) -> list[bytes]:
        chains = self._chains.get(tree) or {}
        return sorted(key for key in chains if key >= low and (high is None or key < high))

    def _known(self, tree: int, keys: list[bytes], view: ReadView) -> Iterator[tuple[bytes, bytes]]:
        """Yield those of some keys that the tree has no more, but the view still sees."""
        for key in keys:
            value = self.value(tree, key, None, view)
            if value is not None:
                yield key, value

    def _drop(self, tree: int, key: bytes, place: int) -> None:
        chains = self._chains[tree]
        chain = chains[key]
        del chain[place]
        if not chain:
            del chains[key]
            if not chains:
                del self._chains[tree]
