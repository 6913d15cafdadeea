"""What the pods of a deployment are: an image, what they ask for, how their program does."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from aio_sim.containers.memory_limits import HIGH_WATER, DynamicLimit, FixedLimit, MemoryLimit
from aio_sim.containers.platform.probe import Probe
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.containers.images import ImageName
from aio_sim.scenario.fields import Count, Name, Number, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.platform.affinity import (
    NodeAffinitySpec,
    PodAffinitySpec,
    SpreadSpec,
    TolerationSpec,
)
from aio_sim.scenario.platform.quantities import Labels, Millicores
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scheduling.policy import Duration

LEAST_MEMORY = 4096
"""Bytes requested by a pod that says nothing: a page."""


def _or_never(value: object) -> object:
    return None if value == "never" else value


ReadyAfter = Annotated[
    Duration | None,
    BeforeValidator(_or_never),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": ["5s", "never"]}),
]


class RequestsSpec(Spec):
    """What a pod is promised, and placed by."""

    cpu: Millicores | None = None
    """CPU time, such as 250m; the limit where absent, or nothing without one."""
    memory: Annotated[Size, Field(gt=0)] | None = None
    """Memory; the limit where absent, or a page without one."""


class LimitsSpec(Spec):
    """What a pod never gets more of."""

    cpu: Annotated[Millicores, Field(ge=1)] | None = None
    """CPU time, such as 500m: a quota a period; no limit where absent."""
    memory: Annotated[Size, Field(gt=0)] | None = None
    """Memory; where it is more than what is requested, the limit moves between the two with the
    needs. All of the largest node where absent."""
    cpu_period: Annotated[Duration, Field(gt=0)] = 100_000_000
    """The period of the quota; Linux's 100ms where absent."""
    high_water: Annotated[Number, Field(gt=0, le=1)] = float(HIGH_WATER)
    """The share of a moving limit beyond which it grows, or caches are reclaimed."""


class ProbeSpec(Spec):
    """What asks a pod again and again whether it is well."""

    initial_delay: Duration = 0
    """From the start of the container to the first look."""
    period: Annotated[Duration, Field(gt=0)] = 10 * SECOND
    """From look to look."""
    success_threshold: Count = 1
    """Looks in a row that must succeed until it is well again."""
    failure_threshold: Count = 3
    """Looks in a row that must fail until it is not well."""

    def build(self) -> Probe:
        """Return the probe."""
        return Probe(
            self.initial_delay, self.period, self.success_threshold, self.failure_threshold
        )


