"""INSERT, UPDATE and DELETE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.catalogue import Catalogue
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.locks import LockMode
from aio_sim.storage.relational.sql.expressions import compiled, constant
from aio_sim.storage.relational.sql.parsing import refuse_others, unsupported
from aio_sim.storage.relational.sql.sources import Source, single
from aio_sim.storage.relational.table import Row
from aio_sim.storage.relational.transaction import Transaction

if TYPE_CHECKING:
    from sqlglot.expressions import Expression


def insert(
    catalogue: Catalogue, node: Expression, parameters: Sequence[object], transaction: Transaction
) -> int:
    """Add rows; return how many."""
    refuse_others(node, {"this", "expression"})
    values = node.expression
    if type(values).__name__ != "Values":
        raise unsupported("INSERT ... SELECT", node)
    target = node.this
    has_columns = type(target).__name__ == "Schema"
    table = catalogue.table(target.this.name if has_columns else target.name)
    names = [each.name for each in target.expressions] if has_columns else None
    columns = list(table.schema.column_names) if names is None else names
    rows = [
        [constant(each, parameters) for each in tuple_.expressions] for tuple_ in values.expressions
    ]
    for row in rows:
        if len(row) != len(columns):
            raise SqlError(
                _("{count} values for {columns} columns").format(
                    count=len(row), columns=len(columns)
                )
            )
        table.insert(transaction, table.schema.row(dict(zip(columns, row, strict=True))))
    return len(rows)


def update(
    catalogue: Catalogue, node: Expression, parameters: Sequence[object], transaction: Transaction
) -> int:
    """Change rows; return how many met the condition."""
    refuse_others(node, {"this", "expressions", "where"})
    source = _source(catalogue, node, parameters)
    table = source.tables[0].table
    schema = table.schema
    settings = [
        (schema.place(each.this.name), compiled(each.expression, source.scope))
        for each in node.expressions
    ]
    rows = _locked(source, transaction)
    for row in rows:
        new = list(row)
        for place, value in settings:  # from left to right, each seeing those before, as in MySQL
            new[place] = schema.columns[place].check(value(tuple(new)))
        table.update(transaction, row, tuple(new))
    return len(rows)


def delete(
    catalogue: Catalogue, node: Expression, parameters: Sequence[object], transaction: Transaction
) -> int:
    """Take rows away; return how many."""
    refuse_others(node, {"this", "where"})
    source = _source(catalogue, node, parameters)
    rows = _locked(source, transaction)
    for row in rows:
        source.tables[0].table.delete(transaction, row)
    return len(rows)


def _source(catalogue: Catalogue, node: Expression, parameters: Sequence[object]) -> Source:
    where = node.args.get("where")
    return single(catalogue, node.this, None if where is None else where.this, parameters)


def _locked(source: Source, transaction: Transaction) -> list[Row]:
    """Return the rows, exclusively locked; all of them before any is changed."""
    return list(source.rows(transaction, LockMode.EXCLUSIVE))
