"""Any table in CSV as a log: which column is what."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import parse_duration, parse_size
from aio_sim.scenario.fields import Number
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import Target, Unit
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.workloads.common import TaskDemands
from aio_sim.scenario.workloads.trace import TraceWorkload

if TYPE_CHECKING:
    from aio_sim.scenario.readers.rows import Rows, Skips

_TIMES = frozenset({"arrival", "finish", "work", "deadline", "estimate"})


def _one_character(text: str) -> str:
    if len(text) != 1 or text in '\n\r"\0':
        raise ValueError(_("must be one character, and neither a quote nor the end of a line"))
    return text


def _column(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, str) and value:
        return value
    raise ValueError(
        _("must be the name of a column, or its number, from 1; got {value}").format(
            value=shown(value)
        )
    )


ColumnName = Annotated[int | str, BeforeValidator(_column)]
"""A column of a table, by its name in the header or its place from 1."""


class CsvTrace(TraceWorkload, TaskDemands):
    """Any table in CSV: `columns` says which column is what, `scale` in which unit.

    Rows whose work is missing, negative or zero are rejected.
    """

    format: Literal["csv"]
    columns: dict[Target, ColumnName]
    """The column of each field, by its name in the header or its place from 1.

    Needs `work` and either `arrival` or `finish` (a task then arrives its work before)."""
    scale: dict[Target, Number | Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """What 1 in a column is: `ms` or 0.001 (seconds), `MiB`, 0.001 (cores); `timestamp` for dates.

    Where absent: seconds, bytes, cores."""
    header: bool = True
    """Whether the first row names the columns."""
    delimiter: Annotated[str, AfterValidator(_one_character)] = ","
    """What stands between columns: one character."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        findings = Findings("columns")
        if "work" not in self.columns:
            findings.say(_("needs `work`"), "columns")
        if ("arrival" in self.columns) == ("finish" in self.columns):
            findings.say(_("needs either `arrival` or `finish`, and not both"), "columns")
        for target, column in self.columns.items():
            if isinstance(column, str) and not self.header:
                sentence = _("without a header a column is a number, from 1")
                findings.say(sentence, "columns", target, value=column)
        for target, text in self.scale.items():
            self._check_unit(target, text, findings)
        findings.raise_any()
        return self

    def _check_unit(self, target: Target, text: float | str, findings: Findings) -> None:
        if target not in self.columns:
            findings.say(_("is not among the `columns`"), "scale", target)
            return
        try:
            _unit(target, text)
        except ValueError as error:
            findings.say(str(error), "scale", target, value=text)

    def _units(self) -> dict[Target, Unit]:
        units: dict[Target, Unit] = {target: SECOND for target in self.columns if target in _TIMES}
        return units | {target: _unit(target, text) for target, text in self.scale.items()}

    @property
    def shares_cores(self) -> bool:
        """Whether all its tasks share cores by time, for the file does not say otherwise."""
        return "cores" not in self.columns and super().shares_cores

    @property
    def takes_memory(self) -> bool:
        """Whether a task may hold memory, as the file or the scenario says."""
        return "memory" in self.columns or super().takes_memory

    @property
    def has_dates(self) -> bool:
        """Whether arrivals are dates."""
        return "timestamp" in (self.scale.get("arrival"), self.scale.get("finish"))

    @property
    def has_names(self) -> bool:
        """Whether there is a column of ids."""
        return "id" in self.columns

    @property
    def spans(self) -> bool:
        """As the scenario says."""
        return self.span

    def rows(self, skips: Skips) -> Iterator[Rows]:
        """Yield the tasks of the table."""
        from aio_sim.scenario.readers import csv_columns, csv_table

        table = csv_table.Table(self.path, self.header, self.delimiter)
        return csv_columns.read(table, self.columns, self._units(), skips)


def _unit(target: Target, text: float | str) -> Unit:
    """Return what 1 in a column is: nanoseconds, bytes, or a plain number.

    Raises ValueError where that is nothing or below, or the field has no unit.
    """
    unit: Unit
    if target in ("id", "tenant"):
        raise ValueError(_("has no unit"))
    if target in ("arrival", "finish") and text == "timestamp":
        return "timestamp"
    amount = text if not isinstance(text, str) or text[0].isdigit() else f"1{text}"
    if target in _TIMES:
        unit = parse_duration(amount)
    elif target == "memory":
        unit = parse_size(amount)
    elif isinstance(text, str):
        raise ValueError(_("must be a number"))
    else:
        unit = Fraction(repr(text))
    if unit <= 0:
        raise ValueError(_("must be above 0"))
    return unit
