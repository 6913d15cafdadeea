"""The Yahoo! Cloud Serving Benchmark: its core workloads A to F.

Source: Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010, table 2 and the core
package's workload files; records of 10 fields of 100 bytes, keys in hashed order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase
from aio_sim.storage.server.statements import Change, Get, Program, Put, Scan, only
from aio_sim.storage.workloads.texts import Texts
from aio_sim.storage.workloads.zipf import Latest, Scrambled, Uniform, fnv64

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Popularity = Literal["zipfian", "latest", "uniform"]
Mix = Literal["A", "B", "C", "D", "E", "F"]

READ, UPDATE, INSERT, SCAN, READ_MODIFY_WRITE = range(5)
KINDS: Final = ("read", "update", "insert", "scan", "read_modify_write")

STORE: Final = "usertable"
KEY: Final = "key"
LONGEST_SCAN: Final = 100
"""Records; scans have every length from 1 to this. Source: YCSB, workloade."""
DRAWN_TOGETHER: Final = 4096


@dataclass(frozen=True)
class MixOf:
    """The shares of each operation, and which records it is after."""

    shares: Mapping[int, float]
    popularity: Popularity


MIXES: Final[Mapping[Mix, MixOf]] = {
    "A": MixOf({READ: 0.5, UPDATE: 0.5}, "zipfian"),
    "B": MixOf({READ: 0.95, UPDATE: 0.05}, "zipfian"),
    "C": MixOf({READ: 1.0}, "zipfian"),
    "D": MixOf({READ: 0.95, INSERT: 0.05}, "latest"),
    "E": MixOf({SCAN: 0.95, INSERT: 0.05}, "zipfian"),
    "F": MixOf({READ: 0.5, READ_MODIFY_WRITE: 0.5}, "zipfian"),
}


@dataclass(frozen=True)
class Shape:
    """How many records there are at first, and how large each is."""

    records: int
    fields: int = 10
    field_length: int = 100

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(f"field{number}" for number in range(self.fields))


class Ycsb:
    """One of the core workloads; a read-modify-write is a read and an update, as in YCSB."""

    kinds = KINDS

    def __init__(
        self,
        mix: MixOf,
        shape: Shape,
        generator: np.random.Generator,
        popularity: Popularity | None = None,
    ) -> None:
        self._mix = mix
        self._shape = shape
        self._generator = generator
        self._texts = Texts(generator, shape.field_length)
        self._popularity = _popularity(popularity or mix.popularity)
        self._names = shape.names
        self._keys = key_names(0, shape.records)
        self._drawn: Iterator[tuple[int, int, int, int]] = iter(())

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The one store."""
        fields = dict.fromkeys(self._names, "text")
        return (Definition(STORE, {KEY: "text", **fields}, (KEY,)),)  # type: ignore[dict-item]

    def records(self, store: str) -> Iterable[Record]:
        """Return the records that are there at first, in the order of their numbers."""
        assert store == STORE
        return map(self._record, self._keys)

    def draw(self) -> tuple[int, Program]:
        """Return the next operation."""
        drawn = next(self._drawn, None)
        if drawn is None:
            self._drawn = self._block()
            drawn = next(self._drawn)
        kind, record, field, length = drawn
        if kind == INSERT:
            return kind, only(Put(STORE, self._record(self._new_key())))
        key = self._keys[record]
        if kind == READ:
            return kind, only(Get(STORE, key))
        if kind == SCAN:
            return kind, only(Scan(STORE, key, length))
        change = Change(STORE, key, {self._names[field]: self._texts.draw()})
        return kind, only(change) if kind == UPDATE else only(Get(STORE, key), change)

    def violations(self, database: OpenDatabase) -> list[str]:
        """Return nothing: any record may hold anything."""
        return []

    def _block(self) -> Iterator[tuple[int, int, int, int]]:
        generator, count = self._generator, DRAWN_TOGETHER
        shares = self._mix.shares
        kinds = generator.choice(list(shares), size=count, p=list(shares.values()))
        records = self._popularity.draw(generator, count, len(self._keys))
        fields = generator.integers(0, self._shape.fields, count)
        lengths = generator.integers(1, LONGEST_SCAN, count, endpoint=True)
        return zip(kinds.tolist(), records.tolist(), fields.tolist(), lengths.tolist(), strict=True)

    def _new_key(self) -> str:
        number = len(self._keys)
        self._keys += key_names(number, number + 1)
        return self._keys[number]

    def _record(self, key: str) -> Record:
        return {KEY: key, **{name: self._texts.draw() for name in self._names}}


def mix_of(weights: Sequence[float]) -> MixOf:
    """Return a mix of weights, in the order of KINDS, of which one or more is above 0."""
    total = sum(weights)
    shares = {kind: weight / total for kind, weight in enumerate(weights) if weight}
    return MixOf(shares, "zipfian")


def key_names(start: int, stop: int) -> list[str]:
    """Return the keys of some records: `user` and the hash of the record's number."""
    import numpy as np

    numbers: npt.NDArray[np.int64] = np.arange(start, stop, dtype=np.int64)
    return [f"user{number}" for number in fnv64(numbers).tolist()]


def _popularity(name: Popularity) -> Scrambled | Latest | Uniform:
    if name == "zipfian":
        return Scrambled()
    return Latest() if name == "latest" else Uniform()
