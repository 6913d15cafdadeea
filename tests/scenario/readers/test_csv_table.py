"""Tables in CSV: quoting, ends of lines, headers, and what is wrong said by line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import WorkloadError
from aio_sim.scenario.readers import csv_table
from aio_sim.scenario.readers.csv_table import Table
from aio_sim.scenario.readers.numbers import FieldError, whole
from aio_sim.scenario.readers.rows import Rows, Skips
from tests.scenario.readers.files import flat, lenient, strict, write


def read(
    table: Table, wanted: Sequence[str | int] = ("a", "b"), skips: Skips | None = None
) -> list[Rows]:
    """Return the rows; the first column wanted is a number, the second a text."""

    def convert(texts: Sequence[str]) -> dict[str, Any]:
        return {"work": csv_table.field(whole, texts[0], str(wanted[0])), "name": texts[1]}

    return list(csv_table.read(table, wanted, convert, skips or strict(table.path)))


def test_columns_are_found_by_their_header_in_any_order(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeffb, c ,a\r\nx,y,1\r\n\r\n"x, ""y""",z,2', "log.gz")
    rows = read(Table(path))
    assert flat(rows, "name") == ["x", 'x, "y"']
    assert flat(rows, "work") == [1, 2]
    assert flat(rows, "index") == [0, 1]
    assert flat(rows, "line") == [2, 4]
    assert flat(read(Table(path), ["a", "c"]), "name") == ["y", "z"]


def test_columns_are_found_by_their_place_from_one(tmp_path: Path) -> None:
    path = write(tmp_path, "x;1\ny;2\n")
    assert flat(read(Table(path, header=False, delimiter=";"), [2, 1]), "name") == ["x", "y"]


texts = st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(st.integers(0, 2**40), texts.filter(bool)), min_size=1))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[int, str]]
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("a", "b"), *table])
    rows = read(Table(write(tmp_path_factory.mktemp("csv"), buffer.getvalue())))
    assert list(zip(flat(rows, "work"), flat(rows, "name"), strict=True)) == table


@pytest.mark.parametrize(
    ("row", "message", "field"),
    [
        ("1", "expected at least 2 columns, found 1", ""),
        ("x,y", "expected a number, got 'x'", "a"),
        ('1,"x"y', "not well-formed CSV", ""),
        ("1,\xff", "not UTF-8", ""),
    ],
)
def test_what_is_wrong_is_said_by_line(tmp_path: Path, row: str, message: str, field: str) -> None:
    path = write(tmp_path, f"a,b\n1,one\n{row}\n2,two\n".encode("latin-1"))
    with pytest.raises(WorkloadError, match=message) as caught:
        read(Table(path))
    assert (caught.value.problem.line, caught.value.problem.field) == (3, field)
    skips = lenient(path)
    assert flat(read(Table(path), skips=skips), "name") == ["one", "two"]
    assert skips.count == 1


def test_a_column_that_is_not_there_is_an_error_even_where_rows_are_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, "alpha,beta\n1,2\n")
    with pytest.raises(WorkloadError, match="no column 'alpa'; did you mean 'alpha'") as caught:
        read(Table(path), ["alpa", "beta"], lenient(path))
    assert caught.value.problem.line == 1
    with pytest.raises(WorkloadError, match="no column 3; the header has 2"):
        read(Table(path), ["alpha", 3], lenient(path))


def test_a_quote_that_is_never_closed_does_not_take_the_memory(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"' + "2,x\n" * 200_000, "log.gz")
    with pytest.raises(WorkloadError, match="not well-formed CSV"):
        read(Table(path))


def test_rows_come_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "CHUNK", 4)
    path = write(tmp_path, "a,b\n" + "1,x\n" * 10)
    assert [len(chunk["line"]) for chunk in read(Table(path))] == [4, 4, 2]


def test_an_error_of_a_format_names_its_field(tmp_path: Path) -> None:
    def convert(_texts: Sequence[str]) -> dict[str, Any]:
        raise FieldError("no good", "b")

    path = write(tmp_path, "a,b\n1,x\n")
    with pytest.raises(WorkloadError, match=":2: b: no good"):
        list(csv_table.read(Table(path), ["a"], convert, strict(path)))
