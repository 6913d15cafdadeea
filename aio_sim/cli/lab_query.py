"""`aio-sim lab query`: the same books in two storage engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from collections.abc import Mapping


def query(
    books: Annotated[int | None, typer.Option(metavar="N", min=1, help="Books.")] = None,
    question: Annotated[
        str | None, typer.Option(metavar="NAME", help="key, index, range or scan: to both engines.")
    ] = None,
    sql: Annotated[
        Values, typer.Option(metavar="STATEMENT", help="To the relational engine; repeatable.")
    ] = None,
    find: Annotated[
        Values, typer.Option(metavar="JSON", help="A filter for the document engine; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Query two storage engines: which plan each takes, and how many pages that touches."""
    from aio_sim.teaching.labs.pages.queries import sheet
    from aio_sim.teaching.labs.queries import draw, solve

    filters = [_filter(text) for text in find or ()]
    problem = draw(seed, books=books, question=question, sql=sql or (), filters=filters)
    drawn = books is None or (question is None and not sql and not filters)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def _filter(text: str) -> Mapping[str, Any]:
    from json import JSONDecodeError, loads

    try:
        found = loads(text)
    except (JSONDecodeError, RecursionError) as error:
        sentence = _("--find: not JSON: {error}")
        raise InputError(sentence.format(error=error)) from None
    if not isinstance(found, dict):
        raise InputError(
            _("--find: expected an object such as {example}").format(example='{"_id": 7}')
        )
    return found
