"""Tables and their columns: what a row must look like, and where it is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import SchemaError
from aio_sim.storage.relational.values import (
    FEWEST_INTEGER,
    LARGEST_INTEGER,
    Value,
    key_of,
    values_of,
)


class ColumnType(Enum):
    """What a column may hold; whole numbers have 64 bits."""

    INTEGER = "integer"
    DOUBLE = "double"
    TEXT = "text"
    BLOB = "blob"


@dataclass(frozen=True)
class Column:
    """A column; `size` is the most characters or bytes it holds, None where that is open."""

    name: str
    type: ColumnType
    nullable: bool = True
    size: int | None = None

    def check(self, value: object) -> Value:
        """Return a value as the column keeps it.

        Raises SchemaError for one of another type, too large, or NULL where that is not allowed.
        """
        if value is None:
            if not self.nullable:
                raise SchemaError(_("{column} must not be NULL").format(column=self.name))
            return None
        kept = self._converted(value)
        if kept is None:
            raise SchemaError(
                _("{column} is {type}, and {value!r} is not").format(
                    column=self.name, type=self.type.value, value=value
                )
            )
        if isinstance(kept, str | bytes) and self.size is not None and len(kept) > self.size:
            raise SchemaError(
                _("{column} holds {size} at most, and {value!r} has {length}").format(
                    column=self.name, size=self.size, value=kept, length=len(kept)
                )
            )
        return kept

    def _converted(self, value: object) -> Value:
        if self.type is ColumnType.INTEGER:
            fits = isinstance(value, int) and FEWEST_INTEGER <= value <= LARGEST_INTEGER
            return int(value) if fits and isinstance(value, int) else None
        if self.type is ColumnType.DOUBLE:
            fits = isinstance(value, int | float) and math.isfinite(value)
            return float(value) if fits and isinstance(value, int | float) else None
        kind = str if self.type is ColumnType.TEXT else bytes
        return value if isinstance(value, kind) else None


@dataclass(frozen=True)
class Index:
    """A secondary index: a tree from the values of some columns to primary keys."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    root: int


@dataclass(frozen=True)
class TableSchema:
    """A table: its columns, its primary key, and the roots of its trees.

    Raises SchemaError for columns that are named twice, and a primary key that is none.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    root: int = 0
    indexes: tuple[Index, ...] = ()

    def __post_init__(self) -> None:
        names = self.column_names
        if len(set(names)) < len(names):
            raise SchemaError(_("table {table}: two columns have one name").format(table=self.name))
        if not self.primary_key:
            raise SchemaError(_("table {table}: a primary key is needed").format(table=self.name))
        for column in (
            *self.primary_key,
            *(each for index in self.indexes for each in index.columns),
        ):
            self.place(column)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.column_names)}

    @property
    def trees(self) -> set[int]:
        """Roots of all trees of the table."""
        return {self.root, *(index.root for index in self.indexes)}

    def place(self, column: str) -> int:
        """Return the place of a column in a row; raises UnknownName."""
        try:
            return self._places[column]
        except KeyError:
            raise UnknownName(_("column"), column, self.column_names) from None

    def row(self, values: Mapping[str, object]) -> tuple[Value, ...]:
        """Return a row of some values, the others NULL; raises SchemaError, UnknownName."""
        for name in values:
            self.place(name)
        return tuple(column.check(values.get(column.name)) for column in self.columns)

    def key(self, row: tuple[Value, ...]) -> bytes:
        """Return the primary key of a row as bytes."""
        return key_of(self.values_at(row, self.primary_key))

    def key_for(self, key: object) -> bytes:
        """Return the primary key that a value, or a tuple of values, stands for.

        Raises InputError where it has another number of columns, SchemaError for a wrong value.
        """
        values = key if isinstance(key, tuple) else (key,)
        if len(values) != len(self.primary_key):
            raise InputError(
                _("the primary key of {table} has {count} columns, not {given}").format(
                    table=self.name, count=len(self.primary_key), given=len(values)
                )
            )
        columns = (self.columns[self.place(name)] for name in self.primary_key)
        return key_of(column.check(value) for column, value in zip(columns, values, strict=True))

    def record(self, row: tuple[Value, ...]) -> dict[str, Value]:
        """Return the values of a row by column."""
        return dict(zip(self.column_names, row, strict=True))

    def stored(self, row: bytes) -> StoredRecord:
        """Return the values of a row by column, read from its bytes when somebody looks."""
        return StoredRecord(self, row)

    def values_at(self, row: tuple[Value, ...], columns: tuple[str, ...]) -> tuple[Value, ...]:
        """Return the values of some columns of a row."""
        return tuple(row[self.place(column)] for column in columns)

    def encode(self) -> bytes:
        """Return the bytes that the catalogue keeps."""
        columns = [[each.name, each.type.value, each.nullable, each.size] for each in self.columns]
        indexes = [[each.name, each.columns, each.unique, each.root] for each in self.indexes]
        return json.dumps([self.name, columns, self.primary_key, self.root, indexes]).encode()


class StoredRecord(Mapping[str, Value]):
    """The values of a row by column; its bytes are read at the first look."""

    __slots__ = ("_bytes", "_schema", "_values")

    def __init__(self, schema: TableSchema, row: bytes) -> None:
        self._schema = schema
        self._bytes = row
        self._values: dict[str, Value] | None = None

    def _read(self) -> dict[str, Value]:
        if self._values is None:
            self._values = self._schema.record(values_of(self._bytes))
        return self._values

    def __getitem__(self, column: str) -> Value:
        return self._read()[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schema.column_names)

    def __len__(self) -> int:
        return len(self._schema.columns)

    def __repr__(self) -> str:
        return repr(self._read())


def decode_schema(data: bytes) -> TableSchema:
    """Return the table that the catalogue's bytes stand for."""
    name, columns, primary_key, root, indexes = json.loads(data)
    return TableSchema(
        name, tuple(map(_column, columns)), tuple(primary_key), root, tuple(map(_index, indexes))
    )


def _column(fields: list[Any]) -> Column:
    name, kind, nullable, size = fields
    return Column(name, ColumnType(kind), nullable, size)


def _index(fields: list[Any]) -> Index:
    name, columns, unique, root = fields
    return Index(name, tuple(columns), unique, root)
