"""The lab on shares: how a monitor divides cores or memory among machines, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import RejectionReason
from aio_sim.teaching.labs.drawing import integer, one_of, stream
from aio_sim.virtualization.balloon import Move, moves
from aio_sim.virtualization.entitlement import (
    IDLE_MEMORY_TAX,
    Claim,
    Filling,
    entitlements,
    filling,
)
from aio_sim.virtualization.machine.claim import SECOND
from aio_sim.virtualization.overcommit import HostLedger, Overcommit, Promise
from aio_sim.virtualization.profile import ESXI

GIB: Final = 2**30
MOST_MACHINES: Final = 100
"""The most machines of a problem."""


class Resource(StrEnum):
    """What is divided."""

    CORES = "cores"
    MEMORY = "memory"

    @property
    def unit(self) -> int:
        """How many units of a claim are one core (nanoseconds a second) or one byte."""
        return SECOND if self is Resource.CORES else 1

    def amount(self, units: Fraction | int) -> float | int:
        """Return units of a claim as people count them: cores, or whole bytes."""
        return float(Fraction(units, SECOND)) if self is Resource.CORES else int(units)


@dataclass(frozen=True)
class SharesProblem:
    """A host's cores or bytes of memory, and what machines that come in order claim of them.

    Claims are in units of `resource.unit`; the demand of each is what its guest is told it has.
    """

    resource: Resource
    capacity: int
    overcommit: Fraction
    idle_tax: Fraction
    claims: tuple[Claim, ...]

    @property
    def units(self) -> int:
        """The capacity in the units of claims."""
        return self.capacity * self.resource.unit

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "resource": str(self.resource),
            "capacity": self.capacity,
            "overcommit": float(self.overcommit),
            "idle_tax": float(self.idle_tax),
            "machines": [self._claimed(claim) for claim in self.claims],
        }

    def _claimed(self, claim: Claim) -> dict[str, Any]:
        given = {
            "reservation": claim.reservation,
            "limit": claim.limit,
            "size": claim.demand,
            "active": claim.active,
        }
        return {"shares": claim.shares} | {
            name: None if units is None else self.resource.amount(units)
            for name, units in given.items()
        }


@dataclass(frozen=True)
class SharesAnswer:
    """Who is refused and what the others have, in the units of claims; 0 where refused.

    `steps` has the machines of `there` only; `changes` are those of balloons as the last of them is
    turned on.
    """

    resource: Resource
    refused: tuple[RejectionReason | None, ...]
    entitled: tuple[int, ...]
    steps: tuple[Filling, ...]
    changes: tuple[Move, ...]
    balloons: tuple[int, ...]
    """Bytes that each balloon holds; nothing for cores."""
    ledger: HostLedger

    @property
    def there(self) -> tuple[int, ...]:
        """The numbers of the machines that were not refused."""
        return tuple(at for at, reason in enumerate(self.refused) if reason is None)

    @property
    def ratio(self) -> Fraction:
        """How often what there is was promised."""
        cores = self.resource is Resource.CORES
        return self.ledger.core_ratio if cores else self.ledger.memory_ratio

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it: cores, or bytes; levels are for one share."""
        answer: dict[str, Any] = {
            "machines": [self._machine(at) for at in range(len(self.refused))],
            "consolidation": self.ledger.machines,
            "overcommit": float(self.ratio),
            "steps": [self._step(step) for step in self.steps],
        }
        if self.resource is Resource.MEMORY:
            answer["changes"] = [change._asdict() for change in self.changes]
        return answer

    def _machine(self, at: int) -> dict[str, Any]:
        reason = self.refused[at]
        machine: dict[str, Any] = {
            "refused": None if reason is None else str(reason.cause),
            "entitled": self.resource.amount(self.entitled[at]),
        }
        return machine | ({"balloon": self.balloons[at]} if self.balloons else {})

    def _step(self, step: Filling) -> dict[str, Any]:
        has = dict(zip(self.there, step.amounts, strict=True))
        return {
            "level": float(step.level / self.resource.unit),
            "entitled": [self.resource.amount(has.get(at, 0)) for at in range(len(self.refused))],
        }


def draw(
    seed: int,
    resource: Resource | None = None,
    *,
    capacity: int | None = None,
    claims: Sequence[Claim] | None = None,
    overcommit: Fraction | None = None,
    idle_tax: Fraction | None = None,
) -> SharesProblem:
    """Return a problem with what is given, the capacity in cores or bytes, the rest drawn.

    Overcommit and the tax on idle memory are those of ESXi where they are not given.
    """
    if resource is None:
        resource = Resource(one_of(stream(seed, "shares", "resource"), tuple(Resource)))
    if capacity is None:
        drawn = 2 * integer(stream(seed, "shares", "capacity"), 1, 3)
        capacity = drawn if resource is Resource.CORES else drawn * GIB
    if claims is None:
        claims = _draw_claims(seed, resource, capacity)
    usual = ESXI.overcommit.cores if resource is Resource.CORES else ESXI.overcommit.memory
    return SharesProblem(
        resource,
        capacity,
        usual if overcommit is None else overcommit,
        IDLE_MEMORY_TAX if idle_tax is None else idle_tax,
        tuple(claims),
    )


