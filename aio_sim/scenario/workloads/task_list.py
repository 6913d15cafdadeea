"""Tasks written out one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from aio_sim.distributed.task_graph import Edge, TaskGraph, cycle
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import Name, Number, Share, Size, Spec, Weight, Whole
from aio_sim.scenario.file_system.files import FilePath
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import CHUNK
from aio_sim.scenario.workloads.common import (
    OpenWorkload,
    PositiveDuration,
    check_span,
    check_work_or_bursts,
)
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy.typing as npt

    from aio_sim.distributed.input_fetching import Input


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(_("must be text of one line"))
    return text


TaskId = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""A name that can stand in a table."""


class AfterSpec(Spec):
    """A task that must have finished before, and how much it hands over."""

    task: TaskId
    """Its id."""
    size: Size = 0
    """Bytes that go from its machine to that of the task after it; 0 where absent."""


def _by_id(value: object) -> object:
    """Return what an id alone stands for."""
    return {"task": value} if isinstance(value, str | int | float) else value


After = Annotated[
    AfterSpec,
    BeforeValidator(_by_id),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {
                        "task": {"type": "string", "minLength": 1},
                        "size": {"type": ["number", "string"], "minimum": 0},
                    },
                    "required": ["task"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""An id, or `{task: id, size: bytes}`."""


class TaskSpec(Spec):
    """One task."""

    id: TaskId
    """Its name, unlike any other's."""
    arrival: Duration = 0
    """When it arrives (seconds); 0 where absent."""
    work: PositiveDuration | None = None
    """Seconds of one core at speed 1 (of each core held, for a task with `cores`), above 0."""
    bursts: Annotated[tuple[PositiveDuration, ...], Field(min_length=1)] | None = None
    """In place of `work`: seconds of CPU, of I/O, of CPU, ...; begins and ends with CPU."""
    priority: Number = 0
    """A smaller number runs first under `priority`."""
    weight: Weight = 1
    """Its share under `fair` and `lottery`, 0.000001 to 1,000,000."""
    vector: Share = 0
    """The share of its slices in which it uses vector registers, 0 to 1; see `switching`."""
    deadline: PositiveDuration | None = None
    """Seconds after its arrival by which it should be done; none where absent."""
    cores: Whole = 0
    """Whole cores that it has for itself; 0, or absent, for a task that shares cores by time."""
    memory: Size = 0
    """Bytes that it holds from its start to its end."""
    tenant: Name | None = None
    """Whose quota it counts against; nobody's where absent."""
    span: bool = False
    """Whether a task with `cores` may take them of several hosts."""
    estimate: PositiveDuration | None = None
    """Run time that backfilling plans with; the actual one where absent."""
    after: tuple[After, ...] = ()
    """The tasks of this list that must have finished before: ids, or `{task: id, size: bytes}`.

    `size` is what goes over the network from the machine of that task to the machine of this."""
    data: tuple[Name, ...] = ()
    """The machines that hold its input, which `dispatch: {policy: locality}` prefers."""
    data_size: Size = 0
    """How much input that is: on another machine the task waits until it has come over the network.
    0, or absent, where it costs nothing to have."""
    reads: FilePath | None = None
    """In place of `data`: the file of the `file_system` that it reads before it begins; the nodes
    that hold some of it are those that `locality` prefers."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_work_or_bursts(self.work, self.bursts, self.cores == 0)
        findings = Findings("span")
        check_span(self.span, not self.cores, findings)
        self._check_input(findings)
        findings.raise_any()
        return self

    def _check_input(self, findings: Findings) -> None:
        if self.data_size and not self.data:
            findings.say(_("needs `data`, which names the machines that hold it"), "data_size")
        if self.reads is not None and self.data:
            findings.say(_("the file is the input; leave `data` out"), "data")
        if self.cores and (self.data_size or self.reads):
            sentence = _("a task with `cores` is sent no input; leave it out, or `cores`")
            findings.say(sentence, "reads" if self.reads else "data_size")

    @property
    def cpu_time(self) -> int:
        """Nanoseconds of CPU in all."""
        return sum(self.bursts[::2]) if self.bursts else self.work or 0


class ListWorkload(OpenWorkload):
    """Tasks written out one by one."""

    kind: Literal["list"] = "list"
    tasks: Annotated[tuple[TaskSpec, ...], Field(min_length=1)]
    """The tasks; at one instant they arrive in this order."""

    @model_validator(mode="after")
    def _no_id_twice(self) -> Self:
        findings = Findings("tasks")
        taken: set[str] = set()
        for at, task in enumerate(self.tasks):
            if task.id in taken:
                sentence = _("there is already a task with the id {id!r}").format(id=task.id)
                findings.say(sentence, "tasks", at, "id", value=task.id)
            taken.add(task.id)
        findings.raise_any()
        return self

    @model_validator(mode="after")
    def _no_cycle(self) -> Self:
        if not self._has_graph:
            return self
        findings = Findings("tasks")
        ids = {task.id: at for at, task in enumerate(self.tasks)}
        for at, task in enumerate(self.tasks):
            for number, before in enumerate(task.after):
                if before.task not in ids:
                    told = _("no task of this list has the id {id!r}{hint}").format(
                        id=before.task, hint=hint(before.task, ids)
                    )
                    findings.say(told, "tasks", at, "after", number, value=before.task)
        around = cycle({task.id: [before.task for before in task.after] for task in self.tasks})
        if around:
            told = _("goes round in a circle: {way}").format(way=" after ".join(around))
            findings.say(told, "tasks", ids[around[0]], "after")
        findings.raise_any()
        return self

    @property
    def _has_graph(self) -> bool:
        return any(task.after for task in self.tasks)

    def graph(self) -> TaskGraph | None:
        """Return which of its tasks come before which, by their places in the file."""
        if not self._has_graph:
            return None
        ids = {task.id: at for at, task in enumerate(self.tasks)}
        edges = [[Edge(ids[each.task], each.size) for each in task.after] for task in self.tasks]
        return TaskGraph(edges, [task.cpu_time for task in self.tasks])

    @property
    def takes_cores(self) -> bool:
        """Whether one of the tasks holds whole cores."""
        return any(task.cores for task in self.tasks)

    @property
    def takes_memory(self) -> bool:
        """Whether one of the tasks holds memory of the resource manager's."""
        return any(task.memory for task in self.tasks)

    @property
    def has_data(self) -> bool:
        """Whether one of the tasks has its input on certain machines."""
        return any(task.data or task.reads for task in self.tasks)

    @property
    def inputs(self) -> dict[int, Input]:
        """What has to be brought to tasks, by their places in the file."""
        from aio_sim.distributed.input_fetching import Input

        return {
            at: Input(task.data_size, task.reads or "")
            for at, task in enumerate(self.tasks)
            if task.data_size or task.reads
        }

    @property
    def uses_vectors(self) -> bool:
        """Whether one of the tasks uses vector registers."""
        return any(task.vector for task in self.tasks)

    def names(self, label: str) -> list[str]:  # tasks have names of their own
        """Return the ids, in the order of the file."""
        return [task.id for task in self.tasks]

    def blocks(
        self,
        streams: RandomStreams,  # nothing about it is random
        label: str,
        chunk: int = CHUNK,
    ) -> Iterator[TaskBlock]:
        """Yield the tasks by arrival; `index` is the place in the file."""
        graph = self.graph()
        ranks = None if graph is None else graph.bottom_levels()
        order = sorted(range(len(self.tasks)), key=lambda at: self.tasks[at].arrival)
        for first in range(0, len(order), chunk):
            # `span` holds for a whole block: cut where it changes.
            for _span, index in groupby(
                order[first : first + chunk], key=lambda at: self.tasks[at].span
            ):
                yield self._block(list(index), ranks)

    def _block(self, index: list[int], ranks: list[int] | None) -> TaskBlock:
        import numpy as np

        tasks = [self.tasks[at] for at in index]

        def column(field: str, missing: int = 0) -> npt.NDArray[Any]:
            values = [getattr(task, field) for task in tasks]
            return np.array([missing if value is None else value for value in values])

        return TaskBlock(
            index=index,
            arrival=column("arrival"),
            work=column("cpu_time"),
            priority=column("priority").astype(np.float64),
            weight=column("weight").astype(np.float64),
            vector=column("vector") if any(task.vector for task in tasks) else 0,
            deadline=column("deadline", -1),
            cores=column("cores"),
            memory=column("memory"),
            estimate=column("estimate", -1),
            span=tasks[0].span,
            tenant=[task.tenant for task in tasks],
            bursts=[task.bursts for task in tasks] if any(task.bursts for task in tasks) else None,
            rank=0 if ranks is None else np.array([ranks[at] for at in index]),
            holders=[task.data for task in tasks] if _placed(tasks) else None,
        )


def _placed(tasks: Iterable[TaskSpec]) -> bool:
    """Return whether the input of one of the tasks lies somewhere."""
    return any(task.data or task.reads for task in tasks)
