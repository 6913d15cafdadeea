"""Whose core a ready process takes, if anybody's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from aio_sim.scheduling.core import Core
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ask, overrides


class Holder(Protocol):
    """What a process runs on: who it is, and how many were dispatched before it."""

    @property
    def process(self) -> Process | None: ...
    @property
    def turn(self) -> int: ...


H = TypeVar("H", bound=Holder)


def worst_first(cores: Sequence[H], key: Callable[[Process], Any] | None) -> list[H]:
    """Return the cores that run a process, in the order in which they are to be lost.

    The worst process is the last by key, arrival and number; without a key, for the policy picks,
    the one dispatched last.
    """

    def rank(core: H) -> tuple[Any, ...]:
        process = core.process
        if key is None or process is None:
            return (core.turn,)
        return key(process), process.arrival, process.number

    running = [core for core in cores if core.process is not None]
    return sorted(running, key=rank, reverse=True)


def victim(
    policy: SchedulingPolicy, moment: Moment, candidate: Process, cores: Sequence[Core]
) -> Core | None:
    """Return the core of the worst process that the candidate may preempt, None if there is none.

    Raises PolicyError where the policy raises.
    """

    def key(process: Process) -> Any:
        return ask(policy, policy.key, process, moment)

    for core in worst_first(cores, None if overrides(policy, "pick") else key):
        if ask(policy, policy.preempts, candidate, core.process, moment):
            return core
    return None
