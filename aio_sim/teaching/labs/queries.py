"""The lab on queries: how two storage engines find the same books, and what pages that takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, one_of, stream

if TYPE_CHECKING:
    from aio_sim.storage.document.handle import Handle
    from aio_sim.storage.relational.sql.session import Session

MOST_BOOKS: Final = 10_000
MOST_SHOWN: Final = 20
"""Rows of a result that are kept."""
ENGINES: Final = ("relational", "document")

_FIRST_YEAR: Final = 1900
_YEARS: Final = 120
_BOOKS_OF_AN_AUTHOR: Final = 10


class Question(NamedTuple):
    """One question about the books, for either engine; `of` fills its places from their number."""

    sql: str
    filter: Mapping[str, Any]
    """Of the document engine; a place is the name of a value of `of`."""
    of: Callable[[int], Mapping[str, Any]]


QUESTIONS: Final[Mapping[str, Question]] = {
    "key": Question(
        "SELECT * FROM book WHERE id = {id}", {"_id": "id"}, lambda books: {"id": books // 3}
    ),
    "index": Question(
        "SELECT * FROM book WHERE author = '{author}'",
        {"author": "author"},
        lambda books: {"author": author_of(books // 2, books)},
    ),
    "range": Question(
        "SELECT * FROM book WHERE id BETWEEN {low} AND {high}",
        {"_id": {"$gte": "low", "$lte": "high"}},
        lambda books: {"low": books // 4, "high": books // 4 + books // 10},
    ),
    "scan": Question(
        "SELECT * FROM book WHERE year = {year}",
        {"year": "year"},
        lambda books: {"year": _FIRST_YEAR + books % _YEARS},
    ),
}
"""The questions that are drawn, by what finds the answer."""


@dataclass(frozen=True)
class QueryProblem:
    """So many books in a table and in a collection, and what is asked of each."""

    books: int
    sql: tuple[str, ...]
    filters: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {"books": self.books, "sql": list(self.sql), "find": [dict(f) for f in self.filters]}


class Found(NamedTuple):
    """How an engine answered: by which plan, what it looked at, and what came of it."""

    engine: str
    query: str
    plan: str
    examined: int
    returned: int
    pages: int
    rows: tuple[Any, ...]
    """The first rows."""

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return self._asdict() | {"rows": list(self.rows)}


@dataclass(frozen=True)
class QueryAnswer:
    """How each query was answered, in the order of the problem."""

    found: tuple[Found, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {"queries": [each.as_json() for each in self.found]}


def draw(
    seed: int,
    *,
    books: int | None = None,
    question: str | None = None,
    sql: Sequence[str] = (),
    filters: Sequence[Mapping[str, Any]] = (),
) -> QueryProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    Where neither `sql` nor `filters` are given, a question is put to both engines. Raises
    UnknownName for another question, InputError for too few or too many books.
    """
    if books is None:
        books = 100 * integer(stream(seed, "query", "books"), 3, 9)
    if not 1 <= books <= MOST_BOOKS:
        sentence = _("books: expected 1 to {most}, got {value}")
        raise InputError(sentence.format(most=MOST_BOOKS, value=books))
    if not sql and not filters:
        name = question or one_of(stream(seed, "query", "question"), tuple(QUESTIONS))
        if name not in QUESTIONS:
            raise UnknownName(_("question"), name, QUESTIONS)
        asked = QUESTIONS[name]
        values = asked.of(books)
        sql, filters = [asked.sql.format(**values)], [_filled(asked.filter, values)]
    return QueryProblem(books, tuple(sql), tuple(filters))


def solve(problem: QueryProblem) -> QueryAnswer:
    """Return how each query is answered; each engine really has the books.

    Raises the errors of the engines for queries that they cannot answer.
    """
    session = _table(problem.books) if problem.sql else None
    collection = _collection(problem.books) if problem.filters else None
    found = [_by_sql(session, statement) for statement in problem.sql if session is not None]
    found += [_by_filter(collection, each) for each in problem.filters if collection is not None]
    return QueryAnswer(tuple(found))


def author_of(book: int, books: int) -> str:
    """Return who wrote a book, by its number."""
    return f"Author {book % max(books // _BOOKS_OF_AN_AUTHOR, 1)}"


def _rows(books: int) -> list[tuple[int, str, str, int, int]]:
    return [
        (
            book,
            f"Title {book}",
            author_of(book, books),
            _FIRST_YEAR + book % _YEARS,
            500 + 7 * book % 5000,
        )
        for book in range(books)
    ]


def _filled(form: Any, values: Mapping[str, Any]) -> Any:
    """Return a filter with its places filled."""
    if isinstance(form, Mapping):
        return {name: _filled(part, values) for name, part in form.items()}
    return values[form]


def _table(books: int) -> Session:
    from aio_sim.storage.relational.engine import RelationalEngine
    from aio_sim.storage.relational.settings import Settings, Volume
    from aio_sim.storage.relational.sql.session import Session

    session = Session(RelationalEngine(Volume(Settings(), pages=1000 + books)))
    session.execute(
        "CREATE TABLE book (id INT PRIMARY KEY, title VARCHAR(40), author VARCHAR(40), year INT, "
        "cents INT, KEY (author))"
    )
    session.execute("BEGIN")
    for row in _rows(books):
        session.execute("INSERT INTO book VALUES (?, ?, ?, ?, ?)", row)
    session.execute("COMMIT")
    return session


def _collection(books: int) -> Handle:
    from aio_sim.storage.document.engine import DocumentEngine
    from aio_sim.storage.document.settings import Settings, Volume

    collection = DocumentEngine(Volume(Settings(), pages=1000 + books)).collection("book")
    collection.create_index([("author", 1)])
    for number, title, author, year, cents in _rows(books):
        collection.insert(
            {"_id": number, "title": title, "author": author, "year": year, "cents": cents}
        )
    return collection


def _by_sql(session: Session, statement: str) -> Found:
    result = session.execute(statement)
    plan, examined = "", 0
    if statement.lstrip()[:6].upper() == "SELECT":
        explained = session.execute(f"EXPLAIN {statement}")
        lines = [
            dict(zip(explained.columns, map(_text, row), strict=True)) for row in explained.rows
        ]
        plan = ", ".join(f"{line['type']} {line['key']}".strip() for line in lines)
        examined = sum(int(line["examined"]) for line in lines)
    rows = tuple(list(row) for row in result.rows[:MOST_SHOWN])
    returned = len(result.rows) or result.affected
    pages = result.cost.pages_touched
    return Found("relational", statement, plan, examined, returned, pages, rows)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _by_filter(collection: Handle, query: Mapping[str, Any]) -> Found:
    from json import dumps

    documents = collection.find(query)
    explained = collection.explain(query)
    plan = " <- ".join(explained.stages) + (f" {explained.index}" if explained.index else "")
    return Found(
        "document",
        f"book.find({dumps(query)})",
        plan,
        explained.documents_examined,
        explained.returned,
        explained.cost.pages_touched,
        tuple(documents[:MOST_SHOWN]),
    )
