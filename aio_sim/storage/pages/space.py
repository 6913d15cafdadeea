"""Pages by number: which of them are free, and changes of several that belong together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.storage.pages.buffer_pool import BufferPool
from aio_sim.storage.pages.errors import DiskFullError, StoppedError
from aio_sim.storage.pages.page import FREE, LEAF, SPACE, Page

SPACE_PAGE: Final = 0
"""The page that tells which pages are free; `following` is none, and so is page 0 of any page."""
_NEXT, _FREE_HEAD, _FREE_COUNT = b"next", b"free", b"count"
RESERVE: Final = 8
"""Pages that only a rollback may take, so that a full database can be undone. An assumption."""


class PageSpace(ABC):
    """The pages of one database, read through a buffer pool, taken and given back."""

    def __init__(self, pool: BufferPool, page_size: int) -> None:
        self.pool = pool
        self.page_size = page_size
        self.rolling_back = False
        self.has_stopped = False

    @property
    @abstractmethod
    def room(self) -> int:
        """Pages that the database may have."""

    @abstractmethod
    def change(self) -> PageChange:
        """Begin a change of pages, all of which survives a crash or nothing."""

    def page(self, number: int) -> Page:
        """Return a page for reading; it may be another object after the next call."""
        return self.pool.get(number)

    def stop(self) -> None:
        """Take no more changes; what is durable stays as it is."""
        self.has_stopped = True

    def require_running(self) -> None:
        """Raise StoppedError where a change failed half-way: memory cannot be trusted then."""
        if self.has_stopped:
            raise StoppedError(_("the database stopped at an error; open it again to recover"))

    def format(self) -> None:
        """Write the first page of a new database."""
        with self.change() as change:
            page = change.new_page(SPACE_PAGE, SPACE)
            for key, value in ((_NEXT, 1), (_FREE_HEAD, 0), (_FREE_COUNT, 0)):
                page.put(key, _packed(value))
            change.rewrite(page)

    @property
    def pages_taken(self) -> int:
        """Pages of the data file up to the last that was ever in use."""
        return self.space(_NEXT)

    @property
    def pages_free(self) -> int:
        """Pages that can still be taken."""
        return self.room - self.space(_NEXT) + self.space(_FREE_COUNT)

    def require(self, pages: int) -> None:
        """Raise DiskFullError where fewer pages are free; rollbacks may use the reserve as well."""
        if self.pages_free < pages + (0 if self.rolling_back else RESERVE):
            raise DiskFullError(self.room)

    def space(self, key: bytes) -> int:
        """Return a number of the page that tells which pages are free."""
        return int.from_bytes(self.page(SPACE_PAGE).get(key) or b"", "little")


class PageChange:
    """Changes of pages that belong together, as a context manager.

    Every page that was looked at stays in the pool until the end. Nothing in here may fail once a
    page was changed, so check before: an error stops the database, which must be opened again.
    """

    def __init__(self, space: PageSpace) -> None:
        self._space = space
        self._pages: dict[int, Page] = {}
        self._changed: dict[int, Page] = {}

    def __enter__(self) -> PageChange:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self._finish()
        elif self._changed:
            self._space.stop()
        for page in self._pages.values():
            page.pins -= 1

    def page(self, number: int) -> Page:
        """Return a page, which stays in the pool until the end."""
        page = self._pages.get(number)
        if page is None:
            page = self._pin(self._space.pool.get(number))
        return page

    def put(self, page: Page, key: bytes, value: bytes) -> bytes | None:
        """Set an entry; return the value that it had."""
        self._changed[page.number] = page
        return page.put(key, value)

    def remove(self, page: Page, key: bytes) -> bytes | None:
        """Take an entry away; return the value that it had."""
        self._changed[page.number] = page
        return page.remove(key)

    def cut(self, page: Page, key: bytes, following: int) -> None:
        """Take away the entries from `key` on; another page follows."""
        self._changed[page.number] = page
        page.cut(key, following)

    def rewrite(self, page: Page) -> None:
        """Note that a page was changed as a whole."""
        self._changed[page.number] = page

    def new_page(self, number: int, level: int = LEAF) -> Page:
        """Return a page that is empty, whatever it held; to be rewritten by the caller."""
        page = self._pages.get(number) or self._pin(self._space.pool.new(number))
        page.level, page.following = level, 0
        page.fill([], [])
        return page

    def allocate(self, level: int) -> Page:
        """Return a page that nobody uses; the caller has made sure that there is one."""
        space = self.page(SPACE_PAGE)
        head = self._space.space(_FREE_HEAD)
        if not head:
            number = self._space.space(_NEXT)
            self.put(space, _NEXT, _packed(number + 1))
            return self.new_page(number, level)
        following = self.page(head).following
        self.put(space, _FREE_HEAD, _packed(following))
        self.put(space, _FREE_COUNT, _packed(self._space.space(_FREE_COUNT) - 1))
        return self.new_page(head, level)

    def free(self, page: Page) -> None:
        """Give a page back."""
        space = self.page(SPACE_PAGE)
        page.level, page.following = FREE, self._space.space(_FREE_HEAD)
        page.fill([], [])
        self.rewrite(page)
        self.put(space, _FREE_HEAD, _packed(page.number))
        self.put(space, _FREE_COUNT, _packed(self._space.space(_FREE_COUNT) + 1))

    def _finish(self) -> None:
        """Make the change one that counts; it was whole."""

    def _pin(self, page: Page) -> Page:
        page.pins += 1
        self._pages[page.number] = page
        return page


def _packed(number: int) -> bytes:
    return number.to_bytes(4, "little")
