"""Indexes on paths: which keys a document has in one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import md5
from itertools import product
from typing import Any, Final, TypeAlias

from aio_sim.kernel.messages import _
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.keys import descending, key_of
from aio_sim.storage.document.paths import MISSING, Path, leaves_at, path_of, values_at

RECORD_SIZE: Final = 8
"""Bytes of the number of a record, which ends each key of an index."""
BEHIND: Final = b"\xff"
"""Behind all that can follow a key: kinds of values and numbers of records begin with less."""

HASHED: Final = "hashed"
Fields: TypeAlias = str | Iterable[tuple[str, int | str]]
"""A path, or pairs of a path and 1 (ascending), -1 or "hashed"."""


def hash_of(key: bytes) -> int:
    """Return the hash of a value's key: 64 bits with a sign.

    Source: MongoDB hashes by the first 8 bytes of MD5 (src/mongo/db/hasher.cpp).
    """
    digest = md5(key, usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


@dataclass(frozen=True)
class Field:
    """One field of an index: a path, in ascending order or not."""

    path: Path
    ascending: bool = True
    hashed: bool = False
    """Whether the keys are of the values' hashes, which have no order."""

    def key(self, value: Any) -> bytes:
        """Return the key of a value, or MISSING, in this field."""
        return self.stored(key_of(None if value is MISSING else value))

    def stored(self, key: bytes) -> bytes:
        """Return what the key of a value is in this field."""
        if self.hashed:
            return key_of(hash_of(key))
        return key if self.ascending else descending(key)


@dataclass(frozen=True)
class Index:
    """An index of a collection; `root` is its tree."""

    name: str
    fields: tuple[Field, ...]
    unique: bool = False
    multikey: bool = False
    """Whether some document has, or had, several keys in it."""
    root: int = 0

    def keys(self, document: Document) -> set[bytes]:
        """Return the keys of a document: one for each element where a list is indexed.

        Raises QueryError where two of the fields hold lists.
        """
        parts = [self._part(document, field) for field in self.fields]
        if len(parts) == 1:
            return parts[0]
        if sum(len(part) > 1 for part in parts) > 1:
            raise QueryError(
                _("index {index}: only one of its fields may hold a list").format(index=self.name)
            )
        return {b"".join(combination) for combination in product(*parts)}

    def is_multikey_with(self, document: Document) -> bool:
        """Whether a list is at or on the way to one of the fields of a document."""
        return any(
            isinstance(found, list)
            for field in self.fields
            for length in range(1, len(field.path) + 1)
            for found in values_at(document, field.path[:length])
        )

    def values(self, document: Document) -> tuple[Any, ...]:
        """Return what a document has in the fields, for a message."""
        return tuple(
            next((each for each in values_at(document, field.path) if each is not MISSING), None)
            for field in self.fields
        )

    def encode(self) -> bytes:
        """Return the definition's bytes."""
        fields = [(".".join(each.path), each.ascending, each.hashed) for each in self.fields]
        return json.dumps([self.name, fields, self.unique, self.multikey, self.root]).encode()

    def _part(self, document: Document, field: Field) -> set[bytes]:
        path = field.path
        if len(path) == 1:
            value = document.get(path[0], MISSING)
            if not isinstance(value, list):
                return {field.key(value)}
        return {field.key(value) for value in leaves_at(document, path)} or {field.key(None)}


def decode_index(data: bytes) -> Index:
    """Return the index whose `encode` these bytes are."""
    name, fields, unique, multikey, root = json.loads(data)
    parts = tuple(Field(path_of(path), *kinds) for path, *kinds in fields)
    return Index(name, parts, unique, multikey, root)


def portable(index: Index) -> str:
    """Return a definition as text, without what is true of one database alone."""
    return replace(index, root=0, multikey=False).encode().decode()


def index_of(fields: Fields, *, unique: bool = False, name: str | None = None) -> Index:
    """Return an index on a path, or on pairs of a path and 1 (ascending), -1 or "hashed".

    Without a name it gets MongoDB's, such as `price_1_name_-1`. Raises QueryError for other kinds,
    and for a unique one that is hashed.
    """
    pairs = [(fields, 1)] if isinstance(fields, str) else list(fields)
    kinds = [kind for _path, kind in pairs]
    if not pairs or any(kind not in (1, -1, HASHED) for kind in kinds):
        raise QueryError(
            _("an index has fields, each 1 (ascending), -1 or 'hashed', not {fields!r}").format(
                fields=pairs
            )
        )
    if unique and HASHED in kinds:
        raise QueryError(_("a hashed index cannot be unique"))
    given = "_".join(f"{path}_{direction}" for path, direction in pairs)
    parts = tuple(Field(path_of(path), kind != -1, kind == HASHED) for path, kind in pairs)
    return Index(name or given, parts, unique)


def id_index(root: int) -> Index:
    """Return the index that every collection has: from `_id` to the number of the record."""
    return Index(f"{ID}_", (Field((ID,)),), unique=True, root=root)
