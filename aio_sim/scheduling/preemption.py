"""Whose core a ready process takes, if anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aio_sim.scheduling.core import Core
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ask, overrides


def victim(
    policy: SchedulingPolicy, moment: Moment, candidate: Process, cores: Sequence[Core]
) -> Core | None:
    """Return the core of the worst process that the candidate may preempt, None if there is none.

    The worst is the last by key, arrival and number; under a policy that picks, the one dispatched
    last. Raises PolicyError where the policy raises.
    """
    by_turn = overrides(policy, "pick")

    def rank(core: Core) -> tuple[Any, ...]:
        process = core.process
        if by_turn or process is None:
            return (core.turn,)
        key = ask(policy, policy.key, process, moment)
        return key, process.arrival, process.number

    running = [core for core in cores if core.process is not None]
    for core in sorted(running, key=rank, reverse=True):
        if ask(policy, policy.preempts, candidate, core.process, moment):
            return core
    return None
