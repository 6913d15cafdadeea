"""A store of records in one data structure, chosen by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import nsmallest
from itertools import islice
from typing import Any, NamedTuple

from aio_sim.kernel.errors import AioSimError, AuditError, InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.storage.engine import Record
from aio_sim.storage.server.statements import bytes_of
from aio_sim.storage.server.twin import Twin
from aio_sim.storage.structures.bplus_tree import FEWEST_PAGE_ITEMS
from aio_sim.storage.structures.counted_key import LAST, CountedKey
from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.held_bytes import held_bytes
from aio_sim.storage.structures.key_value import POINTERS, KeyValueStructure, Sizes
from aio_sim.storage.structures.lsm_tree import LsmTree


class StructureSettings(NamedTuple):
    """What a structure may take: sizes in bytes."""

    page_size: int
    memory: int
    """In all, or, of an LSM tree, for what is not written to a run yet."""
    room: int
    """For all records together."""
    growth: int
    """How many times larger each level of an LSM tree is than the one above."""


class Stored:
    """A record as it is kept, so that it is told from what keeps it."""

    __slots__ = ("record",)

    def __init__(self, record: Record) -> None:
        self.record = record


class Shelf:
    """Records by key in one structure; what it does is counted.

    `durable_before` is the number of the first write that a crash would take, as `put` and `delete`
    got them; None where there is none.
    """

    def __init__(
        self,
        name: str,
        key: tuple[str, ...],
        kind: KeyValueStructure,
        settings: StructureSettings,
        counters: Counters,
    ) -> None:
        self.name = name
        self._key = key
        self._kind = kind
        self._settings = settings
        self._counters = counters
        self._twin = Twin()
        self._size = 0  # bytes of all records
        self.durable_before: int | None = None
        self._made: Any = None  # until the first record tells how many go into a page
        self._flushes = 0

    def __len__(self) -> int:
        return len(self._twin)

    @property
    def structure(self) -> Any:
        """The structure itself; None as long as nothing was ever put into it."""
        return self._made

    @property
    def bytes_held(self) -> int:
        """Bytes of the structure, those of keys and records left out."""
        return held_bytes(self._made, (CountedKey, Stored)) if self._made is not None else 0

    def get(self, key: Any) -> Record | None:
        """Return a record, None where there is none."""
        found = None if self._made is None else self._made.lookup(self._counted(key))
        answer = None if found is None else found.record
        self._twin.compare(key, answer)
        return answer

    def put(self, record: Record, number: int) -> None:
        """Keep a record whole; raises AioSimError where there is no room for it."""
        if self._made is None:
            self._made = self._new(record)
        key = self.key_of(record)
        self._reserve(bytes_of(record) - self._twin.bytes_of(key))
        self._made.insert(self._counted(key), Stored(record))
        self._twin.put(key, record)
        self._written(number)

    def delete(self, key: Any, number: int) -> bool:
        """Take a record away; return whether it was there."""
        there = self.get(key) is not None
        if there:
            self._reserve(-self._twin.bytes_of(key))
            self._made.delete(self._counted(key))
            self._twin.delete(key)
            self._written(number)
        return there

    def scan(self, low: Any, count: int) -> list[Record]:
        """Return up to `count` records from a key on, in order.

        A structure that keeps no order looks at all it has, and picks out the smallest of them.
        """
        found = [] if self._made is None else self._from(self._counted(low), count)
        answer = [stored.record for stored in found]
        self._twin.compare_from(low, count, answer)
        return answer

    def records(self) -> Iterator[Record]:
        """Yield all records, in the order of their keys, as the structure has them."""
        items: Iterable[tuple[CountedKey, Stored]] = () if self._made is None else self._made.scan()
        for _key, stored in sorted(items, key=lambda item: item[0].value):
            yield stored.record

    def key_of(self, record: Record) -> Any:
        """Return the key of a record: the one field, or several together."""
        if len(self._key) == 1:
            return record[self._key[0]]
        return tuple(record[name] for name in self._key)

    def lose_power(self) -> None:
        """Lose what is in memory: all of a structure that lives there."""
        self.durable_before = None
        if not self._kind.paged:
            self._made = None
        elif isinstance(self._made, LsmTree):
            self._made.lose_memory()
        self._twin.fill((self.key_of(record), record) for record in self.records())
        self._size = sum(map(bytes_of, self.records()))

    def check(self) -> None:
        """Raise AuditError where the structure has answered other than a dict would have."""
        if self._twin.mistake:
            raise AuditError(
                _("{store}: {structure} gave a wrong answer for {key}").format(
                    store=self.name, structure=self._kind.name, key=self._twin.mistake
                )
            )

    def _counted(self, key: Any) -> CountedKey:
        return CountedKey(key, self._counters)

    def _from(self, low: CountedKey, count: int) -> list[Stored]:
        if self._kind.ordered:
            return [stored for _key, stored in islice(self._made.range(low, LAST), count)]
        later = (item for item in self._made.scan() if not item[0] < low)
        return [stored for _key, stored in nsmallest(count, later, key=lambda item: item[0])]

    def _reserve(self, size: int) -> None:
        if size > 0 and self._size + size > self._settings.room:
            raise AioSimError(
                _("{store} is full: {room} are taken").format(
                    store=self.name, room=format_size(self._settings.room)
                )
            )
        self._size += size

    def _written(self, number: int) -> None:
        """Note which writes a crash would take: those that are in memory only."""
        if not self._kind.paged:
            self.durable_before = 1
        elif isinstance(self._made, LsmTree) and (
            self._made.flushes != self._flushes or self.durable_before is None
        ):
            self._flushes, self.durable_before = self._made.flushes, number

    def _new(self, record: Record) -> Any:
        size = bytes_of(record) + POINTERS
        items = self._settings.page_size // size
        if self._kind.paged and items < FEWEST_PAGE_ITEMS:
            raise InputError(
                _("a page of {page} has no room for {fewest} records of {size}").format(
                    page=format_size(self._settings.page_size),
                    fewest=FEWEST_PAGE_ITEMS,
                    size=format_size(size),
                )
            )
        memory = max(self._settings.memory // size, 1)
        return self._kind.make(self._counters, Sizes(items, memory, self._settings.growth))
