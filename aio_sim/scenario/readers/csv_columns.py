"""Any CSV: which of its columns is a task's arrival, work, cores, ..., and in what unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario.fields import LARGEST_WEIGHT, LEAST_WEIGHT, weight_expected
from aio_sim.scenario.readers import csv_table
from aio_sim.scenario.readers.numbers import FieldError, exact, moment, scaled
from aio_sim.scenario.readers.rows import Rows, Skips
from aio_sim.scenario.readers.terms import Target, Unit


def read(
    table: csv_table.Table,
    columns: Mapping[Target, str | int],
    units: Mapping[Target, Unit],
    skips: Skips,
) -> Iterator[Rows]:
    """Yield the tasks of a table; `columns` has `work` and one of `arrival` and `finish`.

    Given `finish`, a task arrives its work before. A row whose work is missing, negative or zero,
    or whose cores are negative, is refused; another number that is missing, or a negative memory,
    deadline or estimate, is as if there were no such column.

    Raises WorkloadError for what is not in the format, as `skips` has it.
    """
    targets = tuple(columns)
    converts = [_converter(target, units.get(target, 1)) for target in targets]
    labels = [_label(columns[target]) for target in targets]

    def task(texts: Sequence[str]) -> dict[str, Any]:
        row: dict[str, Any] = {"refused": None}
        for target, convert, label, text in zip(targets, converts, labels, texts, strict=True):
            row[target] = csv_table.field(convert, text, label)
        return _checked(row)

    return csv_table.read(table, [columns[target] for target in targets], task, skips)


def _label(column: str | int) -> str:
    return column if isinstance(column, str) else _("column {number}").format(number=column)


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row under the names of Rows, refused where it cannot be run."""
    work = row["work"]
    if work <= 0:
        sentence = _("unknown run time") if work < 0 else _("zero run time")
        row["refused"] = RejectionReason(Cause.NO_RUN_TIME, sentence)
        row["work"] = 0
    if row.get("cores", 0) < 0:
        unknown = RejectionReason(Cause.NO_PROCESSORS, _("unknown number of processors"))
        row["refused"] = row["refused"] or unknown
        row["cores"] = 0
    if "finish" in row:
        row["arrival"] = row.pop("finish") - row["work"]
    if "id" in row:
        row["name"] = row.pop("id")
    return row


Convert = Callable[[str], Any]


def _converter(target: Target, unit: Unit) -> Convert:
    """Return what turns a text of the file into the value of a task's field."""
    if target == "id":
        return _identifier
    if target == "tenant":
        return lambda text: text.strip() or None
    if target in ("arrival", "finish"):
        return moment if unit == "timestamp" else lambda text: scaled(text, _number(unit))
    if target in ("priority", "weight"):
        return _real(target, _number(unit))
    if target == "cores":
        return _missing_is(0, lambda text: _up(text, _number(unit)))
    missing = _WHERE_MISSING[target]
    return _missing_is(missing, lambda text: max(scaled(text, _number(unit)), missing))


_WHERE_MISSING: Final[Mapping[Target, int]] = {
    "work": -1,
    "memory": 0,
    "deadline": -1,
    "estimate": -1,
}


def _number(unit: Unit) -> int | Fraction:
    assert not isinstance(unit, str)  # only arrival and finish may be timestamps
    return unit


def _missing_is(value: int, convert: Convert) -> Convert:
    return lambda text: convert(text) if text and not text.isspace() else value


def _identifier(text: str) -> str:
    if not (name := text.strip()):
        raise FieldError(_("expected an id, got nothing"))
    return name


def _up(text: str, unit: int | Fraction) -> int:
    """Return whole cores that hold the number; -1 where it is negative."""
    cores = ceil(exact(text) * unit)
    if cores > LARGEST:
        raise FieldError(_("{text} is too large").format(text=text.strip()))
    return max(cores, -1)


def _real(target: Target, unit: int | Fraction) -> Convert:
    def convert(text: str) -> float:
        if not text.strip():
            return 1.0 if target == "weight" else 0.0
        number = float(exact(text) * unit)
        if target == "weight" and not LEAST_WEIGHT <= number <= LARGEST_WEIGHT:
            sentence = _("expected {expected}, got {text}")
            raise FieldError(sentence.format(expected=weight_expected(), text=text.strip()))
        return number

    return convert
