"""What a scenario says of containers: image, limits, what runs inside, and their lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from aio_sim.containers.processes.program import Program
from aio_sim.containers.restart import Restart, RestartPolicy
from aio_sim.containers.spec import ContainerSpec, OnTerm
from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.images import ImageName
from aio_sim.scenario.containers.limits import (
    CpuLimitOrCores,
    CpuLimitSpec,
    MemoryLimitOrSize,
    MemoryLimitSpec,
)
from aio_sim.scenario.containers.order import AfterSpec
from aio_sim.scenario.containers.short_forms import OrAlone
from aio_sim.scenario.containers.steps import ContainerStep, check_steps
from aio_sim.scenario.fields import Count, Name, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import counted_names
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scheduling.policy import Duration

MOST: Final = 10_000


def _not_shared(scheduler: SchedulerSpec) -> SchedulerSpec:
    """Return the scheduler; raise where cores inside a container cannot follow it."""
    if scheduler.policy == "ps":
        raise ValueError(_("processes in a container cannot be scheduled by ps; rr is near it"))
    return scheduler


class RestartSpec(Spec):
    """When a container that has ended is started again."""

    policy: Literal["no", "on-failure", "always", "unless-stopped"] = "no"
    """Never; after another exit code than 0; always; always until somebody stops it."""
    retries: Annotated[Count, Field(le=1_000_000)] | None = None
    """How often at the most, with `on-failure`."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.retries is not None and self.policy != "on-failure":
            findings = Findings("restart")
            sentence = _("are only counted with `policy: on-failure`")
            findings.say(sentence, "retries", value=self.retries)
            findings.raise_any()
        return self

    def build(self) -> RestartPolicy:
        """Return the policy."""
        return RestartPolicy(Restart(self.policy), self.retries)


def _by_policy(value: object) -> object:
    if isinstance(value, bool):  # `no` of YAML
        return {"policy": "always" if value else "no"}
    return {"policy": value} if isinstance(value, str) else value


RestartOrPolicy = Annotated[
    RestartSpec,
    BeforeValidator(_by_policy),
    OrAlone({"enum": [*(each.value for each in Restart), False]}),  # `no` of YAML is false
]


class ContainerGroupSpec(Spec):
    """A container, or `count` containers that are alike."""

    name: Name
    """The name of the container; of several, `name-0`, `name-1`, ..."""
    count: Annotated[Count, Field(le=MOST)] = 1
    """How many such containers there are."""
    on: Name | None = None
    """The host or virtual machine that it runs on; the first host, where absent."""
    image: ImageName
    """What it is made of; without a `registry`, any image of 100 MB that is there already."""
    cpu: CpuLimitOrCores = Field(default_factory=CpuLimitSpec)
    """How much it computes: `0.5`, which is a limit, or a mapping."""
    memory: MemoryLimitOrSize = Field(default_factory=lambda: MemoryLimitSpec(limit=2**29))
    """How much memory it may hold: `512MiB`, which is fixed, or a mapping with floor and ceiling;
    512MiB where absent."""
    base_memory: Size | None = None
    """What its first process holds from the start; as the image has it, where absent."""
    task_memory: Size = 0
    """What each task inside holds that does not say how much."""
    processes: Annotated[Count, Field(le=1_000_000)] | None = None
    """How many processes there may be at once, its first one and zombies included."""
    program: Name | None = None
    """What its first process runs; a server that waits for tasks, where absent."""
    init: bool = False
    """Whether its first process is an init, which reaps orphans."""
    on_term: Literal["ignore", "exit", "drain"] = "exit"
    """What a server does that is asked to end: nothing, end, or end with its last task."""
    restart: RestartOrPolicy = Field(default_factory=RestartSpec)
    """When it is started again: a policy's name, or a mapping."""
    grace: Duration | None = None
    """From being asked to end to being killed; the runtime's, where absent."""
    oom: Literal["one", "all"] = "one"
    """Who is killed when memory runs out: the worst process, or all."""
    scheduler: Annotated[SchedulerSpec, AfterValidator(_not_shared)] | None = None
    """How its processes are ordered; as the scenario says, where absent."""
    start: Duration = 0
    """When it is made and started."""
    after: tuple[AfterSpec, ...] = ()
    """Containers that it waits for before that, if any."""
    started: bool = False
    """Whether it runs from then on, at no cost; else it is made and started first."""
    steps: tuple[ContainerStep, ...] = ()
    """What is done to it after that, in order of time."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the containers; one that is not counted has the plain name."""
        return counted_names(self.name, self.count if "count" in self.model_fields_set else None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("container")
        findings.attempt(lambda: check_steps(self.start, self.steps))
        findings.raise_any()
        return self

    def build(self, name: str, memory: int, programs: Mapping[str, Program]) -> ContainerSpec:
        """Return one of them; `memory` is what its image holds from the start, in bytes."""
        return ContainerSpec(
            name=name,
            image=self.image,
            memory=self.memory.build(),
            cpu=self.cpu.build(),
            program=None if self.program is None else programs[self.program],
            base_memory=memory if self.base_memory is None else self.base_memory,
            task_memory=self.task_memory,
            processes=self.processes,
            init=self.init,
            on_term=OnTerm(self.on_term),
            restart=self.restart.build(),
            grace=self.grace,
            oom_together=self.oom == "all",
        )
