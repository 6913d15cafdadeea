"""Paths such as `author.name` into documents, through lists as MongoDB goes through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.errors import QueryError

Path: TypeAlias = tuple[str, ...]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What stands at a path where a document has nothing."""


def path_of(dotted: str) -> Path:
    """Return the parts of a path; raises QueryError where one is empty or begins with '$'."""
    parts = tuple(dotted.split("."))
    if not all(parts) or any(part.startswith("$") for part in parts):
        raise QueryError(_("{path!r} is no path to a field").format(path=dotted))
    return parts


def values_at(value: Any, path: Path) -> Iterator[Any]:
    """Yield what stands at a path: once for each element of the lists on the way to it.

    MISSING stands for a document on the way that lacks the field.

    Source: MongoDB Manual, Query an Array of Embedded Documents.
    """
    if not path:
        yield value
    elif isinstance(value, dict):
        yield from values_at(value.get(path[0], MISSING), path[1:])
    elif isinstance(value, list):
        if path[0].isdigit() and int(path[0]) < len(value):
            yield from values_at(value[int(path[0])], path[1:])
        for element in value:
            if isinstance(element, dict):
                yield from values_at(element, path)
    else:
        yield MISSING


def leaves_at(value: Any, path: Path) -> Iterator[Any]:
    """Yield what stands at a path, lists there element by element."""
    for found in values_at(value, path):
        if isinstance(found, list):
            yield from found
        else:
            yield found


def get(value: Any, path: Path) -> Any:
    """Return what stands at a path of documents and places in lists, MISSING where nothing does."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def put(document: Any, path: Path, value: Any) -> None:
    """Set what stands at a path, and make the documents that lead to it.

    Raises QueryError where something else is in the way.
    """
    holder = document
    for place, part in enumerate(path[:-1]):
        inside = get(holder, (part,))
        if inside is MISSING:
            inside = {}
            _set(holder, part, inside, path[: place + 1])
        holder = inside
    _set(holder, path[-1], value, path)


def remove(document: Any, path: Path) -> None:
    """Take away what stands at a path; in a list it becomes null, so that the others stay."""
    holder = get(document, path[:-1])
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
    elif isinstance(holder, list) and get(holder, path[-1:]) is not MISSING:
        holder[int(path[-1])] = None


def _set(holder: Any, part: str, value: Any, path: Path) -> None:
    if isinstance(holder, dict):
        holder[part] = value
        return
    if isinstance(holder, list) and part.isdigit() and int(part) < len(holder) + _FARTHEST:
        holder.extend([None] * (int(part) + 1 - len(holder)))
        holder[int(part)] = value
        return
    raise QueryError(
        _("cannot make {path!r}: {value!r} is in the way").format(path=".".join(path), value=holder)
    )


_FARTHEST: Final = 1_500_000
"""Places a list may be filled up by. Source: MongoDB, pathsupport::kMaxPaddingAllowed."""
