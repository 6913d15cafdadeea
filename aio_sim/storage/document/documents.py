"""Documents: what they may hold, and their form in bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.errors import DocumentError

Document: TypeAlias = dict[str, Any]
"""Fields by name: None, truth, numbers, text, lists and documents."""

ID: Final = "_id"
DEEPEST: Final = 100
"""Levels of documents and lists. Source: MongoDB Manual, Limits: nested depth."""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes. Source: MongoDB Manual, Limits: BSON document size."""

_INTEGERS: Final = range(-(2**63), 2**63)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def checked(document: Mapping[str, object]) -> Document:
    """Return a document as it will be kept, its fields checked.

    Raises DocumentError for what a document cannot hold; says where.
    """
    if not isinstance(document, Mapping):
        raise DocumentError(
            _("a document is fields with names, not {kind}").format(kind=type(document).__name__)
        )
    for name in document:
        if isinstance(name, str) and name.startswith("$"):
            raise DocumentError(
                _("a field of a document cannot begin with '$': {name!r}").format(name=name)
            )
    for name, value in document.items():
        _check(value, name, 1)
    _check_name(document, "")
    return dict(document)


def check_id(value: object) -> None:
    """Raise DocumentError where a value cannot be the `_id` of a document."""
    if isinstance(value, list):
        raise DocumentError(_("_id cannot be a list"))


def encode(document: Document) -> bytes:
    """Return the bytes of a document, as JSON; raises DocumentError above 16 MiB."""
    data = _encoder.encode(document).encode("utf-8", "surrogatepass")
    if len(data) > LARGEST:
        raise DocumentError(
            _("a document of {size} bytes is too large: at most {most}").format(
                size=len(data), most=LARGEST
            )
        )
    return data


def decode(data: bytes) -> Document:
    """Return the document that `encode` made these bytes of."""
    found: Document = json.loads(data)
    return found


def _check(value: Any, where: str, depth: int) -> None:
    kind = value.__class__
    if kind is str or kind is bool or value is None:
        return
    if kind is int and value in _INTEGERS:
        return
    if kind is float and isfinite(value):
        return
    if kind is list or kind is dict:
        _check_inside(value, where, depth)
        return
    raise DocumentError(
        _("{where}: {value!r} cannot be kept; expected {expected}").format(
            where=where,
            value=value,
            expected=_("null, truth, text, a finite number of 64 bits, a list or a document"),
        )
    )


def _check_inside(value: Any, where: str, depth: int) -> None:
    if depth >= DEEPEST:
        raise DocumentError(
            _("{where}: more than {deepest} levels deep").format(where=where, deepest=DEEPEST)
        )
    if isinstance(value, dict):
        _check_name(value, where)
        value = list(value.items())
    else:
        value = list(enumerate(value))
    for name, each in value:
        _check(each, f"{where}.{name}", depth + 1)


def _check_name(fields: Mapping[str, object], where: str) -> None:
    for name in fields:
        if not isinstance(name, str) or "\0" in name:
            raise DocumentError(
                _("{where}: {name!r} cannot be the name of a field").format(where=where, name=name)
            )
