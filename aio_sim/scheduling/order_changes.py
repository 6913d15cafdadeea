"""Instants at which a policy's keys change by themselves: watched only while somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aio_sim.kernel.environment import Timer
from aio_sim.scheduling.core_accounts import CoreAccounts
from aio_sim.scheduling.dispatch_loop import LoopContext


class OrderChanges:
    """Calls back at the next instant at which the order of those who wait changes by itself."""

    __slots__ = ("_accounts", "_timer")

    def __init__(
        self, context: LoopContext, accounts: CoreAccounts, changed: Callable[[], None]
    ) -> None:
        phase: Any = context.supply.decision
        self._accounts = accounts
        self._timer = Timer(context.env, changed, phase)

    def watch(self) -> None:
        """Ask the policy when that is, and wait for it."""
        at = self._accounts.next_order()
        if at is not None and self._timer.due != at:
            self._timer.set(at)
