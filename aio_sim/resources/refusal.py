"""Why a demand can never be met, however long it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import CORES, KINDS, Needs
from aio_sim.resources.quota import QuotaBook
from aio_sim.resources.rooms import Rooms, rooms_of


class Refusal:
    """Knows the demands that the hosts could not meet if they were empty, and says why."""

    def __init__(self, capacity: Sequence[tuple[int, ...]], quotas: QuotaBook) -> None:
        self._empty: Rooms = rooms_of(capacity)
        self._quotas = quotas
        self._most = [max(column) for column in zip(*capacity, strict=True)]
        self._sum = [sum(column) for column in zip(*capacity, strict=True)]

    def reason(self, allocation: Allocation) -> RejectionReason | None:
        """Return why it can never be granted, None where it can."""
        if reason := self._too_large(allocation):
            return RejectionReason(Cause.TOO_LARGE, reason)
        if reason := self._beyond_quota(allocation.demand.tenant, allocation.needs):
            return RejectionReason(Cause.QUOTA, reason)
        return None

    def _too_large(self, allocation: Allocation) -> str | None:
        demand, needs = allocation.demand, allocation.needs
        if demand.host is not None:
            return self._too_much_for(demand.host, needs)
        if allocation.share is not None:
            return self._too_much_for_all(allocation.share, demand.cores, needs)
        return self._too_much_for_any(needs)

    def _too_much_for(self, host: int, needs: Needs) -> str | None:
        lack = _lack(needs, self._empty.capacity[host])
        return lack and lack.told(
            _("needs {amount} cores, the host asked for has {there}"),
            _("needs more {kind} than the host asked for has"),
        )

    def _too_much_for_any(self, needs: Needs) -> str | None:
        if lack := _lack(needs, self._most):
            return lack.told(
                _("needs {amount} cores, the largest host has {there}"),
                _("needs more {kind} than the largest host has"),
            )
        if self._empty.first(needs) is None:
            return _("no host has all that is needed together")
        return None

    def _too_much_for_all(self, share: Needs, cores: int, needs: Needs) -> str | None:
        if lack := _lack(needs, self._sum):
            return lack.told(
                _("needs {amount} cores, all hosts together have {there}"),
                _("needs more {kind} than all hosts together have"),
            )
        if self._empty.units(share) < cores:
            return _("the hosts have not enough beside each core that is needed")
        return None

    def _beyond_quota(self, tenant: str | None, needs: Needs) -> str | None:
        if tenant is None or tenant not in self._quotas:
            return None
        lack = _lack(needs, self._quotas.limits[tenant])
        return lack and lack.told(
            _("needs {amount} cores, the quota of tenant {tenant} is {there}"),
            _("needs more {kind} than the quota of tenant {tenant}"),
            tenant=tenant,
        )


class _Lack(NamedTuple):
    """The first kind of which there is too little."""

    kind: int
    amount: int
    there: int

    def told(self, of_cores: str, of_others: str, **names: str) -> str:
        """Return the sentence that fits; sizes are left out, so that likes are counted together."""
        sentence = of_cores if self.kind == CORES else of_others
        return sentence.format(kind=KINDS[self.kind], amount=self.amount, there=self.there, **names)


def _lack(needs: Needs, there: Sequence[int | None]) -> _Lack | None:
    for kind, amount in needs:
        limit = there[kind]
        if limit is not None and amount > limit:
            return _Lack(kind, amount, limit)
    return None
