"""CREATE and DROP of tables and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.messages import _
from aio_sim.storage.relational.catalogue import Catalogue
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.schema import Column, ColumnType, Index, TableSchema
from aio_sim.storage.relational.sql.parsing import refuse_others, unsupported

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

_TYPES: Final = {
    **dict.fromkeys(["INT", "BIGINT", "MEDIUMINT", "SMALLINT", "TINYINT"], ColumnType.INTEGER),
    "BOOLEAN": ColumnType.INTEGER,
    "DOUBLE": ColumnType.DOUBLE,
    **dict.fromkeys(["VARCHAR", "CHAR", "TEXT"], ColumnType.TEXT),
    **dict.fromkeys(["VARBINARY", "BINARY", "BLOB"], ColumnType.BLOB),
}


def create(catalogue: Catalogue, node: Expression) -> None:
    """Make a table or an index."""
    refuse_others(node, {"this", "kind", "exists", "unique", "properties"})
    kind = node.text("kind")
    if kind == "TABLE" and type(node.this).__name__ == "Schema":
        schema = _schema(node.this)
        if not (node.args.get("exists") and schema.name in catalogue.names):
            catalogue.create_table(schema)
    elif kind == "INDEX":
        index = node.this
        params = index.args["params"]
        refuse_others(params, {"columns"})
        columns = tuple(_column_name(each.this, each) for each in params.args["columns"])
        made = Index(index.name, columns, bool(node.args.get("unique")), 0)
        catalogue.create_index(index.args["table"].name, made)
    else:
        raise unsupported(f"CREATE {kind}", node)


def drop(catalogue: Catalogue, node: Expression) -> None:
    """Take a table or an index away."""
    refuse_others(node, {"tables", "kind", "exists", "cluster"})
    kind, names = node.text("kind"), [each.name for each in node.args["tables"]]
    if kind == "TABLE":
        for name in names:
            if name in catalogue.names or not node.args.get("exists"):
                catalogue.drop_table(name)
    elif kind == "INDEX" and node.args.get("cluster"):
        catalogue.drop_index(node.args["cluster"].this.name, names[0])
    else:
        raise unsupported(f"DROP {kind}", node)


def _schema(node: Expression) -> TableSchema:
    columns: list[Column] = []
    primary_key: list[str] = []
    indexes: list[Index] = []
    for part in node.expressions:
        kind = type(part).__name__
        if kind == "ColumnDef":
            columns.append(_column(part, primary_key, indexes))
        elif kind == "PrimaryKey":
            primary_key += [each.name for each in part.expressions]
        elif kind in ("IndexColumnConstraint", "UniqueColumnConstraint"):
            indexes.append(_index(part, len(indexes)))
        else:
            raise unsupported(kind.upper(), part)
    kept = tuple(
        Column(each.name, each.type, each.nullable and each.name not in primary_key, each.size)
        for each in columns
    )
    return TableSchema(node.this.name, kept, tuple(primary_key), indexes=tuple(indexes))


def _column(node: Expression, primary_key: list[str], indexes: list[Index]) -> Column:
    """Return a column; what its definition says of keys is added to those."""
    name, nullable = node.name, True
    for constraint in _constraints(node):
        if constraint == "PrimaryKeyColumnConstraint":
            primary_key.append(name)
        elif constraint == "UniqueColumnConstraint":
            indexes.append(Index(name, (name,), True, 0))
        else:
            nullable = False
    kind = node.args["kind"]
    type_name = kind.this.name
    if type_name not in _TYPES:
        raise SqlError(
            _("column {name}: no type {type} here; expected one of {known}").format(
                name=name, type=type_name, known=", ".join(sorted(_TYPES))
            )
        )
    sizes = [int(each.name) for each in kind.expressions]
    is_sized = _TYPES[type_name] in (ColumnType.TEXT, ColumnType.BLOB) and sizes
    return Column(name, _TYPES[type_name], nullable, sizes[0] if is_sized else None)


def _constraints(node: Expression) -> Iterator[str]:
    for constraint in node.args.get("constraints") or ():
        kind = constraint.args["kind"]
        name = type(kind).__name__
        if name == "NotNullColumnConstraint" and kind.args.get("allow_null"):
            continue
        if name not in (
            "NotNullColumnConstraint",
            "PrimaryKeyColumnConstraint",
            "UniqueColumnConstraint",
        ):
            raise unsupported(constraint.sql(), node)
        yield name


def _index(node: Expression, number: int) -> Index:
    is_unique = type(node).__name__ == "UniqueColumnConstraint"
    held = node.this if is_unique else node
    columns = tuple(_column_name(each, node) for each in held.expressions)
    name = held.text("this") or f"{columns[0]}_{number + 1}"
    return Index(name, columns, is_unique, 0)


def _column_name(node: Expression, whole: Expression) -> str:
    if whole.args.get("desc"):
        raise unsupported("DESC", whole)
    if type(node).__name__ not in ("Column", "Identifier"):
        raise unsupported(_("an index on an expression"), whole)
    return node.name
