"""What can go wrong in a document engine."""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.kernel.errors import AioSimError, InputError, hint
from aio_sim.kernel.messages import _


class DocumentError(InputError):
    """A document, or a value in it, that cannot be kept."""


class QueryError(InputError):
    """A filter, an update or a pipeline outside the subset, or one that makes no sense."""


class DuplicateKeyError(AioSimError):
    """A unique key that another document has already; what was asked has had no effect."""

    def __init__(self, collection: str, index: str, values: tuple[object, ...]) -> None:
        self.collection, self.index, self.values = collection, index, values
        super().__init__(
            _("{collection}: there is a document with {index} {values} already").format(
                collection=collection, index=index, values=", ".join(map(repr, values))
            )
        )


def unknown_operator(kind: str, name: str, known: Iterable[str]) -> QueryError:
    """Return the error for an operator there is not; says what is supported."""
    names = sorted(known)
    return QueryError(
        _("{kind} operator {name!r} is not in the subset{hint}; supported: {names}").format(
            kind=kind, name=name, hint=hint(name, names), names=", ".join(names)
        )
    )
