"""The tables of a database: made, found, given indexes, dropped; each change durable at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.relational.database import CATALOGUE, Database
from aio_sim.storage.relational.errors import LockWaitError, SchemaError
from aio_sim.storage.relational.schema import Index, TableSchema, decode_schema
from aio_sim.storage.relational.table import KeyRange, Table

_TABLE: Final = b"table/"
_LONGEST_PART: Final = 64
"""Bytes of a definition an entry of the catalogue holds; small, so that it fits any page."""


class Catalogue:
    """Definitions are no part of a transaction: as in MySQL, each one commits by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables = {
            schema.name: Table(database.transactions, schema) for schema in self._read()
        }

    @property
    def names(self) -> list[str]:
        """Names of all tables, sorted."""
        return sorted(self._tables)

    def table(self, name: str) -> Table:
        """Return a table; raises UnknownName."""
        if name not in self._tables:
            raise UnknownName(_("table"), name, self._tables)
        return self._tables[name]

    def create_table(self, schema: TableSchema) -> None:
        """Make a table without rows; raises SchemaError where there is one of that name."""
        if schema.name in self._tables:
            raise SchemaError(_("there is a table {table} already").format(table=schema.name))
        roots = [self._database.new_tree() for _tree in range(1 + len(schema.indexes))]
        indexes = (
            replace(index, root=root) for index, root in zip(schema.indexes, roots[1:], strict=True)
        )
        self._publish(replace(schema, root=roots[0], indexes=tuple(indexes)), roots)

    def create_index(self, table: str, index: Index) -> None:
        """Give a table an index over the rows it has.

        Raises SchemaError where it has one of that name, DuplicateKeyError where a unique one
        cannot be, LockWaitError while a transaction holds locks in the table.
        """
        schema = self.table(table).schema
        if index.name in {each.name for each in schema.indexes}:
            raise SchemaError(
                _("table {table} has an index {index} already").format(
                    table=table, index=index.name
                )
            )
        self._require_unused(schema)
        made = replace(index, root=self._database.new_tree())
        wanted = replace(schema, indexes=(*schema.indexes, made))
        try:
            self._fill(Table(self._database.transactions, wanted), made)
        except Exception:
            self._database.publish({}, [], [made.root])
            raise
        self._publish(wanted, [made.root])

    def drop_index(self, table: str, name: str) -> None:
        """Take an index away; raises UnknownName, LockWaitError."""
        schema = self.table(table).schema
        gone = {index.name: index for index in schema.indexes}.pop(name, None)
        if gone is None:
            raise UnknownName(_("index"), name, [index.name for index in schema.indexes])
        self._require_unused(schema)
        kept = tuple(index for index in schema.indexes if index is not gone)
        self._publish(replace(schema, indexes=kept), [], [gone.root])

    def drop_table(self, name: str) -> None:
        """Take a table away with all its rows; raises UnknownName, LockWaitError."""
        schema = self.table(name).schema
        self._require_unused(schema)
        del self._tables[name]
        entries = dict.fromkeys(self._keys(name))
        self._database.publish(entries, [], sorted(schema.trees))

    def _publish(self, schema: TableSchema, made: list[int], gone: list[int] | None = None) -> None:
        self._tables[schema.name] = Table(self._database.transactions, schema)
        data = schema.encode()
        parts = [data[at : at + _LONGEST_PART] for at in range(0, len(data), _LONGEST_PART)]
        entries: dict[bytes, bytes | None] = dict.fromkeys(self._keys(schema.name))
        entries |= {_key(schema.name, number): part for number, part in enumerate(parts)}
        self._database.publish(entries, made, gone or [])

    def _fill(self, table: Table, index: Index) -> None:
        """Add all rows to a new index, a few in each transaction."""
        transactions = self._database.transactions
        filler = transactions.begin()
        try:
            rows = list(table.rows(filler, KeyRange()))
            for row in rows:
                table.add_entry(filler, index, row)
                if len(filler.undo) >= _ROWS_TOGETHER:
                    transactions.commit(filler, flush=False)
                    filler = transactions.begin()
        except BaseException:
            if filler.is_open:
                transactions.rollback(filler)
            raise
        transactions.commit(filler, flush=False)

    def _require_unused(self, schema: TableSchema) -> None:
        holders = self._database.transactions.users(schema.trees)
        if holders:
            raise LockWaitError(0, holders)

    def _keys(self, name: str) -> list[bytes]:
        low = _TABLE + name.encode() + b"/"
        entries = self._database.transactions.tree(CATALOGUE).scan(low, low + b"\xff")
        return [key for key, _part in entries]

    def _read(self) -> Iterator[TableSchema]:
        parts: dict[bytes, bytes] = {}
        for key, part in self._database.transactions.tree(CATALOGUE).scan(_TABLE, _TABLE + b"\xff"):
            name = key.rpartition(b"/")[0]
            parts[name] = parts.get(name, b"") + part
        return map(decode_schema, parts.values())


_ROWS_TOGETHER: Final = 100
"""Rows added to a new index in one transaction. An assumption: some kilobytes of log."""


def _key(name: str, part: int) -> bytes:
    return _TABLE + name.encode() + b"/%04d" % part
