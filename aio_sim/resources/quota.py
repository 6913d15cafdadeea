"""Quotas: how much of everything a tenant may hold at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aio_sim.resources.demand import KINDS, Needs


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that a tenant may hold at once, over all hosts; None where there is no limit."""

    cores: int | None = None
    memory: int | None = None
    disk: int | None = None

    @property
    def limits(self) -> tuple[int | None, ...]:
        """The limit of each kind, in the order of KINDS."""
        return tuple(getattr(self, kind) for kind in KINDS)


class QuotaBook:
    """What each tenant that has a quota holds of it."""

    def __init__(self, quotas: Mapping[str, Quota]) -> None:
        self.limits = {tenant: quota.limits for tenant, quota in quotas.items()}
        self.held = {tenant: [0] * len(KINDS) for tenant in quotas}

    def __contains__(self, tenant: object) -> bool:
        return tenant in self.limits

    def admits(self, tenant: str | None, needs: Needs) -> bool:
        """Return whether the tenant may hold this besides what it holds."""
        if tenant is None or tenant not in self.limits:
            return True
        held, limits = self.held[tenant], self.limits[tenant]
        for kind, amount in needs:
            limit = limits[kind]
            if limit is not None and held[kind] + amount > limit:
                return False
        return True

    def take(self, tenant: str | None, needs: Needs) -> None:
        """Note that a tenant was lent something."""
        if tenant in self.limits:
            held = self.held[tenant]
            for kind, amount in needs:
                held[kind] += amount

    def give(self, tenant: str | None, needs: Needs) -> None:
        """Note that a tenant returned something."""
        if tenant in self.limits:
            self.take(tenant, tuple((kind, -amount) for kind, amount in needs))
