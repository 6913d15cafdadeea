"""Pipelines: stages that each make documents of documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.conditions import required_list
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError, unknown_operator
from aio_sim.storage.document.expressions import Expression, expression_of
from aio_sim.storage.document.filters import filter_of
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.paths import MISSING, get, path_of, put
from aio_sim.storage.document.shaping import Projection, in_order, order_of

Stage: TypeAlias = Callable[[Iterable[Document]], Iterable[Document]]


def stages_of(pipeline: object) -> list[tuple[str, Any, Stage]]:
    """Return the stages of a pipeline, each with its name and operand.

    Raises QueryError, with the stage and what is supported, for what is outside the subset.
    """
    stages = []
    for number, written in enumerate(required_list(_("a pipeline"), pipeline), start=1):
        if not isinstance(written, Mapping) or len(written) != 1:
            raise QueryError(
                _("stage {number} is not a document with one operator: {stage!r}").format(
                    number=number, stage=written
                )
            )
        [(name, operand)] = written.items()
        if name not in _STAGES:
            raise unknown_operator(_("stage {number}:").format(number=number), name, _STAGES)
        stages.append((name, operand, _STAGES[name](operand)))
    return stages


def run(documents: Iterable[Document], stages: Iterable[Stage]) -> list[Document]:
    """Return what comes out of the last stage."""
    for stage in stages:
        documents = stage(documents)
    return list(documents)


def _match(operand: Any) -> Stage:
    meant = filter_of(operand)
    return lambda documents: filter(meant.matches, documents)


def _sort(operand: Any) -> Stage:
    order = order_of(operand)
    return lambda documents: in_order(documents, order)


def _whole(name: str, operand: Any) -> int:
    if isinstance(operand, bool) or not isinstance(operand, int) or operand < 0:
        raise QueryError(
            _("{operator} takes a number of documents, not {operand!r}").format(
                operator=name, operand=operand
            )
        )
    return operand


def _limit(operand: Any) -> Stage:
    most = _whole("$limit", operand)
    return lambda documents: islice(documents, most)


def _skip(operand: Any) -> Stage:
    first = _whole("$skip", operand)
    return lambda documents: islice(documents, first, None)


def _count(operand: Any) -> Stage:
    if not isinstance(operand, str) or not operand:
        raise QueryError(_("$count takes the name of a field, not {name!r}").format(name=operand))

    def stage(documents: Iterable[Document]) -> Iterator[Document]:
        if number := sum(1 for _document in documents):
            yield {operand: number}

    return stage


def _project(operand: Any) -> Stage:
    if not isinstance(operand, Mapping) or not operand:
        raise QueryError(_("$project takes fields, not {operand!r}").format(operand=operand))
    computed = {
        name: expression_of(value) for name, value in operand.items() if value not in (0, 1)
    }
    plain = {name: value for name, value in operand.items() if name not in computed}
    if computed:
        plain = {ID: 1} | plain  # else a projection of nothing would keep everything
    projection = Projection(plain)
    keeps_id = bool(plain.get(ID, True))

    def shaped(document: Document) -> Document:
        result = projection.of(document)
        if computed and plain.keys() == {ID} and not keeps_id:
            result = {}
        for name, expression in computed.items():
            if (value := expression(document)) is not MISSING:
                put(result, path_of(name), value)
        return result

    return lambda documents: map(shaped, documents)


def _unwind(operand: Any) -> Stage:
    if not isinstance(operand, str) or not operand.startswith("$"):
        raise QueryError(
            _("$unwind takes a path such as '$tags', not {path!r}").format(path=operand)
        )
    path = path_of(operand[1:])

    def stage(documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            found = get(document, path)
            if not isinstance(found, list):
                if found is not MISSING and found is not None:
                    yield document
                continue
            for each in found:
                yield _with(document, path, each)

    return stage


def _with(value: Document, path: tuple[str, ...], new: Any) -> Document:
    """Return a document with another value at a path, the rest shared."""
    inside = new if len(path) == 1 else _with(value[path[0]], path[1:], new)
    return {**value, path[0]: inside}


Accumulator: TypeAlias = Callable[[list[Any]], Any]
"""Makes one value of those of a group, in order; MISSING among them."""


def _numeric(values: list[Any]) -> list[Any]:
    return [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]


def _mean(values: list[Any]) -> float | None:
    numbers = _numeric(values)
    return sum(numbers) / len(numbers) if numbers else None


def _there(values: list[Any]) -> list[Any]:
    return [each for each in values if each is not MISSING]


def _valued(values: list[Any]) -> list[Any]:
    return [each for each in _there(values) if each is not None]


def _distinct(values: list[Any]) -> list[Any]:
    return list({key_of(each): each for each in _there(values)}.values())


def _null(value: Any) -> Any:
    return None if value is MISSING else value


_ACCUMULATORS: Final[Mapping[str, Accumulator]] = {
    "$sum": lambda values: sum(_numeric(values)),
    "$avg": _mean,
    "$min": lambda values: min(_valued(values), key=key_of, default=None),
    "$max": lambda values: max(_valued(values), key=key_of, default=None),
    "$first": lambda values: _null(values[0]),
    "$last": lambda values: _null(values[-1]),
    "$push": _there,
    "$addToSet": _distinct,
    "$count": len,
}


def _group(operand: Any) -> Stage:
    if not isinstance(operand, Mapping) or ID not in operand:
        raise QueryError(_("$group takes a document with an _id, the expression to group by"))
    by = expression_of(operand[ID])
    fields = {name: _accumulated(name, of) for name, of in operand.items() if name != ID}

    def stage(documents: Iterable[Document]) -> Iterator[Document]:
        groups: dict[bytes, tuple[Any, list[Document]]] = {}
        for document in documents:
            value = _null(by(document))
            groups.setdefault(key_of(value), (value, []))[1].append(document)
        for value, members in groups.values():
            yield {ID: value} | {
                name: accumulate([of(member) for member in members])
                for name, (accumulate, of) in fields.items()
            }

    return stage


def _accumulated(name: str, written: Any) -> tuple[Accumulator, Expression]:
    if not isinstance(written, Mapping) or len(written) != 1:
        raise QueryError(
            _("$group: {field} needs one accumulator, such as {example}").format(
                field=name, example="{'$sum': '$price'}"
            )
        )
    [(operator, operand)] = written.items()
    if operator not in _ACCUMULATORS:
        raise unknown_operator(_("$group:"), operator, _ACCUMULATORS)
    return _ACCUMULATORS[operator], expression_of(operand)


_STAGES: Final[Mapping[str, Callable[[Any], Stage]]] = {
    "$match": _match,
    "$project": _project,
    "$group": _group,
    "$sort": _sort,
    "$limit": _limit,
    "$skip": _skip,
    "$unwind": _unwind,
    "$count": _count,
}