def _draw_claims(seed: int, resource: Resource, capacity: int) -> list[Claim]:
    """Return claims of which some are reserved, some limited, and which are more than there is."""
    random = stream(seed, "shares", "claims")
    eighth = max(capacity * resource.unit // 8, 1)
    whole = resource.unit if resource is Resource.CORES else GIB
    claims = []
    for _machine in range(integer(random, 3, 5)):
        shares = 500 * integer(random, 1, 4)
        size = max(capacity * resource.unit // whole // 2, 1) * whole
        reserved = eighth * max(integer(random, -2, 2), 0)
        limit = eighth * integer(random, 2, 3) if integer(random, 0, 2) == 0 else None
        active = size // integer(random, 2, 4) if resource is Resource.MEMORY else None
        claims.append(Claim(shares, reserved, limit, size, active))
    return claims


def solve(problem: SharesProblem) -> SharesAnswer:
    """Return who finds room, in order, and how the level rises until all is divided.

    InputError for nothing to divide, for no machines or more than MOST_MACHINES, for a size of 0 or
    a reservation above size or limit, and for an idle memory tax that cannot be.
    """
    _check(problem)
    ledger = _ledger(problem)
    refused = [ledger.promise(_promise(problem.resource, claim)) for claim in problem.claims]
    there = [at for at, reason in enumerate(refused) if reason is None]
    claims = [problem.claims[at] for at in there]
    amounts = entitlements(problem.units, claims, problem.idle_tax)
    entitled = [0] * len(problem.claims)
    for at, amount in zip(there, amounts, strict=True):
        entitled[at] = amount
    return SharesAnswer(
        problem.resource,
        tuple(refused),
        tuple(entitled),
        tuple(filling(problem.units, claims, problem.idle_tax)),
        tuple(_changes(problem, there, amounts)),
        tuple(_balloons(problem, there, amounts)),
        ledger,
    )


def _check(problem: SharesProblem) -> None:
    if problem.capacity < 1:
        raise InputError(_("there must be something to divide: at least 1 core or 1 byte"))
    if not 1 <= len(problem.claims) <= MOST_MACHINES:
        raise InputError(
            _("expected 1 to {most:,} machines, got {count:,}").format(
                most=MOST_MACHINES, count=len(problem.claims)
            )
        )
    for at, claim in enumerate(problem.claims):
        most = claim.most(claim.demand or 0)
        if most < 1:
            sentence = _("machine {at}: its size and limit must be above 0")
        elif claim.reservation > most:
            sentence = _("machine {at}: it cannot reserve more than it may have")
        else:
            continue
        raise InputError(sentence.format(at=at))


def _ledger(problem: SharesProblem) -> HostLedger:
    """Return the book of the one that is divided; of the other, nothing is promised."""
    if problem.resource is Resource.CORES:
        return HostLedger(problem.capacity, 1, Overcommit(cores=problem.overcommit))
    return HostLedger(1, problem.capacity, Overcommit(memory=problem.overcommit))


def _promise(resource: Resource, claim: Claim) -> Promise:
    size = claim.demand or 0
    if resource is Resource.CORES:
        return Promise(size // SECOND, 0, reserved_cores=Fraction(claim.reservation, SECOND))
    return Promise(0, size, reserved_memory=claim.reservation)


def _balloons(problem: SharesProblem, there: Sequence[int], amounts: Sequence[int]) -> list[int]:
    """Return what each balloon must hold for its guest to keep to its part."""
    if problem.resource is Resource.CORES:
        return []
    balloons = [0] * len(problem.claims)
    for at, amount in zip(there, amounts, strict=True):
        balloons[at] = (problem.claims[at].demand or 0) - amount
    return balloons


def _changes(problem: SharesProblem, there: Sequence[int], amounts: Sequence[int]) -> list[Move]:
    """Return in which order memory changes hands when the last machine is turned on."""
    if problem.resource is Resource.CORES or not there:
        return []
    before = [problem.claims[at] for at in there[:-1]]
    now = [*entitlements(problem.units, before, problem.idle_tax), 0]
    changes = moves(problem.units, now, amounts)
    return [Move(there[machine], change) for machine, change in changes if change]
