"""What the kinds of workload share: a task's fields, names, and the source that a run reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from aio_sim.distributed.task_graph import TaskGraph
from aio_sim.distributed.tasks import TaskBlock
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.distributions import (
    Bytes,
    Constant,
    Distribution,
    DurationDistribution,
    NumberDistribution,
    Plain,
    SizeDistribution,
)
from aio_sim.scenario.fields import (
    LARGEST_WEIGHT,
    LEAST_WEIGHT,
    Count,
    MachineNames,
    Name,
    Spec,
    Tagged,
    share_expected,
    weight_expected,
)
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import CHUNK, Fits
from aio_sim.scenario.vm_memory import LocalitySpec
from aio_sim.scheduling.policy import Quantum

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PositiveDuration = Quantum


@dataclass
class TaskSource:
    """One workload as a run reads it."""

    label: str
    names: list[str] | str
    """The name of each index, or a pattern such as "poisson-{}"; a list grows as tasks are read."""
    blocks: Iterator[TaskBlock]
    """The tasks in order of arrival, a chunk at a time; made, or read, as they are asked for."""
    skipped: Callable[[], int] = lambda: 0
    """How many rows of its file could not be used so far."""


class Demanding(Spec):
    """What is known beforehand of what tasks hold of a host."""

    @property
    def takes_cores(self) -> bool:
        """Whether a task may hold whole cores."""
        return False

    @property
    def takes_memory(self) -> bool:
        """Whether a task may hold memory of the resource manager's."""
        return False

    @property
    def uses_vectors(self) -> bool:
        """Whether a task may use vector registers."""
        return False


class Workload(Tagged, Demanding):
    """A source of tasks."""

    model_config = ConfigDict(populate_by_name=True)

    kind: str
    name: Name | None = None
    """What its tasks are called in results (their `kind`); the kind of workload where absent."""
    on: MachineNames | None = None
    """The machines that its tasks go to: a name, a pattern such as "web-*", or a list of them.

    What machines that are alike are called (their `name`) stands for all of them. Where absent:
    all virtual machines, or all hosts where there are none or tasks hold whole cores or memory,
    which only hosts lend."""
    locality: LocalitySpec | None = None
    """Which pages its tasks visit in the memory of a virtual machine; none where absent."""

    @model_serializer(mode="wrap")
    def _keep_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the fields as a file has them (`from`), `kind` first, even where left out."""
        aliases = {name: field.alias for name, field in type(self).model_fields.items()}
        written = {aliases.get(name) or name: value for name, value in serialize(self).items()}
        return {"kind": self.kind, **written}

    def label(self) -> str:
        """Return what to call its tasks, unless another workload is called so already."""
        return self.name or self.kind

    def names(self, label: str) -> list[str] | str:
        """Return the name of each task by its index, or a pattern for them."""
        return pattern(label)


class OpenWorkload(Workload):
    """A source whose tasks arrive whatever becomes of those before them."""

    def graph(self) -> TaskGraph | None:
        """Return which of its tasks come before which, by index; None where none does."""
        return None

    def open(self, streams: RandomStreams, label: str, fits: Fits | None = None) -> TaskSource:
        """Return the tasks under that label, with their names.

        `fits` tells which tasks the machine can hold, for a limit counts no others.
        """
        return TaskSource(label, self.names(label), self.blocks(streams, label))

    @abstractmethod
    def blocks(self, streams: RandomStreams, label: str) -> Iterator[TaskBlock]:
        """Yield the tasks in order of arrival, in chunks of at most CHUNK.

        Arrivals and every attribute are drawn from a stream of their own, so that the size of
        chunks never changes the numbers.
        """


class TaskAttributes(Demanding):
    """What a task is to a scheduler, beside its work."""

    priority: NumberDistribution = Constant[Plain](value=0)
    """A smaller number runs first under `priority`; 0 where absent."""
    weight: NumberDistribution = Constant[Plain](value=1)
    """Its share under `fair` and `lottery`, 0.000001 to 1,000,000; 1 where absent."""
    vector: NumberDistribution = Constant[Plain](value=0)
    """The share of its slices in which it uses vector registers, 0 to 1; see `switching`."""
    deadline: DurationDistribution | None = None
    """Seconds after its arrival by which it should be done, above 0; none where absent."""
    tenant: Name | None = None
    """Whose quota it counts against; nobody's where absent."""

    @property
    def uses_vectors(self) -> bool:
        """Whether a task may use vector registers."""
        return constant(self.vector) != 0

    @model_validator(mode="after")
    def _possible(self) -> Self:
        findings = Findings("attributes")
        vector = constant(self.vector)
        if vector is not None and not 0 <= vector <= 1:
            sentence = _("must be {expected}, got {value:g}")
            text = sentence.format(expected=share_expected(), value=vector)
            findings.say(text, "vector", value=vector)
        weight = constant(self.weight)
        if weight is not None and not LEAST_WEIGHT <= weight <= LARGEST_WEIGHT:
            sentence = _("must be {expected}, got {value:g}")
            text = sentence.format(expected=weight_expected(), value=weight)
            findings.say(text, "weight", value=weight)
        note_above_zero(findings, deadline=self.deadline)
        findings.raise_any()
        return self


