"""What a scenario says of virtual machines, and of the monitors that run them."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, Name, Number, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import Throughput, counted_names
from aio_sim.scenario.policies import SchedulerSpec, known_placement
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.vm_life import check_steps
from aio_sim.scenario.vm_memory import MemorySpec, Paging
from aio_sim.scenario.vm_steps import BalloonStep, Migration, StepSpec
from aio_sim.scheduling.policy import Duration
from aio_sim.virtualization.overcommit import Overcommit, Promise
from aio_sim.virtualization.profile import PROFILES

Ratio = Annotated[Number, Field(ge=0.01, le=1000)]


def _known_profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(
            _("unknown profile of a monitor {name}{hint}").format(
                name=shown(name), hint=hint(name, PROFILES)
            )
        )
    return name


class OvercommitSpec(Spec):
    """How much of each host may be promised to its machines, as a multiple of what it has."""

    cores: Ratio | None = None
    """Virtual cores a core; as the profile says, where absent."""
    memory: Ratio | None = None
    """Bytes promised a byte of memory that is there; as the profile says, where absent."""


def _fair() -> SchedulerSpec:
    """Return the usual scheduler of virtual cores; 30 ms is the slice of Xen's credit scheduler
    (Xen Project wiki, Credit Scheduler)."""
    options = {"policy": "fair", "latency": "120ms", "granularity": "30ms"}
    return SchedulerSpec.model_validate(options)


class VmmSpec(Spec):
    """The virtual machine monitor of every host."""

    profile: Annotated[
        str, AfterValidator(_known_profile), WithJsonSchema({"enum": list(PROFILES)})
    ] = "esxi"
    """Whose costs it has: a monitor on the bare machine (type 1), or one on a host's system."""
    overcommit: OvercommitSpec = Field(default_factory=OvercommitSpec)
    """How much may be promised beyond what there is."""
    placement: Annotated[str, AfterValidator(known_placement)] = "first_fit"
    """Which host a machine is made on that names none."""
    scheduler: SchedulerSpec = Field(default_factory=_fair)
    """How hosts order virtual cores and their own processes, unless a host has its own; `fair` with
    slices of 30 ms at least where absent. `fair` honours shares and reservations."""

    @property
    def limits(self) -> Overcommit:
        """How much may be promised of a host."""
        usual = PROFILES[self.profile].overcommit
        cores, memory = self.overcommit.cores, self.overcommit.memory
        return Overcommit(
            usual.cores if cores is None else Fraction(repr(cores)),
            usual.memory if memory is None else Fraction(repr(memory)),
        )


class ImageSpec(Spec):
    """The disk image that a machine boots from."""

    size: Annotated[Size, Field(gt=0)]
    """How much of the host's disk it takes."""


class ReservationSpec(Spec):
    """What a machine has for certain, whatever the others want."""

    cores: Annotated[Number, Field(ge=0)] = 0
    """Cores of the host, in parts of one where you like."""
    memory: Size = 0
    """Memory of the host, which no balloon takes away."""


class LimitSpec(Spec):
    """What a machine never gets more of, however idle the host is."""

    cores: Annotated[Number, Field(gt=0)] | None = None
    """Cores of the host, in parts of one where you like; as many as it has where absent."""
    memory: Annotated[Size, Field(gt=0)] | None = None
    """Memory of the host; as much as it has where absent."""


