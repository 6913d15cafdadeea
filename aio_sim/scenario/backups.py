"""What a scenario says of data that are backed up, by which plan, and of what happens to them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, Name, Number, Share, Size, Spec, Whole
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import Throughput
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.storage.backup.changes import ChangeLaw
    from aio_sim.storage.backup.disasters import Disaster
    from aio_sim.storage.backup.plan import BackupPlan
    from aio_sim.storage.backup.retention import Retention
    from aio_sim.storage.backup.schedule import Schedule

Span = Annotated[Duration, Field(gt=0)]

SAMPLED_BLOCKS: Final = 512
"""Blocks that stand for a whole volume: few enough to be compressed within a second."""


class ScheduleSpec(Spec):
    """When something is due: each `every`, first `at`; or as a line of a crontab says."""

    every: Span | None = None
    """From one to the next (seconds)."""
    at: Duration = 0
    """When the first one is (seconds)."""
    cron: str | None = None
    """Minute, hour, day, month and day of the week, as in a crontab: `30 2 * * sun`; the run begins
    at midnight of Monday, 1 January."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        from aio_sim.storage.backup.schedule import cron

        if (self.every is None) == (self.cron is None):
            raise ValueError(_("needs `every`, such as 1d, or `cron`, and not both"))
        if self.cron is not None:
            try:
                cron(self.cron).following(0)
            except InputError as error:
                raise ValueError(str(error)) from error
        return self

    def build(self) -> Schedule:
        """Return the schedule."""
        from aio_sim.storage.backup.schedule import Every, cron

        if self.cron is not None:
            return cron(self.cron)
        assert self.every is not None  # for one of both is given
        return Every(self.every, self.at)


def _as_schedule(value: object) -> object:
    """Return a plain time as the `every` of a schedule, five fields as its `cron`."""
    if isinstance(value, str) and len(value.split()) > 2:
        return {"cron": value}
    return {"every": value} if isinstance(value, str | int | float) else value


Due = Annotated[
    ScheduleSpec,
    BeforeValidator(_as_schedule),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string"},
                {"type": "object"},
            ],
            "examples": ["1d", "30 2 * * sun", {"every": "1d", "at": "2h"}],
        }
    ),
]
"""A schedule; a plain time is its `every`, five fields of a crontab are its `cron`."""


MOST_REAL: Final = 1 << 30
"""Bytes of real blocks of a volume: what can be held in memory a few times over. An assumption."""


class HotSpec(Spec):
    """A part of the blocks to which more of the writes go than its share."""

    blocks: Share
    """The share of the blocks."""
    writes: Share
    """The share of the writes that go to them."""


