"""The lab on virtual machines on a host: which find room, and what each is entitled to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import RejectionReason
from aio_sim.teaching.labs.drawing import integer, one_of, stream
from aio_sim.virtualization.balloon import targets
from aio_sim.virtualization.entitlement import NO_TAX, entitlements
from aio_sim.virtualization.machine.claim import SECOND, MachineClaim
from aio_sim.virtualization.overcommit import HostLedger, Overcommit
from aio_sim.virtualization.profile import PROFILES, Profile

GIB: Final = 2**30
MOST_MACHINES: Final = 1000
"""The most machines of a problem."""


@dataclass(frozen=True)
class MachinesProblem:
    """A host of `cores` and `memory` bytes under a monitor, and machines that come in order."""

    profile: Profile
    cores: int
    memory: int
    overcommit: Overcommit
    claims: tuple[MachineClaim, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "profile": self.profile.name,
            "cores": self.cores,
            "memory": self.memory,
            "overcommit": {
                "cores": float(self.overcommit.cores),
                "memory": float(self.overcommit.memory),
            },
            "machines": [_claimed(claim) for claim in self.claims],
        }


def _claimed(claim: MachineClaim) -> dict[str, Any]:
    limit = claim.core_limit
    return {
        "cores": claim.cores,
        "memory": claim.memory,
        "shares": claim.shares,
        "reservation": float(claim.reserved_cores),
        "limit": None if limit is None else float(limit),
    }


class Lodging(NamedTuple):
    """What becomes of one machine: cores and bytes when all are busy, 0 where it is refused."""

    claim: MachineClaim
    refused: RejectionReason | None
    overhead: int
    """Bytes that the monitor needs for it."""
    cores: Fraction = Fraction(0)
    memory: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "refused": None if self.refused is None else str(self.refused.cause),
            "cores": float(self.cores),
            "memory": self.memory,
            "overhead": self.overhead,
        }


@dataclass(frozen=True)
class MachinesAnswer:
    """What becomes of each machine, and how much the host has promised."""

    lodgings: tuple[Lodging, ...]
    ledger: HostLedger = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it, sizes in bytes."""
        return {
            "machines": [lodging.as_json() for lodging in self.lodgings],
            "own_memory": self.ledger.own,
            "consolidation": self.ledger.machines,
            "overcommit": {
                "cores": float(self.ledger.core_ratio),
                "memory": float(self.ledger.memory_ratio),
            },
        }


def draw(
    seed: int,
    *,
    profile: str | None = None,
    cores: int | None = None,
    memory: int | None = None,
    claims: Sequence[MachineClaim] | None = None,
    overcommit_cores: Fraction | None = None,
    overcommit_memory: Fraction | None = None,
) -> MachinesProblem:
    """Return a problem with what is given, sizes in bytes, the rest drawn under `seed`.

    How much may be promised is as the profile says, where it is not given. UnknownName for a
    profile that there is not; InputError for numbers that cannot be.
    """
    name = profile or one_of(stream(seed, "machines", "profile"), tuple(PROFILES))
    monitor = Profile.named(name)
    usual = monitor.overcommit
    return MachinesProblem(
        monitor,
        2 * integer(stream(seed, "machines", "cores"), 1, 2) if cores is None else cores,
        8 * GIB * integer(stream(seed, "machines", "memory"), 1, 2) if memory is None else memory,
        Overcommit(
            usual.cores if overcommit_cores is None else overcommit_cores,
            usual.memory if overcommit_memory is None else overcommit_memory,
        ),
        tuple(_draw_claims(seed) if claims is None else claims),
    )


def _draw_claims(seed: int) -> list[MachineClaim]:
    random = stream(seed, "machines", "claims")
    return [
        MachineClaim(
            integer(random, 1, 2),
            GIB * integer(random, 1, 4),
            shares=500 * integer(random, 1, 4),
            reserved_cores=Fraction(integer(random, 0, 2), 4),
        )
        for _machine in range(integer(random, 4, 6))
    ]


def solve(problem: MachinesProblem) -> MachinesAnswer:
    """Return which machines find room, in order, and what each has when all are busy.

    The monitor keeps its own memory, as in a run, so that a host smaller than that takes none.
    InputError for a host without cores or memory, and for no machines or more than MOST_MACHINES.
    """
    if min(problem.cores, problem.memory) < 1:
        raise InputError(_("a host has at least 1 core and 1 byte"))
    if not 1 <= len(problem.claims) <= MOST_MACHINES:
        raise InputError(
            _("expected 1 to {most:,} machines, got {count:,}").format(
                most=MOST_MACHINES, count=len(problem.claims)
            )
        )
    own = problem.profile.host_memory
    ledger = HostLedger(problem.cores, problem.memory, problem.overcommit, own)
    judged = [_judged(problem.profile, ledger, claim) for claim in problem.claims]
    return MachinesAnswer(tuple(_divided(problem, ledger, judged)), ledger)


def _judged(profile: Profile, ledger: HostLedger, claim: MachineClaim) -> Lodging:
    overhead = profile.overhead(claim.cores, claim.memory)
    return Lodging(claim, ledger.promise(claim.promise(overhead)), overhead)


def _divided(
    problem: MachinesProblem, ledger: HostLedger, judged: Sequence[Lodging]
) -> list[Lodging]:
    """Return the lodgings with what each is entitled to of cores and memory."""
    there = [lodging.claim for lodging in judged if lodging.refused is None]
    times = iter(entitlements(problem.cores * SECOND, [claim.of_cores() for claim in there]))
    room = max(ledger.guest_memory, 0)  # the monitor alone may need more than there is
    sizes = iter(targets(room, [claim.of_memory(None) for claim in there], NO_TAX))
    return [
        lodging
        if lodging.refused is not None
        else lodging._replace(cores=Fraction(next(times), SECOND), memory=next(sizes))
        for lodging in judged
    ]
