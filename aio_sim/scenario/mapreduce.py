"""What a scenario says of MapReduce: the nodes that run tasks, and the jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import (
    Count,
    ExistingFile,
    MachineNames,
    Name,
    Number,
    Share,
    Size,
    Spec,
)
from aio_sim.scenario.file_system.files import FilePath
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.distributed.mapreduce.source import JobSource
    from aio_sim.distributed.mapreduce.stragglers import Stragglers

MOST_REAL_INPUT: Final = 64 * 2**20
"""Real bytes of the input of a job: each is really mapped, some 10 MB a second."""
MOST_TASKS: Final = 100_000


class InputSpec(Spec):
    """A file that a job reads: one of the file system, a text, or a sample."""

    file: FilePath | None = None
    """Its path in the file system. A path in place of all fields says the same."""
    text: Annotated[str, Field(min_length=1)] | None = None
    """What is in it; it is in the file system from the beginning."""
    sample: ExistingFile | None = None
    """The file whose bytes it has; relative to the scenario's folder."""
    name: Name | None = None
    """What it is called in keys; where absent, the last part of its path or `text`."""
    size: Annotated[Size, Field(gt=0)] | None = None
    """How large it is: the lines of text or sample over and over, as many as fit; each once, where
    absent."""

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        given = [name for name in ("file", "text", "sample") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(_("needs one of `file`, `text` and `sample`"))
        if self.file is not None and self.size is not None:
            findings = Findings("input")
            findings.say(_("is that of the file"), "size", value=self.size)
            findings.raise_any()
        return self

    @property
    def called(self) -> str:
        """What it is called in keys."""
        path = self.file or (str(self.sample.name) if self.sample else "text")
        return self.name or path.rpartition("/")[2]

    def content(self, scale: int) -> bytes:
        """Return the bytes of a text or sample of which each stands for `scale`."""
        once = (self.text or "").encode() if self.sample is None else self.sample.read_bytes()
        if self.size is None or not once:
            return once
        length = max(self.size // scale, 1)
        data = (once * -(-length // len(once)))[:length]
        return data[: data.rfind(b"\n") + 1] or data

    def real_bytes(self, scale: int) -> int:
        """Return how many bytes `content` has; 0 for a file of the file system."""
        if self.file is not None:
            return 0
        if self.size is not None:
            return self.size // scale
        return len((self.text or "").encode()) if self.sample is None else _length(self.sample)


def _length(path: Any) -> int:
    return int(path.stat().st_size)


class _OrPath:
    """Takes a plain path as the file of that path."""

    @staticmethod
    def as_file(value: object) -> object:
        return {"file": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(cls.as_file, handler(source))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


class StragglerSpec(Spec):
    """How often an attempt is slow for no reason of its own, and how slow."""

    probability: Share = 0.0
    """How likely an attempt is slow, 0 to 1."""
    factor: Annotated[Number, Field(ge=1, le=1e6)] = 5.0
    """How many times as long a slow one computes."""

    def build(self) -> Stragglers:
        """Return the law."""
        from aio_sim.distributed.mapreduce.stragglers import Stragglers

        return Stragglers(self.probability, self.factor)


def _an_encoding(name: str) -> str:
    from aio_sim.distributed.mapreduce.records import check_encoding

    try:
        return check_encoding(name)
    except AioSimError as error:
        raise ValueError(str(error)) from error


class JobSpec(Spec):
    """A MapReduce job: two functions, run for real over real bytes."""

    name: Name | None = None
    """What to call it in results; where absent the job's own, the second of that name `...-2`."""
    job: Name
    """A shipped job, such as `wordcount`, or the one of a file given by `--plugin`."""
    parameters: dict[Name, str] = Field(default_factory=dict)
    """Parameters of the job, by name."""
    inputs: Annotated[tuple[Annotated[InputSpec, _OrPath], ...], Field(min_length=1)]
    """What it reads."""
    scale: Annotated[Count, Field(le=2**30)] = 1
    """How many bytes each real byte of texts and samples stands for in all that is timed."""
    encoding: Annotated[str, AfterValidator(_an_encoding)] = "utf-8"
    """Of the text; what cannot be decoded is replaced."""
    at: Duration = 0
    """When it begins (seconds)."""
    reducers: Annotated[Count, Field(le=MOST_TASKS)] | None = None
    """How many reduce tasks it has; as many as there are nodes where absent."""
    combiner: bool = True
    """Whether maps combine their own output, where the job has a `combine`."""
    locality: bool = True
    """Whether a slot gets the maps near their data first; else the next in the input's order."""
    locality_delay: Duration = 0
    """How long it passes on slots that are away from its data (seconds), and as long again those
    off the rack."""
    backups: Literal["none", "near-end", "late"] = "near-end"
    """Which stragglers are begun a second time."""
    stragglers: StragglerSpec = Field(default_factory=StragglerSpec)
    """How often attempts are slow."""
    skip_bad_records: bool = False
    """Whether records are left out that make a function fail twice."""
    attempts: Annotated[Count, Field(le=100)] = 4
    """So many failures of a task end the job."""
    replication: Annotated[Count, Field(le=128)] = 1
    """Copies of each block of its output."""

    @model_validator(mode="after")
    def _there_is_such_a_job(self) -> Self:
        findings = Findings("job")
        try:
            self.source.load()
        except AioSimError as error:
            findings.say(str(error), *self._blamed(), value=self.job)
        real = sum(each.real_bytes(self.scale) for each in self.inputs)
        if real > MOST_REAL_INPUT:
            sentence = _("{real} are really read, and at most {most} can be; give a `scale`")
            told = sentence.format(real=format_size(real), most=format_size(MOST_REAL_INPUT))
            findings.say(told, "inputs")
        findings.raise_any()
        return self

    def _blamed(self) -> tuple[str, ...]:
        """Return the field whose fault it is that the job cannot be loaded."""
        try:
            self.source._replace(parameters={}).load()
        except AioSimError:
            return ("job",)
        return ("parameters",)

    @property
    def source(self) -> JobSource:
        """Where the job's functions are; raises UnknownName where there is none of that name."""
        from aio_sim.distributed.mapreduce.source import known_job

        return known_job(self.job, self.parameters, self.combiner)


class MapReduceSpec(Spec):
    """MapReduce on the hosts: who runs tasks, and the jobs."""

    nodes: MachineNames | None = None
    """The hosts that run tasks, or patterns; all data nodes where absent."""
    slots: Annotated[Count, Field(le=10_000)] | None = None
    """How many tasks a node runs at once for a job; as many as it has cores where absent."""
    slot_memory: Annotated[Size, Field(gt=0)] = 2**30
    """The memory that a slot holds of its host while the job lasts; 1GiB where absent."""
    master: Name | None = None
    """The host of the masters of jobs, which do not fail; where absent the last one with a network
    card that does not."""
    node_timeout: Duration = 10 * SECOND
    """How long a node is silent before it is taken for dead (seconds); 10s where absent (Hadoop
    waits 10min)."""
    jobs: Annotated[tuple[JobSpec, ...], Field(min_length=1)]
    """The jobs."""

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        findings, taken = Findings("mapreduce"), set[str]()
        for at, job in enumerate(self.jobs):
            if job.name is not None and job.name in taken:
                sentence = _("there is already a job named {name!r}").format(name=job.name)
                findings.say(sentence, "jobs", at, "name", value=job.name)
            taken.add(job.name or "")
        findings.raise_any()
        return self

    @property
    def named(self) -> Mapping[str, JobSpec]:
        """The jobs by their names in results."""
        taken = {job.name for job in self.jobs}
        named: dict[str, JobSpec] = {}
        for job in self.jobs:
            number, name = 1, job.name or job.job
            while job.name is None and (name in named or name in taken):
                number += 1
                name = f"{job.job}-{number}"
            named[name] = job
        return named
