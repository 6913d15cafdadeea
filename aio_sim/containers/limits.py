"""What a container may use of its node's cores: shares, a quota in a period, a set of cores."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import DURATION_UNITS
from aio_sim.scheduling.bandwidth import check_bandwidth

SHARES: Final = 1024
"""Those of a container that says nothing; cpu.shares of control groups, docker run --cpu-shares."""

PERIOD: Final = 100 * DURATION_UNITS["ms"]
"""Nanoseconds: cpu.cfs_period_us, docker run --cpu-period."""


@dataclass(frozen=True, slots=True)
class CpuLimits:
    """`shares` against other containers, `quota` ns of CPU time a `period`, and allowed cores.

    None is no limit. Raises InputError where shares are not from 2 to 262144, quota or period is
    not positive, or the set of cores is empty or has a negative number.
    """

    shares: int = SHARES
    quota: int | None = None
    period: int = PERIOD
    cores: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if not 2 <= self.shares <= 262_144:  # the bounds of the kernel, MIN_SHARES and MAX_SHARES
            raise InputError(_("CPU shares are from 2 to 262144, not {n}").format(n=self.shares))
        check_bandwidth(self.period if self.quota is None else self.quota, self.period)
        if self.cores is not None and (not self.cores or min(self.cores) < 0):
            raise InputError(_("a set of cores names at least one, from 0 on"))

    @classmethod
    def of_cores(cls, cores: Fraction, shares: int = SHARES) -> CpuLimits:
        """Return the limits of so many cores on average, as docker run --cpus."""
        return cls(shares, quota=int(cores * PERIOD))

    @property
    def weight(self) -> Fraction:
        """What it counts against others; a process of the node itself counts 1."""
        return Fraction(self.shares, SHARES)

    def allowed(self, cores: int) -> tuple[int, ...]:
        """Return the cores of a node that has so many, ascending; InputError for one it has not."""
        return tuple(range(cores)) if self.cores is None else _within(self.cores, cores)


def _within(chosen: Collection[int], cores: int) -> tuple[int, ...]:
    if max(chosen) >= cores:
        raise InputError(
            _("core {core} is not one of the {cores} of the node, which count from 0").format(
                core=max(chosen), cores=cores
            )
        )
    return tuple(sorted(chosen))
