"""Statements as sqlglot's trees, with errors that say where and what is understood."""

from __future__ import annotations

import logging
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _
from aio_sim.storage.relational.errors import SqlError

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

DIALECT: Final = "mysql"
STATEMENTS: Final = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE TABLE, CREATE INDEX, DROP TABLE, DROP INDEX, BEGIN, "
    "COMMIT, ROLLBACK, SET TRANSACTION ISOLATION LEVEL, EXPLAIN SELECT"
)
_CACHED: Final = 512
"""Statements of which the tree is kept: parsing takes longer than running most of them."""


def library() -> ModuleType:
    """Return sqlglot; raises AioSimError where it is not installed."""
    try:
        import sqlglot
    except ImportError:
        raise AioSimError(_("SQL needs sqlglot: pip install 'aio-sim[storage]'")) from None
    # Its only warning, of a statement it does not know, is an error here.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    return sqlglot


@lru_cache(maxsize=_CACHED)
def parse(sql: str) -> Expression:
    """Return the tree of one statement, in which each `?` is a parameter with its number.

    Raises SqlError with the line and the column, AioSimError where sqlglot is not installed.
    """
    sqlglot = library()
    if not sql.strip(" \t\n\r;"):
        raise SqlError(_("an empty statement; expected {known}").format(known=STATEMENTS))
    try:
        tree: Expression | None = sqlglot.parse_one(_numbered(sql), dialect=DIALECT)
    except sqlglot.errors.TokenError as error:
        raise SqlError(_("this is no SQL: {error}").format(error=error)) from None
    except sqlglot.errors.ParseError as error:
        raise _not_understood(error.errors[0]) from None
    if tree is None or type(tree).__name__ in ("Command", "Block"):
        raise SqlError(
            _("expected one statement of {statements}; this begins with {begin!r}").format(
                statements=STATEMENTS, begin=sql[:20]
            )
        )
    return tree


def _numbered(sql: str) -> str:
    """Return a statement in which the parameters have names: `:p0`, `:p1`, in order."""
    if "?" not in sql:
        return sql
    from sqlglot.dialects.dialect import Dialect

    parts, end, count = [], 0, 0
    for token in Dialect.get_or_raise(DIALECT).tokenize(sql):
        if token.token_type.name == "PLACEHOLDER":
            parts += [sql[end : token.start], f":p{count} "]
            end, count = token.end + 1, count + 1
    return "".join([*parts, sql[end:]])


def _not_understood(error: dict[str, object]) -> SqlError:
    return SqlError(
        _("line {line}, column {column}: {what} at {word!r}").format(
            line=error["line"],
            column=error["col"],
            what=str(error["description"]).partition(" but got ")[0],
            word=error["highlight"],
        )
    )


def refuse_others(node: Expression, understood: set[str]) -> None:
    """Raise SqlError where a node has a part that is not understood, rather than ignore it."""
    for name, part in node.args.items():
        if part and name not in understood:
            raise unsupported(name.strip("_").upper(), node)


def unsupported(what: str, node: Expression) -> SqlError:
    """Return the error for something outside the subset."""
    return SqlError(
        _("{what} is not in this subset of SQL: {sql}; supported: {known}").format(
            what=what, sql=node.sql(dialect=DIALECT), known=STATEMENTS
        )
    )