class VmSpec(Spec):
    """A virtual machine, or `count` machines that are alike."""

    name: Name
    """The name of the machine; of several, `name-0`, `name-1`, ..."""
    count: Annotated[Count, Field(le=100_000)] = 1
    """How many such machines there are."""
    host: Name | None = None
    """The host it is made on; as `vmm.placement` chooses, where absent."""
    cores: Annotated[Count, Field(le=1_000_000)] = 1
    """How many virtual cores each has."""
    memory: MemorySpec = Field(default_factory=lambda: Paging(size=2**30))
    """How much memory each has, or how it is made: `4GiB`, or a mapping; 1GiB where absent."""
    image: ImageSpec | None = None
    """The disk image of each, if any."""
    shares: Annotated[Count, Field(le=1_000_000)] = 1000
    """Its part, against those of others on the host, of what is not reserved."""
    reservation: ReservationSpec = Field(default_factory=ReservationSpec)
    """What it has for certain."""
    limit: LimitSpec = Field(default_factory=LimitSpec)
    """What it never gets more of."""
    scheduler: SchedulerSpec | None = None
    """How the guest orders its processes; as the scenario says, where absent."""
    dirty_rate: Throughput | None = None
    """How fast it writes to its memory, while it runs, such as 50MB/s; not at all where absent."""
    working_set: Annotated[Size, Field(gt=0)] | None = None
    """How much of its memory it writes to again and again; all of it where absent."""
    start: Duration = 0
    """When it is made and booted (seconds)."""
    booted: bool = False
    """Whether it is up when it starts, at no cost; else it is made and booted first."""
    steps: tuple[StepSpec, ...] = ()
    """What is done to it after that, in order of time."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the machines; one that is not counted has the plain name."""
        return counted_names(self.name, self.count if "count" in self.model_fields_set else None)

    def promise(self, overhead: int = 0) -> Promise:
        """Return what each is promised of its host, with the monitor's `overhead` bytes for it."""
        reserved = Fraction(repr(self.reservation.cores))
        return Promise(self.cores, self.memory.size, overhead, reserved, self.reservation.memory)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("vm")
        self._note_bounds(findings)
        self._note_working_set(findings)
        self._note_balloons(findings)
        self._note_images(findings)
        findings.attempt(lambda: check_steps(self.start, self.steps, self.host))
        findings.raise_any()
        return self

    def _note_bounds(self, findings: Findings) -> None:
        """Note what is reserved beyond what there is, or beyond the limit."""
        for field, has in (("cores", self.cores), ("memory", self.memory.size)):
            reserved, limit = getattr(self.reservation, field), getattr(self.limit, field)
            if reserved > has:
                sentence = _("must be at most what the machine has, {most}, got {value}")
            elif limit is not None and reserved > limit:
                sentence = _("must be at most its limit, {most}, got {value}")
                has = limit
            else:
                continue
            told = sentence.format(most=_told(field, has), value=_told(field, reserved))
            findings.say(told, "reservation", field, value=reserved)

    def _note_working_set(self, findings: Findings) -> None:
        """Note a working set that does not fit into the memory."""
        if self.working_set is not None and self.working_set > self.memory.size:
            sentence = _(
                "must be at most the memory, {most}, for it is the part of it that is written to "
                "again and again; got {value}"
            )
            most, value = format_size(self.memory.size), format_size(self.working_set)
            told = sentence.format(most=most, value=value)
            findings.say(told, "working_set", value=self.working_set)

    def _note_balloons(self, findings: Findings) -> None:
        """Note balloons that would give more than there is, or take what is reserved."""
        least, most = self.reservation.memory, self.memory.size
        for at, step in enumerate(self.steps):
            if isinstance(step, BalloonStep) and not least <= step.memory <= most:
                sentence = _("must be from {least} (reserved) to {most}, got {value}").format(
                    least=format_size(least), most=format_size(most), value=format_size(step.memory)
                )
                findings.say(sentence, "steps", at, "memory", value=step.memory)

    def _note_images(self, findings: Findings) -> None:
        """Note migrations that would take an image along which there is not."""
        for at, step in enumerate(self.steps):
            if isinstance(step, Migration) and step.moves_image and self.image is None:
                findings.say(_("the machine has no `image` to move"), "steps", at, "image")


def _told(field: str, amount: float) -> str:
    return format_size(int(amount)) if field == "memory" else f"{amount:g}"