class VolumeSpec(Spec):
    """Data that change by a law. Some blocks of it, drawn evenly, are real and stand for all."""

    size: Annotated[Size, Field(gt=0)]
    """How large it is, all of it in use."""
    change_rate: Throughput | None = None
    """How fast blocks are written, such as 2MB/s; never, where absent."""
    hot: HotSpec | None = None
    """Where most of the writes go; evenly to all blocks, where absent."""
    noise: Share = 0.25
    """The share of each block that does not compress; the rest is text."""
    block_size: Annotated[Size, Field(ge=64, le=1 << 20)] = 4096
    """Bytes of a block: what is written, and backed up, whole."""
    blocks: Annotated[Count, Field(le=1 << 16)] = SAMPLED_BLOCKS
    """How many blocks are real; each stands for as many alike as the size asks for."""

    @model_validator(mode="after")
    def _not_smaller(self) -> Self:
        if self.size < self.block_size:
            raise ValueError(_("the size must be that of a block at least"))
        if (real := self.real_blocks * self.block_size) > MOST_REAL:
            sentence = _("its real blocks are held in memory, {most} at most, got {real}")
            raise ValueError(sentence.format(most=format_size(MOST_REAL), real=format_size(real)))
        if self.hot is not None and not 0 < self.hot.blocks < 1:
            raise ValueError(_("`hot` needs a share of the blocks above 0 and below 1"))
        return self

    @property
    def real_blocks(self) -> int:
        """How many blocks are real."""
        return min(self.blocks, self.size // self.block_size)

    @property
    def scale(self) -> int:
        """How many bytes each real byte stands for, rounded up."""
        return -(-self.size // (self.real_blocks * self.block_size))

    def law(self) -> ChangeLaw:
        """Return the law of its changes."""
        from aio_sim.storage.backup.changes import ChangeLaw

        rate = (self.change_rate or 0) // 8
        interval = max(self.block_size * self.scale * SECOND // rate, 1) if rate else 2**62
        noise = Fraction(repr(self.noise))
        if self.hot is None:
            return ChangeLaw(interval, noise=noise)
        hot = Fraction(repr(self.hot.blocks)), Fraction(repr(self.hot.writes))
        return ChangeLaw(interval, *hot, noise)


class RetentionSpec(Spec):
    """Which backups are kept: the last `count`, those of an age, or the last of days and so on."""

    count: Count | None = None
    """The last so many."""
    age: Span | None = None
    """What one needs to go back so far (seconds)."""
    days: Whole = 0
    """The last backup of each of so many days: sons."""
    weeks: Whole = 0
    """The last backup of each of so many weeks: fathers."""
    months: Whole = 0
    """The last backup of each of so many months: grandfathers."""

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        generations = bool(self.days or self.weeks or self.months)
        if (self.count is not None) + (self.age is not None) + generations != 1:
            raise ValueError(_("needs `count`, or `age`, or some of `days`, `weeks`, `months`"))
        return self

    def build(self) -> Retention:
        """Return the rule."""
        from aio_sim.storage.backup.retention import Generations, KeepAge, KeepCount

        if self.count is not None:
            return KeepCount(self.count)
        if self.age is not None:
            return KeepAge(self.age)
        return Generations(self.days, self.weeks, self.months)


class PromiseSpec(Spec):
    """What a plan promises, and a recovery is held against."""

    recovery_point: Span | None = None
    """How old what is restored may be (seconds)."""
    recovery_time: Span | None = None
    """How long it may take (seconds)."""


class BackupSpec(Spec):
    """Data on a host, or of a storage server, that are backed up to another host by a plan."""

    name: Name | None = None
    """What to call it in results; `backup-0`, `backup-1`, ... where absent."""
    of: Name | None = None
    """The storage server whose database is backed up; otherwise there are `host` and `volume`."""
    host: Name | None = None
    """The host that has the data."""
    volume: VolumeSpec | None = None
    """The data."""
    to: Name
    """The host that keeps the backups."""
    room: Annotated[Size, Field(gt=0)] | None = None
    """How much of its disk they may take; what others leave of it, where absent."""
    full: Due | None = None
    """When full backups are taken; a plan has some."""
    incremental: Due | None = None
    """When what changed since the last backup is backed up."""
    differential: Due | None = None
    """When what changed since the last full backup is backed up."""
    log: Due | None = None
    """When the log is archived, with which any instant can be restored."""
    method: Literal["snapshot", "fuzzy"] = "snapshot"
    """How a copy is consistent while writes go on: `snapshot` copies on write and has the state at
    its beginning, `fuzzy` takes the log along and has the state at its end."""
    compression: Literal["none", "zlib", "lz77", "lz78"] = "none"
    """How it is compressed, on the host that has the data."""
    encryption: Literal["none", "aes", "hybrid"] = "none"
    """How it is encrypted, after compression."""
    retention: RetentionSpec | None = None
    """Which backups are kept, each with those that it builds on; all, where absent."""
    merge: Annotated[Count, Field(ge=2)] | None = None
    """A chain of more backups than that is merged into a full one, where it is kept."""
    rate_limit: Throughput | None = None
    """The most that a backup reads and sends, such as 200Mbps; a restore has no limit."""
    request: Annotated[Size, Field(ge=4096)] = 4 << 20
    """How much it asks of a disk at once; between two requests others get their turn."""
    priority: Annotated[Whole, Field(le=1_000_000)] = 0
    """The priority of its work on cores, where a policy heeds it; smaller runs first."""
    verify: Due | None = None
    """When all that is kept is read and held against its checksums."""
    promise: PromiseSpec = Field(default_factory=PromiseSpec)
    """What recoveries are held against."""

    @model_validator(mode="after")
    def _has_a_full_one(self) -> Self:
        findings = Findings("backup")
        if self.full is None:
            sentence = _("`full` is required: all other backups build on a full one")
            findings.say(sentence, "full")
        if self.host == self.to:
            findings.say(other_host(), "to", value=self.to)
        self._check_data(findings)
        findings.raise_any()
        return self

    def _check_data(self, findings: Findings) -> None:
        """Note where it is not said, or said twice, what is backed up."""
        if self.of is not None:
            for field in ("host", "volume", "method"):
                if field in self.model_fields_set:
                    sentence = _("is of no use with `of`: the server has its host, data and log")
                    findings.say(sentence, field, value=getattr(self, field))
            return
        if self.host is None or self.volume is None:
            sentence = _("needs `host` and `volume`, the data; or `of`, a storage server")
            findings.say(sentence)

    @property
    def scale(self) -> int:
        """How many bytes each real byte stands for, rounded up."""
        return 1 if self.volume is None else self.volume.scale

    def plan(self) -> BackupPlan:
        """Return the plan."""
        from aio_sim.storage.backup.manifest import BackupKind
        from aio_sim.storage.backup.plan import BackupPlan, Promise
        from aio_sim.storage.backup.retention import KeepAll

        specs = {kind: getattr(self, kind.value) for kind in BackupKind}
        return BackupPlan(
            {kind: spec.build() for kind, spec in specs.items() if spec is not None},
            self.log.build() if self.log else None,
            self.retention.build() if self.retention else KeepAll(),
            self.merge,
            Promise(self.promise.recovery_point, self.promise.recovery_time),
        )


def other_host() -> str:
    """Return why a backup goes not to the host that has the data."""
    return _("must be another host than the one that has the data")


class DisasterSpec(Spec):
    """Something that happens to data, or to their backups."""

    backup: Name | None = None
    """Whose data; of the only backup, where absent."""
    at: Duration
    """When (seconds)."""
    kind: Literal["disk_lost", "corruption", "backup_damaged", "backup_missing", "key_lost"]
    """`disk_lost`: all data are gone; `corruption`: a program writes nonsense over a `share` of
    them, which backups take in until it is `noticed`; `backup_damaged` and `backup_missing`: a byte
    of a backup, or all of it, is not there; `key_lost`: nothing encrypted opens any more."""
    noticed: Duration = 0
    """How long a corruption goes unnoticed (seconds)."""
    share: Annotated[Number, Field(gt=0, le=1)] = 0.1
    """The share of the data that a corruption overwrites."""
    struck: Literal["full", "latest", "log", "any"] = "latest"
    """Which backup is damaged or missing: the last full one, the last one, the last piece of the
    log, or one drawn at random."""

    def build(self) -> Disaster:
        """Return the disaster."""
        from aio_sim.storage.backup.disasters import Disaster, DisasterKind, Struck

        return Disaster(
            self.at,
            DisasterKind(self.kind),
            self.noticed,
            self.share,
            Struck(self.struck),
        )


def backup_names(backups: tuple[BackupSpec, ...]) -> tuple[str, ...]:
    """Return what each backup is called."""
    return tuple(backup.name or f"backup-{number}" for number, backup in enumerate(backups))
