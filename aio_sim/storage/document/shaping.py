"""What is given back of the documents that were found: their order, and which fields of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from aio_sim.kernel.messages import _
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.keys import NULL, descending, key_of
from aio_sim.storage.document.paths import MISSING, Path, leaves_at, path_of
from aio_sim.storage.document.planning import Order


def order_of(sort: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> Order:
    """Return the order that a sort document, or pairs, ask for; raises QueryError."""
    if sort is None:
        return ()
    pairs = list(sort.items() if isinstance(sort, Mapping) else sort)
    for path, direction in pairs:
        if direction not in (1, -1):
            raise QueryError(
                _("sort by {path}: 1 (ascending) or -1, not {direction!r}").format(
                    path=path, direction=direction
                )
            )
    return [(path_of(path), direction == 1) for path, direction in pairs]


def in_order(documents: Iterable[Document], order: Order) -> list[Document]:
    """Return documents in an order; of equals, the first stays the first.

    A list counts by its least element, where the order is ascending, else by its greatest.
    """
    return sorted(documents, key=lambda document: [_rank(document, *part) for part in order])


def _rank(document: Document, path: Path, ascending: bool) -> bytes:
    keys = [key_of(each) for each in leaves_at(document, path) if each is not MISSING] or [NULL]
    return min(keys) if ascending else descending(max(keys))


class Projection:
    """Which fields of documents are given back: those named, or all but those named.

    Raises QueryError where a projection does both; `_id` may be left out of either.
    """

    def __init__(self, fields: Mapping[str, Any] | None) -> None:
        named = dict(fields or {})
        self._with_id = bool(named.pop(ID, True))
        kinds = {_wants(name, value) for name, value in named.items()}
        if len(kinds) > 1:
            raise QueryError(_("a projection names the fields to keep or those to leave out"))
        only_id = not named and self._with_id and ID in (fields or {})
        self._keeps = only_id or kinds == {True}
        self._tree = _tree_of(map(path_of, named))

    def of(self, document: Document) -> Document:
        """Return what a projection leaves of a document."""
        if self._keeps:
            kept: Document = _keep(document, self._tree) if self._tree else {}
            return ({ID: document[ID]} if self._with_id and ID in document else {}) | kept
        left: Document = _drop(document, self._tree)
        return left if self._with_id else {name: left[name] for name in left if name != ID}


def _wants(name: str, value: Any) -> bool:
    if value not in (0, 1):
        raise QueryError(
            _("projection of {name}: 1 or 0, not {value!r}").format(name=name, value=value)
        )
    return bool(value)


def _tree_of(paths: Iterable[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        inside = tree
        for part in path:
            inside = inside.setdefault(part, {})
    return tree


def _keep(value: Any, tree: dict[str, Any]) -> Any:
    if not tree:
        return deepcopy(value)
    if isinstance(value, list):
        return [_keep(each, tree) for each in value if isinstance(each, dict | list)]
    return {
        name: _keep(value[name], inside)
        for name, inside in tree.items()
        if name in value and (not inside or isinstance(value[name], dict | list))
    }


def _drop(value: Any, tree: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_drop(each, tree) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _drop(each, tree[name]) if name in tree else each
        for name, each in value.items()
        if tree.get(name, True)
    }
