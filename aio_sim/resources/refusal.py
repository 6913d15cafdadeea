"""Why a demand can never be met, however long it waits."""

from __future__ import annotations

from aio_sim.kernel.messages import _
from aio_sim.resources.demand import CORES, KINDS, Demand, Needs
from aio_sim.resources.quota import QuotaBook
from aio_sim.resources.rooms import Rooms, rooms_of


class Refusal:
    """Knows the demands that the hosts could not meet if they were empty, and says why."""

    def __init__(self, capacity: list[tuple[int, ...]], quotas: QuotaBook) -> None:
        self._empty: Rooms = rooms_of(capacity)
        self._quotas = quotas
        self._most = [max(column) for column in zip(*capacity, strict=True)]
        self._sum = [sum(column) for column in zip(*capacity, strict=True)]

    def reason(self, demand: Demand, needs: Needs) -> str | None:
        """Return why a demand can never be met, None where it can."""
        if demand.host is not None:
            reason = self._too_much_for(demand.host, needs)
        elif demand.span and demand.cores:
            reason = self._too_much_for_all(demand, needs)
        else:
            reason = self._too_much_for_any(needs)
        return reason or self._beyond_quota(demand.tenant, needs)

    def _too_much_for(self, host: int, needs: Needs) -> str | None:
        for kind, amount in needs:
            there = self._empty.capacity[host][kind]
            if amount > there:
                return _lacking(kind, amount, there, _("the host asked for"))
        return None

    def _too_much_for_any(self, needs: Needs) -> str | None:
        for kind, amount in needs:
            if amount > self._most[kind]:
                return _lacking(kind, amount, self._most[kind], _("the largest host"))
        if self._empty.first(needs) is None:
            return _("no host has all that is needed together")
        return None

    def _too_much_for_all(self, demand: Demand, needs: Needs) -> str | None:
        for kind, amount in needs:
            if amount > self._sum[kind]:
                return _lacking(kind, amount, self._sum[kind], _("all hosts together"))
        if self._empty.units(demand.share) < demand.cores:
            return _("the hosts have not enough beside each core that is needed")
        return None

    def _beyond_quota(self, tenant: str | None, needs: Needs) -> str | None:
        beyond = self._quotas.never_admits(tenant, needs)
        if beyond is None:
            return None
        return _lacking(*beyond, _("the quota of tenant {tenant}").format(tenant=tenant))


def _lacking(kind: int, amount: int, there: int, where: str) -> str:
    # Sizes are left out, so that like demands are counted under one reason.
    if kind == CORES:
        return _("needs {amount} cores, {where} has {there}").format(
            amount=amount, where=where, there=there
        )
    return _("needs more {kind} than {where} has").format(kind=KINDS[kind], where=where)
