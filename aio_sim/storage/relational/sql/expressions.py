"""Expressions of SQL as functions from a row to a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import SqlError
from aio_sim.storage.relational.sql import operators
from aio_sim.storage.relational.sql.parsing import unsupported
from aio_sim.storage.relational.table import Row
from aio_sim.storage.relational.values import Value

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

Compiled: TypeAlias = Callable[[Row], Value]

_BINARY: Final[dict[str, operators.Binary]] = {
    "And": operators.both,
    "Or": operators.either,
    "EQ": operators.equal,
    "NEQ": operators.different,
    "LT": operators.below,
    "LTE": operators.not_above,
    "GT": operators.above,
    "GTE": operators.not_below,
    "Add": operators.add,
    "Sub": operators.subtract,
    "Mul": operators.multiply,
    "Div": operators.divide,
    "IntDiv": operators.whole_quotient,
    "Mod": operators.remainder,
    "Like": operators.like,
}
AGGREGATES: Final = ("Count", "Sum", "Avg", "Min", "Max")


@dataclass
class Scope:
    """The columns that an expression may name, in the order of the row that it gets.

    A row may go on with the values of `aggregates`, where those are collected.
    """

    columns: list[tuple[str, str]]
    """Table (or its alias) and name of each column."""
    parameters: Sequence[object] = ()
    aggregates: list[Expression] | None = None
    """Aggregates met so far; None where there may be none."""
    aliases: dict[str, Expression] = field(default_factory=dict)
    """Names that the select list gives to expressions, for HAVING and ORDER BY."""

    def place(self, column: Expression) -> int:
        """Return where a column stands in the row; raises UnknownName, SqlError."""
        name, table = column.name, column.text("table")
        places = [
            place
            for place, (of, known) in enumerate(self.columns)
            if known == name and table in ("", of)
        ]
        if not places:
            full = f"{table}.{name}" if table else name
            known_names = [f"{of}.{known}" if table else known for of, known in self.columns]
            raise UnknownName(_("column"), full, known_names)
        if len(places) > 1:
            raise SqlError(_("column {name} is in both tables: say which").format(name=name))
        return places[0]

    def has(self, column: Expression) -> bool:
        """Whether a column is one of these."""
        name, table = column.name, column.text("table")
        return any(known == name and table in ("", of) for of, known in self.columns)


def compiled(node: Expression, scope: Scope) -> Compiled:
    """Return the function that works out an expression.

    Raises SqlError for what is not in the subset, UnknownName for a column there is not.
    """
    kind = type(node).__name__
    if kind in _BINARY:
        return _binary(_BINARY[kind], compiled(node.this, scope), compiled(node.expression, scope))
    if kind in AGGREGATES:
        return _aggregate(node, scope)
    maker = _MAKERS.get(kind)
    if maker is None:
        raise unsupported(kind.upper(), node)
    return maker(node, scope)


def constant(node: Expression, parameters: Sequence[object]) -> Value:
    """Return the value of an expression that names no column."""
    return compiled(node, Scope([], parameters))(())


def _binary(operation: operators.Binary, left: Compiled, right: Compiled) -> Compiled:
    return lambda row: operation(left(row), right(row))


def _column(node: Expression, scope: Scope) -> Compiled:
    if not node.text("table") and node.name in scope.aliases and not scope.has(node):
        return compiled(scope.aliases[node.name], scope)
    place = scope.place(node)
    return lambda row: row[place]


def _aggregate(node: Expression, scope: Scope) -> Compiled:
    if scope.aggregates is None:
        raise SqlError(
            _("{sql} cannot stand here: only SELECT, HAVING and ORDER BY add up rows").format(
                sql=node.sql()
            )
        )
    if node not in scope.aggregates:
        scope.aggregates.append(node)
    place = len(scope.columns) + scope.aggregates.index(node)
    return lambda row: row[place]


def _literal(node: Expression, _scope: Scope) -> Compiled:
    text = str(node.this)
    value: Value = text
    if not node.args["is_string"]:
        value = int(text) if text.isdigit() else float(text)
    return lambda _row: value


def _hexadecimal(node: Expression, _scope: Scope) -> Compiled:
    value = bytes.fromhex(node.name)
    return lambda _row: value


def _null(_node: Expression, _scope: Scope) -> Compiled:
    return lambda _row: None


def _boolean(node: Expression, _scope: Scope) -> Compiled:
    value = int(bool(node.this))
    return lambda _row: value


def _parameter(node: Expression, scope: Scope) -> Compiled:
    number = int(node.name.removeprefix("p"))
    if number >= len(scope.parameters):
        raise SqlError(
            _("the statement has more ? than the {count} values given").format(
                count=len(scope.parameters)
            )
        )
    given = scope.parameters[number]
    if given is not None and not isinstance(given, int | float | str | bytes):
        raise SqlError(_("{value!r} is no value of SQL").format(value=given))
    value = int(given) if isinstance(given, bool) else given
    return lambda _row: value


def _inside(node: Expression, scope: Scope) -> Compiled:
    return compiled(node.this, scope)


def _not(node: Expression, scope: Scope) -> Compiled:
    operand = compiled(node.this, scope)
    return lambda row: operators.negated(operand(row))


def _minus(node: Expression, scope: Scope) -> Compiled:
    operand = compiled(node.this, scope)
    return lambda row: operators.subtract(0, operand(row))


def _is(node: Expression, scope: Scope) -> Compiled:
    operand = compiled(node.this, scope)
    kind = type(node.expression).__name__
    if kind == "Null":
        return lambda row: int(operand(row) is None)
    if kind != "Boolean":
        raise unsupported("IS", node)
    test = operators.is_true if node.expression.this else operators.is_false
    return lambda row: int(test(operand(row)))


def _in(node: Expression, scope: Scope) -> Compiled:
    if not node.expressions:
        raise unsupported("IN (SELECT)", node)
    operand = compiled(node.this, scope)
    others = [compiled(each, scope) for each in node.expressions]
    return lambda row: operators.is_in(operand(row), [other(row) for other in others])


def _between(node: Expression, scope: Scope) -> Compiled:
    operand = compiled(node.this, scope)
    low, high = compiled(node.args["low"], scope), compiled(node.args["high"], scope)

    def inside(row: Row) -> Value:
        value = operand(row)
        return operators.both(
            operators.not_below(value, low(row)), operators.not_above(value, high(row))
        )

    return inside


_MAKERS: Final[dict[str, Callable[[Expression, Scope], Compiled]]] = {
    "Column": _column,
    "Literal": _literal,
    "HexString": _hexadecimal,
    "Null": _null,
    "Boolean": _boolean,
    "Placeholder": _parameter,
    "Paren": _inside,
    "Alias": _inside,
    "Not": _not,
    "Neg": _minus,
    "Is": _is,
    "In": _in,
    "Between": _between,
}
