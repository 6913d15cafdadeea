"""A B+ tree whose nodes are pages: bytes to bytes, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.pages.page import Page, capacity, entry_size
from aio_sim.storage.pages.space import PageChange, PageSpace

LARGEST_SHARE = 4
"""An entry may take a quarter of a page, so that a page that is split has room for it."""


class BPlusTree:
    """An ordered map in pages, each but the root about half full or more.

    The root stays where it is, so that its number names the tree; leaves are chained from left to
    right. A key in an inner page is the least that may be below the child it belongs to. A page in
    which rows arrive in ascending order is split at its end, so that it stays full.

    Source: Bayer & McCreight, Acta Informatica 1, 1972; Comer, ACM Computing Surveys 11(2), 1979;
    for the fixed root and the split of ascending rows, InnoDB (storage/innobase/btr).
    """

    def __init__(self, store: PageSpace, root: int) -> None:
        self._store = store
        self.root = root
        self._capacity = capacity(store.page_size)
        self.largest_entry = self._capacity // LARGEST_SHARE

    @staticmethod
    def create(change: PageChange) -> int:
        """Make an empty tree; return the number of its root."""
        root = change.allocate(0)
        change.rewrite(root)
        return root.number

    @property
    def height(self) -> int:
        """Pages on the way from the root to a leaf, both included."""
        return self._store.page(self.root).level + 1

    @property
    def is_there(self) -> bool:
        """Whether its root was ever allocated."""
        return self.root < self._store.pages_taken

    def last(self) -> bytes | None:
        """Return the greatest key, None where there is none."""
        page = self._store.page(self.root)
        while page.level:
            page = self._store.page(_number(page.values[-1]))
        return page.keys[-1] if page.keys else None

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None where there is none."""
        return self._leaf(key).get(key)

    def scan(self, low: bytes = b"", high: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries from `low` to below `high` in order; the tree must not change yet."""
        page = self._leaf(low)
        place = bisect_left(page.keys, low)
        while True:
            end = len(page.keys) if high is None else bisect_left(page.keys, high)
            following = page.following
            yield from zip(page.keys[place:end], page.values[place:end], strict=True)
            if end < len(page.keys) or not following:
                return
            page, place = self._store.page(following), 0

    def pages(self) -> Iterator[Page]:
        """Yield all pages, a parent before its children."""
        waiting = [self.root]
        while waiting:
            page = self._store.page(waiting.pop())
            if page.level:
                waiting += [_number(value) for value in page.values]
            yield page

    def put(self, change: PageChange, key: bytes, value: bytes) -> bytes | None:
        """Set the value of a key; return the value that it had.

        Raises InputError for an entry that is too large, DiskFullError where a page would have to
        be split and none is free; nothing has changed then.
        """
        size = entry_size(key, value)
        if size > self.largest_entry:
            raise InputError(
                _("an entry of {size} bytes is too large: a page holds entries of {most}").format(
                    size=size, most=self.largest_entry
                )
            )
        path = self._path(change, key)
        leaf = path[-1]
        if leaf.used + size > self._capacity:
            self._store.require(len(path) + 1)
        before = change.put(leaf, key, value)
        if leaf.used > self._capacity:
            self._split(change, path, key)
        return before

    def delete(self, change: PageChange, key: bytes) -> bytes | None:
        """Take a key away; return the value that it had, None where it was not there."""
        path = self._path(change, key)
        if path[-1].get(key) is None:
            return None
        before = change.remove(path[-1], key)
        self._mend(change, path, key)
        return before

    def prune(self, change: PageChange) -> bool:
        """Give one page back, the last; return whether it was the root, and so the tree is gone.

        A tree of any size is dropped in groups of the log that are small.
        """
        path = [change.page(self.root)]
        while path[-1].level and path[-1].values:
            path.append(change.page(_number(path[-1].values[-1])))
        change.free(path[-1])
        if len(path) > 1:
            change.remove(path[-2], path[-2].keys[-1])
        return len(path) == 1

    def _leaf(self, key: bytes) -> Page:
        page = self._store.page(self.root)
        while page.level:
            page = self._store.page(_number(page.values[bisect_right(page.keys, key) - 1]))
        return page

    def _path(self, change: PageChange, key: bytes) -> list[Page]:
        """Return the pages from the root to the leaf that a key belongs to."""
        path = [change.page(self.root)]
        while path[-1].level:
            page = path[-1]
            path.append(change.page(_number(page.values[bisect_right(page.keys, key) - 1])))
        return path

    def _split(self, change: PageChange, path: list[Page], key: bytes) -> None:
        """Split the last page of a path, and then those above it that are too full in turn."""
        while path and path[-1].used > self._capacity:
            page = path.pop()
            if not path:
                page = self._grow(change, page)
                path = [change.page(self.root)]
            right = change.allocate(page.level)
            place = self._split_place(page, key)
            right.fill(page.keys[place:], page.values[place:])
            right.following = page.following
            change.rewrite(right)
            change.cut(page, right.keys[0], right.number)
            key = right.keys[0]
            change.put(path[-1], key, _packed(right.number))

    def _split_place(self, page: Page, key: bytes) -> int:
        """Return how many entries the left page keeps: half of the bytes, or all but a new last."""
        if not page.following and page.keys[-1] == key:
            return len(page.keys) - 1
        return _middle(page.keys, page.values)

    def _grow(self, change: PageChange, root: Page) -> Page:
        """Move what the root holds one level down; return the page that holds it now."""
        child = change.allocate(root.level)
        child.fill(root.keys, root.values)
        child.following = 0
        change.rewrite(child)
        root.level += 1
        root.fill([b""], [_packed(child.number)])
        change.rewrite(root)
        return child

    def _mend(self, change: PageChange, path: list[Page], key: bytes) -> None:
        """Merge pages that are less than half full with a neighbour, or share with it."""
        while len(path) > 1 and 2 * path[-1].used < self._capacity and len(path[-2].keys) > 1:
            path.pop()
            parent = path[-1]
            place = max(bisect_right(parent.keys, key) - 1, 1)
            self._join(change, parent, place)
        root = path[0]
        while root.level and len(root.keys) == 1:
            self._shrink(change, root)

    def _join(self, change: PageChange, parent: Page, place: int) -> None:
        """Merge a child with the one on its left where they fit into one page, else level them."""
        separator = parent.keys[place]
        left = change.page(_number(parent.values[place - 1]))
        right = change.page(_number(parent.values[place]))
        keys, values = left.keys + right.keys, left.values + right.values
        if left.used + right.used <= self._capacity:
            change.remove(parent, separator)
            left.fill(keys, values)
            left.following = right.following
            change.rewrite(left)
            change.free(right)
            return
        middle = _middle(keys, values)
        if parent.used + len(keys[middle]) - len(separator) > self._capacity:
            return  # the new separator is longer, and the parent has no room for it
        change.remove(parent, separator)
        change.put(parent, keys[middle], _packed(right.number))
        left.fill(keys[:middle], values[:middle])
        right.fill(keys[middle:], values[middle:])
        change.rewrite(left)
        change.rewrite(right)

    def _shrink(self, change: PageChange, root: Page) -> None:
        """Take the only child of the root into the root."""
        child = change.page(_number(root.values[0]))
        root.level, root.following = child.level, 0
        root.fill(child.keys, child.values)
        change.rewrite(root)
        change.free(child)


def _middle(keys: list[bytes], values: list[bytes]) -> int:
    """Return how many of the entries take half of the bytes: all but one at most, one at least."""
    sizes = [entry_size(key, value) for key, value in zip(keys, values, strict=True)]
    half, so_far = sum(sizes) / 2, 0
    for place, size in enumerate(sizes):
        so_far += size
        if so_far >= half:
            return min(max(place, 1), len(keys) - 1)
    return 1


def _packed(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little")