class TaskDemands(TaskAttributes):
    """What a task takes of the machine."""

    cores: NumberDistribution = Constant[Plain](value=0)
    """Whole cores that it has for itself; 0, or absent, for a task that shares cores by time."""
    memory: SizeDistribution = Constant[Bytes](value=0)
    """Bytes that it holds from its start to its end; 0 where absent."""
    span: bool = False
    """Whether a task with `cores` may take them of several hosts."""
    estimate: DurationDistribution | None = None
    """Run time that backfilling plans with; the actual one where absent."""

    @property
    def shares_cores(self) -> bool:
        """Whether all its tasks share cores by time."""
        return constant(self.cores) == 0

    @property
    def takes_cores(self) -> bool:
        """Whether a task may hold whole cores."""
        return not self.shares_cores

    @property
    def takes_memory(self) -> bool:
        """Whether a task may hold memory of the resource manager's."""
        return constant(self.memory) != 0

    @model_validator(mode="after")
    def _whole_cores(self) -> Self:
        findings = Findings("cores")
        cores = constant(self.cores)
        if cores is not None and (cores < 0 or not cores.is_integer()):
            sentence = _("must be a whole number of 0 or more, got {cores:g}").format(cores=cores)
            findings.say(sentence, "cores", value=cores)
        check_span(self.span, self.shares_cores, findings)
        findings.raise_any()
        check_above_zero(estimate=self.estimate)
        return self


class TaskShape(TaskDemands):
    """Everything about a task but its arrival."""

    work: DurationDistribution | None = None
    """Seconds of one core at speed 1 (of each core held, for a task with `cores`), above 0."""
    bursts: Annotated[tuple[DurationDistribution, ...], Field(min_length=1)] | None = None
    """In place of `work`: seconds of CPU, of I/O, of CPU, ...; begins and ends with CPU."""

    @model_validator(mode="after")
    def _work_or_bursts(self) -> Self:
        check_work_or_bursts(self.work, self.bursts, self.shares_cores)
        check_above_zero(work=self.work)
        return self


class GeneratedWorkload(OpenWorkload, TaskShape):
    """A source that makes its tasks up."""

    @abstractmethod
    def arrivals(
        self, streams: RandomStreams, label: str, chunk: int = CHUNK
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the instants of arrival in nanoseconds, in order; int64, at most `chunk` each."""

    def blocks(self, streams: RandomStreams, label: str, chunk: int = CHUNK) -> Iterator[TaskBlock]:
        """Yield the tasks in order of arrival, in chunks of at most `chunk`.

        Raises WorkloadError where a distribution draws what no task can have.
        """
        from aio_sim.scenario.workloads.columns import TaskColumns

        columns = TaskColumns(self, streams, label)
        first = 0
        for arrival in self.arrivals(streams, label, chunk):
            yield columns.block(arrival, range(first, first + len(arrival)))
            first += len(arrival)


class Extent(Spec):
    """How long an endless source goes on."""

    count: Count | None = None
    """How many tasks; or give `until`, or both."""
    until: PositiveDuration | None = None
    """No task arrives at this instant (seconds) or later; or give `count`, or both."""

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.count is None and self.until is None:
            raise ValueError(_("needs `count` or `until`, for it never ends by itself"))
        return self


def pattern(label: str) -> str:
    """Return the pattern of names such as "poisson-{}"."""
    return label.replace("{", "{{").replace("}", "}}") + "-{}"


def constant(distribution: Distribution) -> float | None:
    """Return the value of a constant, None for what varies."""
    return distribution.value if isinstance(distribution, Constant) else None


def check_above_zero(**distributions: Distribution | None) -> None:
    """Raise for constants that are not above 0; what varies is checked as it is drawn."""
    findings = Findings("distributions")
    note_above_zero(findings, **distributions)
    findings.raise_any()


def note_above_zero(findings: Findings, **distributions: Distribution | None) -> None:
    """Note constants that are not above 0."""
    for field, distribution in distributions.items():
        value = None if distribution is None else constant(distribution)
        if value is not None and value <= 0:
            findings.say(
                _("must be above 0, got {value:g}").format(value=value), field, value=value
            )


def check_span(span: bool, shares_cores: bool, findings: Findings) -> None:
    """Note where a task that shares cores would take them of several hosts."""
    if span and shares_cores:
        findings.say(_("needs `cores`; a task that shares cores runs on one host"), "span")


def check_work_or_bursts(
    work: object, bursts: tuple[object, ...] | None, shares_cores: bool
) -> None:
    """Raise unless there is work, or an odd number of bursts of a task that shares cores."""
    if (work is None) == (bursts is None):
        raise ValueError(_("needs either `work` or `bursts`, and not both"))
    findings = Findings("bursts")
    if bursts is not None and len(bursts) % 2 == 0:
        sentence = _("must be CPU, I/O, CPU, ... and end with CPU; got {count} bursts")
        findings.say(sentence.format(count=len(bursts)), "bursts")
    if bursts is not None and not shares_cores:
        findings.say(_("a task with `cores` has `work`, and no bursts"), "bursts")
    findings.raise_any()
