"""What a scenario says of the limits of a container: CPU and memory."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from aio_sim.containers.limits import PERIOD, SHARES, CpuLimits
from aio_sim.containers.memory_limits import HIGH_WATER, DynamicLimit, FixedLimit, MemoryLimit
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.containers.short_forms import OrAlone
from aio_sim.scenario.fields import Number, Size, Spec, Whole
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Quantum

LEAST_PERIOD: Final = 1_000_000
"""Nanoseconds: 1 ms, the least period and quota of cpu.max that Linux takes
(kernel/sched/core.c, min_cfs_quota_period)."""

PositiveSize = Annotated[Size, Field(gt=0)]


class CpuLimitSpec(Spec):
    """How much a container computes, against others and at the most."""

    shares: Annotated[Whole, Field(ge=2, le=262_144)] = SHARES
    """Its part against other containers of the machine; 1024 is that of a plain process."""
    limit: Annotated[Number, Field(gt=0)] | None = None
    """Cores on average over each `period`, in parts of one where you like; no limit if absent."""
    quota: Annotated[Quantum, Field(ge=LEAST_PERIOD)] | None = None
    """In place of `limit`: CPU time in each period, of all its processes together."""
    period: Annotated[Quantum, Field(ge=LEAST_PERIOD)] = PERIOD
    """What the quota is for."""
    cores: Annotated[tuple[Whole, ...], Field(min_length=1)] | None = None
    """The cores that it may run on, from 0; all of them if absent. Needs `queue: per_core`."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.limit is not None and self.quota is not None:
            findings = Findings("cpu")
            findings.say(_("says what `limit` says, too; give one of them"), "quota")
            findings.raise_any()
        return self

    @property
    def average(self) -> Fraction | None:
        """How many cores it has on average at the most; None where there is no limit."""
        if self.limit is not None:
            return Fraction(repr(self.limit))
        return None if self.quota is None else Fraction(self.quota, self.period)

    def build(self) -> CpuLimits:
        """Return the limits."""
        quota = self.quota
        if self.limit is not None:
            quota = max(int(Fraction(repr(self.limit)) * self.period), 1)
        cores = None if self.cores is None else frozenset(self.cores)
        return CpuLimits(self.shares, quota, self.period, cores)


class MemoryLimitSpec(Spec):
    """How much memory a container may hold: `limit`, or what moves between floor and ceiling."""

    limit: PositiveSize | None = None
    """A fixed limit."""
    floor: PositiveSize | None = None
    """The least that a dynamic limit shrinks to, which is lent from the start."""
    ceiling: PositiveSize | None = None
    """The most that it grows to, while the machine has room."""
    high_water: Annotated[Number, Field(gt=0, le=1)] | None = None
    """The share of the limit at which it grows, or cache is reclaimed; 0.9 where absent."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        dynamic = (self.floor, self.ceiling, self.high_water)
        if self.limit is not None and any(each is not None for each in dynamic):
            raise ValueError(_("has either a fixed `limit`, or `floor` and `ceiling`"))
        if self.limit is None and (self.floor is None or self.ceiling is None):
            raise ValueError(_("needs a `limit`, or `floor` and `ceiling`"))
        self._check_order()
        return self

    def _check_order(self) -> None:
        if self.floor is None or self.ceiling is None or self.floor <= self.ceiling:
            return
        findings = Findings("memory")
        sentence = _("must be at most the ceiling, {ceiling}, got {floor}")
        sizes = {"ceiling": format_size(self.ceiling), "floor": format_size(self.floor)}
        findings.say(sentence.format(**sizes), "floor", value=self.floor)
        findings.raise_any()

    def build(self) -> MemoryLimit:
        """Return the limit."""
        if self.limit is not None:
            return FixedLimit(self.limit)
        assert self.floor is not None
        assert self.ceiling is not None
        mark = HIGH_WATER if self.high_water is None else Fraction(repr(self.high_water))
        return DynamicLimit(self.floor, self.ceiling, mark)

    @property
    def bounds(self) -> tuple[tuple[str, int], ...]:
        """The sizes that a machine must have, each with its field."""
        sizes = (("limit", self.limit), ("floor", self.floor), ("ceiling", self.ceiling))
        return tuple((field, size) for field, size in sizes if size is not None)


def _limit_unless_said(value: object) -> object:
    return value if isinstance(value, Mapping | CpuLimitSpec | None) else {"limit": value}


CpuLimitOrCores = Annotated[
    CpuLimitSpec,
    BeforeValidator(_limit_unless_said),
    OrAlone({"type": "number", "exclusiveMinimum": 0, "examples": [0.5]}),
]
"""`0.5`, which is a limit; or a mapping."""


def _fixed_unless_said(value: object) -> object:
    return value if isinstance(value, Mapping | MemoryLimitSpec) else {"limit": value}


MemoryLimitOrSize = Annotated[
    MemoryLimitSpec,
    BeforeValidator(_fixed_unless_said),
    OrAlone({"type": ["number", "string"], "exclusiveMinimum": 0, "examples": ["4GiB"]}),
]
"""`512MiB`, which is a fixed limit; or a mapping with a floor and a ceiling."""
