"""Updates: a document made of another, by MongoDB's update operators or as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.conditions import required_list
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError, unknown_operator
from aio_sim.storage.document.filters import filter_of
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.paths import MISSING, Path, get, path_of, put, remove

Operator: TypeAlias = Callable[[Document, Path, Any], None]
"""Changes what stands at a path of a document by an operand."""


def is_replacement(update: object) -> bool:
    """Whether an update is a whole document; raises QueryError where it is neither nor."""
    if not isinstance(update, Mapping):
        raise QueryError(_("an update is a document, not {update!r}").format(update=update))
    operators = [name.startswith("$") for name in update]
    if any(operators) and not all(operators):
        raise QueryError(_("an update has operators or fields, not both"))
    return not any(operators)


def updated(document: Document, update: Mapping[str, Any], *, is_new: bool = False) -> Document:
    """Return a document as an update makes it; the old one stays as it is.

    `is_new`: the document is being inserted. Raises QueryError for operators outside the subset,
    for those that do not fit what is there, and for two that change the same place.
    """
    if is_replacement(update):
        kept = {ID: document[ID]} if ID in document else {}
        return kept | dict(update)
    result = deepcopy(document)
    _require_apart(update)
    for name, changes in update.items():
        if name == SET_ON_INSERT and not is_new:
            continue
        operator = OPERATORS.get(name)
        if operator is None:
            raise unknown_operator(_("update"), name, OPERATORS)
        for dotted, operand in _changes(name, changes).items():
            operator(result, path_of(dotted), deepcopy(operand))
    return result


def _changes(name: str, changes: object) -> Mapping[str, Any]:
    if not isinstance(changes, Mapping):
        raise QueryError(
            _("{operator} takes a document of paths, not {changes!r}").format(
                operator=name, changes=changes
            )
        )
    return changes


def _require_apart(update: Mapping[str, Any]) -> None:
    seen: dict[str, None] = {}
    for name, changes in update.items():
        for path in _changes(name, changes):
            for other in seen:
                if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
                    raise QueryError(
                        _("two operators change the same place: {one!r} and {other!r}").format(
                            one=other, other=path
                        )
                    )
            seen[path] = None


def _number(operator: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QueryError(
            _("{operator} needs a number, not {value!r}").format(operator=operator, value=value)
        )
    return value


def _list_at(operator: str, document: Document, path: Path) -> list[Any] | None:
    found = get(document, path)
    if found is MISSING:
        return None
    return required_list(
        _("{operator} at {path}").format(operator=operator, path=".".join(path)), found
    )


def _each(operand: Any) -> list[Any]:
    if isinstance(operand, dict) and "$each" in operand:
        return required_list("$each", operand["$each"])
    return [operand]


def _increase(document: Document, path: Path, operand: Any) -> None:
    found = get(document, path)
    before = 0 if found is MISSING else _number("$inc", found)
    put(document, path, before + _number("$inc", operand))


def _multiply(document: Document, path: Path, operand: Any) -> None:
    found = get(document, path)
    before = 0 if found is MISSING else _number("$mul", found)
    put(document, path, before * _number("$mul", operand))


def _least(document: Document, path: Path, operand: Any) -> None:
    found = get(document, path)
    if found is MISSING or key_of(operand) < key_of(found):
        put(document, path, operand)


def _most(document: Document, path: Path, operand: Any) -> None:
    found = get(document, path)
    if found is MISSING or key_of(operand) > key_of(found):
        put(document, path, operand)


def _rename(document: Document, path: Path, operand: Any) -> None:
    found = get(document, path)
    if found is not MISSING:
        remove(document, path)
        put(document, path_of(str(operand)), found)


def _push(document: Document, path: Path, operand: Any) -> None:
    held = _list_at("$push", document, path) or []
    held = held + _each(operand)
    kept = operand.get("$slice") if isinstance(operand, dict) and "$each" in operand else None
    if kept is not None:
        count = int(_number("$slice", kept))
        held = held[:count] if count >= 0 else held[count:]
    put(document, path, held)


def _add_to_set(document: Document, path: Path, operand: Any) -> None:
    held = list(_list_at("$addToSet", document, path) or [])
    there = set(map(key_of, held))
    for each in _each(operand):
        if key_of(each) not in there:
            there.add(key_of(each))
            held.append(each)
    put(document, path, held)


def _pull(document: Document, path: Path, operand: Any) -> None:
    held = _list_at("$pull", document, path)
    if held is None:
        return
    if not isinstance(operand, dict):
        goes = key_of(operand)
        put(document, path, [each for each in held if key_of(each) != goes])
    elif operand and next(iter(operand)).startswith("$"):
        inside = filter_of({"element": operand})
        put(document, path, [each for each in held if not inside.matches({"element": each})])
    else:
        meant = filter_of(operand)
        put(
            document,
            path,
            [each for each in held if not (isinstance(each, dict) and meant.matches(each))],
        )


def _pop(document: Document, path: Path, operand: Any) -> None:
    held = _list_at("$pop", document, path)
    if operand not in (1, -1):
        raise QueryError(
            _("$pop takes 1 (the last) or -1 (the first), not {operand!r}").format(operand=operand)
        )
    if held:
        put(document, path, held[:-1] if operand == 1 else held[1:])


def _unset(document: Document, path: Path, _operand: Any) -> None:
    remove(document, path)


SET_ON_INSERT: Final = "$setOnInsert"
OPERATORS: Final[Mapping[str, Operator]] = {
    "$set": put,
    SET_ON_INSERT: put,
    "$unset": _unset,
    "$inc": _increase,
    "$mul": _multiply,
    "$min": _least,
    "$max": _most,
    "$rename": _rename,
    "$push": _push,
    "$addToSet": _add_to_set,
    "$pull": _pull,
    "$pop": _pop,
}
"""What an update may ask for, by operator."""
