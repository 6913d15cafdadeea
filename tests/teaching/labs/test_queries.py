"""The lab on queries: both engines find what a list of books has, by the plans of the manuals."""

from __future__ import annotations

import pytest

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.queries import QUESTIONS, Found, author_of, draw, solve

BOOKS = 300


def answers(question: str) -> tuple[Found, Found]:
    relational, document = solve(draw(0, books=BOOKS, question=question)).found
    return relational, document


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_engines_find_the_same_books(question: str) -> None:
    relational, document = answers(question)
    ids = [row[0] for row in relational.rows]
    assert sorted(ids) == sorted(each["_id"] for each in document.rows)
    assert relational.returned == document.returned > 0


@pytest.mark.parametrize(
    ("question", "plans", "examined"),
    [
        ("key", ("const PRIMARY", "IDHACK _id_"), 1),
        ("index", ("ref author_1", "FETCH <- IXSCAN author_1"), 10),
        ("range", ("range PRIMARY", "FETCH <- IXSCAN _id_"), 31),
        ("scan", ("ALL", "COLLSCAN"), BOOKS),
    ],
)
def test_plans_and_what_they_look_at_are_as_the_manuals_say(
    question: str, plans: tuple[str, str], examined: int
) -> None:
    found = answers(question)
    assert tuple(each.plan for each in found) == plans
    assert [each.examined for each in found] == [examined, examined]


def test_neighbours_by_key_share_pages_only_where_rows_are_kept_in_its_order() -> None:
    relational, document = answers("range")
    assert relational.pages <= 3
    assert document.pages > document.returned


def test_an_answer_is_that_of_the_list_of_books() -> None:
    _relational, document = answers("index")
    author = document.rows[0]["author"]
    wrote = [book for book in range(BOOKS) if author_of(book, BOOKS) == author]
    assert [each["_id"] for each in document.rows] == wrote


def test_statements_of_ones_own_are_run_one_after_the_other() -> None:
    statements = [
        "UPDATE book SET cents = 1 WHERE id < 5",
        "SELECT SUM(cents) FROM book WHERE id < 5",
    ]
    update, total = solve(draw(0, books=10, sql=statements)).found
    assert (update.returned, update.plan) == (5, "")
    assert total.rows == ([5],)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(UnknownName, match="unknown question 'kye'"):
        draw(0, question="kye")
    with pytest.raises(InputError, match="books: expected 1 to"):
        draw(0, books=10**6)
    with pytest.raises(UnknownName, match="did you mean 'book'"):
        solve(draw(0, books=2, sql=["SELECT * FROM boook"]))
