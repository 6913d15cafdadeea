"""The invariants of lending: never over capacity, and all returned at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import KINDS, Capacity
from aio_sim.resources.lender import Lender


def audit(capacities: Sequence[Capacity], lender: Lender, held: Iterable[Allocation]) -> None:
    """Add up what is held, from the allocations alone, and compare with the books.

    Raises AuditError where a host has lent more than it has, or the books say otherwise.
    """
    lent = [[0] * len(KINDS) for _capacity in capacities]
    by_tenant = {tenant: [0] * len(KINDS) for tenant in lender.quotas.held}
    for allocation in held:
        for host, needs in allocation.holdings:
            _add(lent[host], needs)
        if allocation.demand.tenant in by_tenant:
            _add(by_tenant[allocation.demand.tenant], allocation.needs)
    for capacity, row, free in zip(capacities, lent, lender.rooms.free, strict=True):
        _compare(capacity, row, free)
    if by_tenant != lender.quotas.held:
        raise AuditError(_("quotas: the books differ from what tenants hold"))
    _within(by_tenant, lender)


def audit_returned(held: Sequence[Allocation], waiting: int) -> None:
    """Raise AuditError where something was not returned, or somebody waits."""
    if held or waiting:
        raise AuditError(
            _("{held} allocations were not returned, {waiting} still wait").format(
                held=len(held), waiting=waiting
            )
        )


def _add(row: list[int], needs: Iterable[tuple[int, int]]) -> None:
    for kind, amount in needs:
        row[kind] += amount


def _compare(capacity: Capacity, lent: Sequence[int], free: Sequence[int]) -> None:
    for kind, name in enumerate(KINDS):
        there = capacity.amounts[kind]
        if not 0 <= lent[kind] <= there or lent[kind] + free[kind] != there:
            raise AuditError(
                _("host {host}: {lent} of {there} {kind} lent, {free} said to be free").format(
                    host=capacity.name, lent=lent[kind], there=there, kind=name, free=free[kind]
                )
            )


def _within(by_tenant: dict[str, list[int]], lender: Lender) -> None:
    for tenant, row in by_tenant.items():
        for held, limit in zip(row, lender.quotas.limits[tenant], strict=True):
            if limit is not None and held > limit:
                raise AuditError(
                    _("tenant {tenant} holds {held}, its quota is {limit}").format(
                        tenant=tenant, held=held, limit=limit
                    )
                )