class PodChange(Spec):
    """What an update changes of a pod: each field that is given replaces the one before."""

    image: ImageName | None = None
    """The image that its container is made of."""
    labels: Labels = Field(default_factory=dict)
    """Its labels; the platform adds `aio-sim/deployment` with the deployment's name."""
    requests: RequestsSpec = Field(default_factory=RequestsSpec)
    """What it is promised, and placed by."""
    limits: LimitsSpec = Field(default_factory=LimitsSpec)
    """What it never gets more of."""
    processes: Count | None = None
    """How many processes it may have; no limit where absent."""
    scheduler: SchedulerSpec | None = None
    """How it orders the requests inside; as the scenario says, where absent."""
    base_memory: Size = 0
    """What its program holds from the start."""
    task_memory: Size = 0
    """What each request holds as it is served."""
    ready_after: ReadyAfter = 0
    """How long after each start its program begins to serve; `never` for one that is broken."""
    hangs_after: Duration | None = None
    """How long after each start its program hangs; it does not where absent."""
    readiness: ProbeSpec | None = None
    """Finds out whether it serves: only then it gets requests; as soon as it runs, where absent."""
    liveness: ProbeSpec | None = None
    """Finds out whether it hangs, and has it killed and started again."""
    on_term: Literal["drain", "exit", "ignore"] = "drain"
    """What its program does when it is to end: serve what is inside, end at once, or nothing, so
    that it is killed after its grace period."""
    grace: Duration | None = None
    """From the wish that it ends until it is killed; as `profile` says, where absent."""
    priority_class: Name | None = None
    """How important it is: one of `priority_classes`."""
    node_selector: Labels = Field(default_factory=dict)
    """Labels that its node must have."""
    node_affinity: NodeAffinitySpec = Field(default_factory=NodeAffinitySpec)
    """What nodes it asks for, or likes."""
    pod_affinity: PodAffinitySpec = Field(default_factory=PodAffinitySpec)
    """Pods that it wants near."""
    pod_anti_affinity: PodAffinitySpec = Field(default_factory=PodAffinitySpec)
    """Pods that it does not want near."""
    topology_spread: tuple[SpreadSpec, ...] = ()
    """How its likes are spread."""
    tolerations: tuple[TolerationSpec, ...] = ()
    """Taints that it puts up with."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        findings = Findings("template")
        for sentence, location, value in faults(self):
            findings.say(sentence, *location, value=value)
        findings.raise_any()
        return self

    def changed(self, change: PodChange) -> Self:
        """Return the pod with what a change gives instead."""
        given = {field: getattr(change, field) for field in change.model_fields_set}
        return self.model_copy(update=given)


class PodSpec(PodChange):
    """What each pod of a deployment is: one container."""

    image: ImageName
    """The image that its container is made of."""

    @property
    def cpu(self) -> int:
        """What it requests, in thousandths of a core."""
        asked, limit = self.requests.cpu, self.limits.cpu
        return asked if asked is not None else limit or 0

    @property
    def fixed_memory(self) -> bool:
        """Whether its memory limit never moves: no less is requested than it."""
        limit = self.limits.memory
        return limit is not None and self.requests.memory in (None, limit)

    def memory(self, most: int) -> MemoryLimit:
        """Return the rule for its memory, where a node has at most so many bytes."""
        asked, limit = self.requests.memory, self.limits.memory
        if self.fixed_memory:
            assert limit is not None
            return FixedLimit(limit)
        floor = asked or max(self.base_memory, LEAST_MEMORY)
        high_water = Fraction(repr(self.limits.high_water))
        return DynamicLimit(floor, max(limit or most, floor), high_water)


Fault = tuple[str, tuple[str, ...], Any]


def faults(pod: PodChange) -> list[Fault]:
    """Return what does not go together in a pod: sentence, place, value."""
    found: list[Fault] = []
    asked, limits = pod.requests, pod.limits
    if None not in (asked.cpu, limits.cpu) and (asked.cpu or 0) > (limits.cpu or 0):
        told = _("must be at most the limit, {most}m, got {value}m")
        told = told.format(most=limits.cpu, value=asked.cpu)
        found.append((told, ("requests", "cpu"), asked.cpu))
    if limits.memory is not None and (asked.memory or 0) > limits.memory:
        told = _at_most(asked.memory or 0, limits.memory)
        found.append((told, ("requests", "memory"), asked.memory))
    if limits.memory is not None and pod.base_memory > limits.memory:
        told = _("must be at least base_memory, {least}, which its program holds; got {value}")
        told = told.format(least=format_size(pod.base_memory), value=format_size(limits.memory))
        found.append((told, ("limits", "memory"), limits.memory))
    return found + _probe_faults(pod)


def _at_most(value: int, most: int) -> str:
    told = _("must be at most the limit, {most}, got {value}")
    return told.format(most=format_size(most), value=format_size(value))


def _probe_faults(pod: PodChange) -> list[Fault]:
    found: list[Fault] = []
    if pod.liveness is not None and pod.liveness.success_threshold != 1:
        value = pod.liveness.success_threshold
        told = _("must be 1, for what was killed begins anew")
        found.append((told, ("liveness", "success_threshold"), value))
    policy = pod.scheduler.policy if pod.scheduler is not None else ""
    if policy and shares(policy):
        told = _("{policy} cannot be the policy of a container; expected another, such as rr")
        found.append((told.format(policy=policy), ("scheduler", "policy"), policy))
    return found


def shares(policy: str) -> bool:
    """Return whether a policy shares a core among all, which no control group can."""
    from aio_sim.scheduling.policy import SCHEDULING_POLICIES

    return SCHEDULING_POLICIES[policy].mechanism == "sharing"
