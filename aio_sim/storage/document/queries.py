"""Queries on one collection: found by a plan, put in order, shaped, explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.aggregation import run, stages_of
from aio_sim.storage.document.collection import Collection, Examined
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.explanation import Explanation
from aio_sim.storage.document.filters import Filter, filter_of
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.paths import MISSING, leaves_at, path_of
from aio_sim.storage.document.planning import Order, Plan, plan
from aio_sim.storage.document.shaping import Projection, in_order, order_of

Query = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of the documents is wanted: order, first and number, fields; and by which index."""

    sort: Mapping[str, int] | Iterable[tuple[str, int]] | None = None
    skip: int = 0
    limit: int | None = None
    """None, and 0 as in MongoDB: all."""
    projection: Mapping[str, int] | None = None
    hint: str | None = None
    """The index to use."""


_ALL = Wanted()


class Queries:
    """What can be asked of a collection; one that was not made yet (None) has nothing."""

    def __init__(
        self, collection: Callable[[], Collection | None], cost: Callable[[], Cost]
    ) -> None:
        self._collection = collection
        self._cost = cost

    def find(self, query: Query, wanted: Wanted = _ALL) -> list[Document]:
        """Return the documents that a filter means; raises QueryError, UnknownName for a hint."""
        return self._run(query, wanted, Examined())[0]

    def find_one(self, query: Query, wanted: Wanted = _ALL) -> Document | None:
        """Return the first document that a filter means, None where there is none."""
        order = Wanted(
            sort=wanted.sort,
            skip=wanted.skip,
            limit=1,
            projection=wanted.projection,
            hint=wanted.hint,
        )
        return next(iter(self.find(query, order)), None)

    def count(self, query: Query | None = None) -> int:
        """Return how many documents a filter means."""
        return sum(1 for _document in self._found(filter_of(query or {})))

    def distinct(self, path: str, query: Query | None = None) -> list[Any]:
        """Return the values that stand at a path, each once, in order; of lists, their elements."""
        at = path_of(path)
        values = {
            key_of(value): value
            for document in self._found(filter_of(query or {}))
            for value in leaves_at(document, at)
            if value is not MISSING
        }
        return [value for _key, value in sorted(values.items(), key=lambda each: each[0])]

    def aggregate(self, pipeline: object) -> list[Document]:
        """Return what a pipeline makes of the documents; a `$match` at its head uses an index."""
        stages = stages_of(pipeline)
        first: Filter = filter_of({})
        if stages and stages[0][0] == "$match":
            first = filter_of(stages[0][1])
            stages = stages[1:]
        return run(self._found(first), [stage for _name, _operand, stage in stages])

    def explain(self, query: Query, wanted: Wanted = _ALL) -> Explanation:
        """Do what `find` does, and return how, and what it took."""
        before, examined = self._cost(), Examined()
        documents, chosen, sorts = self._run(query, wanted, examined)
        return Explanation(
            _stages(chosen, sorts),
            chosen.index.name if chosen.index else None,
            len(chosen.ranges),
            examined.keys,
            examined.documents,
            len(documents),
            self._cost().minus(before),
        )

    def _found(self, of: Filter) -> Iterator[Document]:
        collection = self._collection()
        if collection is None:
            return iter(())
        return collection.find(plan(of, (), collection.indexes), of, Examined())

    def _run(
        self, query: Query, wanted: Wanted, examined: Examined
    ) -> tuple[list[Document], Plan, bool]:
        of, order, projection = (
            filter_of(query),
            order_of(wanted.sort),
            Projection(wanted.projection),
        )
        first, last = _slice(wanted)
        collection = self._collection()
        if collection is None:
            return [], Plan(), bool(order)
        chosen = self._plan(collection, of, order, wanted.hint)
        documents: Iterable[Document] = collection.find(chosen, of, examined)
        sorts = bool(order) and not chosen.is_sorted
        if sorts:
            documents = in_order(documents, order)
        return list(map(projection.of, islice(documents, first, last))), chosen, sorts

    def _plan(self, collection: Collection, of: Filter, order: Order, hint: str | None) -> Plan:
        names = [index.name for index in collection.indexes]
        if hint is not None and hint not in names:
            raise UnknownName(_("index"), hint, names)
        return plan(of, order, collection.indexes, hint)


def _slice(wanted: Wanted) -> tuple[int, int | None]:
    for name, value in (("skip", wanted.skip), ("limit", wanted.limit or 0)):
        if value < 0:
            raise QueryError(
                _("{name} must be 0 or more, not {value}").format(name=name, value=value)
            )
    return wanted.skip, wanted.skip + wanted.limit if wanted.limit else None


def _stages(chosen: Plan, sorts: bool) -> tuple[str, ...]:
    if chosen.index is None:
        found = ["COLLSCAN"]
    elif chosen.index.name == f"{ID}_" and chosen.points == 1 and len(chosen.ranges) == 1:
        found = ["IDHACK"]
    else:
        found = ["FETCH", "IXSCAN"]
    return (*(["SORT"] if sorts else []), *found)
