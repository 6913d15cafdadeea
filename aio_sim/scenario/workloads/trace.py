"""Tasks read from a log: what a real system was asked to do, and when."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import Count, ExistingFile, Number
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import Fits
from aio_sim.scenario.workloads.common import (
    OpenWorkload,
    PositiveDuration,
    TaskAttributes,
    TaskSource,
)
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.scenario.readers.replay import Window
    from aio_sim.scenario.readers.rows import Rows, Skips
    from aio_sim.scenario.workloads.columns import Attributes


class TraceWorkload(OpenWorkload, TaskAttributes):
    """Tasks read from a file as they are needed, plain or .gz, a chunk at a time.

    Rows may stand up to 16,384 rows late against the order of arrival.
    """

    kind: Literal["trace"] = "trace"
    format: str
    path: ExistingFile
    """The file, text or .gz; relative to the folder of the scenario."""
    limit: Count | None = None
    """How many tasks are taken, those that are rejected not counted; all where absent."""
    time_scale: Annotated[Number, Field(ge=1e-9, le=1e9)] = 1
    """Arrivals are multiplied by this (0.5: twice as fast), 1e-9 to 1e9; work is not."""
    start: Duration | None = Field(
        None,
        alias="from",
        description="Rows that arrive before this moment (seconds of the log) are left out, and it "
        "becomes time 0.",
    )
    end: PositiveDuration | None = Field(
        None,
        alias="to",
        description="Rows that arrive at this moment (seconds of the log) or later are left out.",
    )
    origin: Literal["file", "first"] | None = None
    """What is 0 in seconds of the log: the file's own 0, or its earliest row.

    Where absent: the earliest row of a file with dates, else the file's own 0."""
    on_error: Literal["stop", "skip"] = "stop"
    """What to do at a row that cannot be read: stop with its line, or count it and go on."""

    @model_serializer(mode="wrap")
    def _keep_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the fields as a file has them, `kind` and `format` first, even where left out."""
        return {"kind": self.kind, "format": self.format, **super()._keep_kind(serialize)}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        findings = Findings("from")
        if self.start is not None and self.end is not None and self.start >= self.end:
            findings.say(_("must be before `to`"), "from")
        findings.raise_any()
        return self

    @abstractmethod
    def rows(self, skips: Skips) -> Iterator[Rows]:
        """Yield the rows of the file, in its order."""

    @property
    def spans(self) -> bool:
        """Whether a task with cores may take them of several hosts."""
        return False

    @property
    def has_dates(self) -> bool:
        """Whether arrivals are dates, and not seconds since the beginning of the log."""
        return False

    @property
    def has_names(self) -> bool:
        """Whether each row names its task."""
        return False

    def open(self, streams: RandomStreams, label: str, fits: Fits | None = None) -> TaskSource:
        """Return the tasks under that label, with their names; see OpenWorkload.

        Raises WorkloadError, as they are read, with file, line and field of what cannot be used.
        """
        from aio_sim.scenario.readers.rows import Skips

        skips = Skips(str(self.path), skip=self.on_error == "skip")
        names: list[str] = []
        blocks = self._blocks(streams, label, skips, names, fits)
        return TaskSource(
            label, names if self.has_names else self.names(label), blocks, lambda: skips.count
        )

    def blocks(self, streams: RandomStreams, label: str) -> Iterator[TaskBlock]:
        """Yield the tasks in order of arrival; `open` gives their names too."""
        return self.open(streams, label).blocks

    def _blocks(
        self,
        streams: RandomStreams,
        label: str,
        skips: Skips,
        names: list[str],
        fits: Fits | None,
    ) -> Iterator[TaskBlock]:
        from aio_sim.scenario.readers import replay
        from aio_sim.scenario.workloads.columns import Attributes

        attributes = Attributes(self, streams, label)
        rows = replay.ordered(replay.not_empty(self.rows(skips), skips), skips)
        tasks = (
            self._block(chunk, attributes, names)
            for chunk in replay.windowed(rows, self._window(), skips)
        )
        yield from replay.limited(tasks, self.limit, fits)

    def _window(self) -> Window:
        from aio_sim.scenario.readers.replay import Window

        from_first = self.has_dates if self.origin is None else self.origin == "first"
        return Window(from_first, self.start, self.end, Fraction(repr(self.time_scale)))

    def _block(self, rows: Rows, attributes: Attributes, names: list[str]) -> TaskBlock:
        from aio_sim.scenario.readers.rows import block

        drawn = attributes.draw(len(rows["line"]))
        if "name" in rows:
            index = range(len(names), len(names) + len(rows["line"]))
            names.extend(rows["name"].tolist())
            drawn["index"] = index
        return block(rows, {**drawn, "span": self.spans})
