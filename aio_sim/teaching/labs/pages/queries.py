"""The sheet of the lab on queries."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from typing import TYPE_CHECKING, Any

from aio_sim.kernel.messages import _, plural
from aio_sim.teaching.labs.pages.sheet import Sheet, table
from aio_sim.teaching.labs.queries import MOST_SHOWN, Found, QueryAnswer, QueryProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: QueryProblem, answer: QueryAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("By which plan does each engine find the answer, and how many pages does it touch?"),
        solution=_solution(answer),
        explanation=_explanation(answer),
    )


def _given(problem: QueryProblem) -> Iterator[RenderableType]:
    form = plural("{count:,} book:", "{count:,} books, about ten by each author:", problem.books)
    yield form.format(count=problem.books)
    yield "relational  book (id PRIMARY KEY, title, author, year, cents, KEY (author))"
    yield "document    book {_id, title, author, year, cents}, index {author: 1}"
    yield ""
    for statement in problem.sql:
        yield f"relational  {statement}"
    for query in problem.filters:
        yield f"document    book.find({dumps(query)})"
    yield ""


def _solution(answer: QueryAnswer) -> Iterator[RenderableType]:
    headings = (_("engine"), _("plan"), _("examined"), _("returned"), _("pages"))
    rows = (
        (each.engine, each.plan, each.examined, each.returned, each.pages) for each in answer.found
    )
    yield table(headings, rows, left=(0, 1))


def _explanation(answer: QueryAnswer) -> Iterator[RenderableType]:
    for found in answer.found:
        yield ""
        yield found.query
        why = _why(found)
        if why:
            yield why
        yield from (f"  {_in_words(row)}" for row in found.rows)
        if found.returned > len(found.rows) == MOST_SHOWN:
            yield "  " + _("... and {count:,} more").format(count=found.returned - MOST_SHOWN)


def _why(found: Found) -> str:
    """Return what a plan does."""
    kind, _space, index = found.plan.partition(" ")
    if kind == "range" and index != "PRIMARY":
        kind = "ref"  # the way is the same: by the index to keys, by each key to its row
    forms = {
        "const": _(
            "One row by its primary key: from the root of the tree to the leaf that has it."
        ),
        "range": _(
            "A part of the tree: to its first leaf, then from leaf to leaf. Rows are kept in "
            "the order of the primary key, so that neighbours share pages."
        ),
        "ref": _("By the index: it has primary keys, and each row is then looked up by its own."),
        "ALL": _("No index is used: every leaf of the table is read."),
        "IDHACK": _("One document by `_id`: the index has its record number, then it is fetched."),
        "FETCH": _("By the index: it has record numbers, and each document is fetched by its own."),
        "COLLSCAN": _("No index is used: every document is read."),
    }
    return forms.get(kind, "")


def _in_words(row: Any) -> str:
    return dumps(row, default=str, ensure_ascii=False)
