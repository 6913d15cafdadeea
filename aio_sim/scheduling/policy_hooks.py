"""Tells a policy of processes that come, go and change their weight, where it wants to hear."""

from __future__ import annotations

from collections.abc import Callable

from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ask, overrides


class PolicyHooks:
    """The hooks of one policy for one ready queue; those that it leaves alone cost nothing.

    `charge` brings the accounts of all processes up to now: for where a newcomer starts may depend
    on how far the others are.
    """

    __slots__ = ("_charge", "_enters", "_env", "_leaves", "_moment", "_policy", "_reweighs")

    def __init__(self, context: LoopContext, charge: Callable[[], None] | None) -> None:
        policy = context.policy
        self._env = context.env
        self._moment = context.moment
        self._policy = policy
        self._charge = charge
        self._enters = policy.enters if overrides(policy, "enters") else None
        self._leaves = policy.leaves if overrides(policy, "leaves") else None
        self._reweighs = policy.reweighs if overrides(policy, "reweighs") else None

    def enters(self, process: Process) -> None:
        """Say that a process joins."""
        if self._enters is not None:
            self._tell(self._enters, process)

    def leaves(self, process: Process) -> None:
        """Say that a process has left."""
        if self._leaves is not None:
            self._tell(self._leaves, process)

    def reweighs(self, process: Process) -> None:
        """Say that a process has another weight."""
        if self._reweighs is not None:
            self._tell(self._reweighs, process)

    def _tell(self, hook: Callable[..., None], process: Process) -> None:
        self._moment.now = self._env._now
        if self._charge is not None:
            self._charge()
        ask(self._policy, hook, process, self._moment)
