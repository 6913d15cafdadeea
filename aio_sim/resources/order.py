"""The order of a queue for capacity, as any scheduling policy gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ask, overrides

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

Ticket = tuple[Any, int, int, Allocation]
"""A place in a queue: key, arrival and turn, and whose it is."""


class QueueOrder:
    """Asks a scheduling policy who comes first.

    The policy sees an entry of its own for each allocation, like its process, so that what it
    notes there (`data`) does not meet what the policy of a Cpu notes of the same process.
    """

    def __init__(
        self,
        env: Environment,
        policy: SchedulingPolicy,
        random_stream: Callable[[], np.random.Generator],
    ) -> None:
        self._env = env
        self._policy = policy
        self._moment = Moment(random_stream)
        self.moves = overrides(policy, "pick")
        """Whether the order must be asked for anew each time."""
        self._plain = not (self.moves or overrides(policy, "key"))

    def ticket(self, allocation: Allocation) -> Ticket:
        """Return where an allocation stands."""
        entry = allocation.entry
        if entry is None:
            return allocation.turn, 0, allocation.turn, allocation
        key = 0 if self.moves else ask(self._policy, self._policy.key, entry, self._now())
        return key, entry.arrival, allocation.turn, allocation

    def pick(self, ready: Sequence[Allocation]) -> Allocation:
        """Return who comes first of some that wait, which are in the order of asking.

        Raises PolicyError where the policy raises, or answers with another.
        """
        entries = [allocation.entry for allocation in ready]
        picked = ask(self._policy, self._policy.pick, entries, self._now())
        for allocation in ready:
            if allocation.entry is picked:
                return allocation
        raise PolicyError(
            _("policy {policy}: pick answered {picked!r}, which does not wait").format(
                policy=type(self._policy).__name__, picked=picked
            )
        )

    def changes_at(self) -> int | None:
        """Return the next instant at which the order changes by itself, or None."""
        at: int | None = ask(self._policy, self._policy.reorders_at, self._now())
        return at

    def enters(self, allocation: Allocation) -> None:
        """Note that an allocation is asked for."""
        if not self._plain:
            allocation.entry = entry = self._entry(allocation)
            ask(self._policy, self._policy.enters, entry, self._now())

    def starts(self, allocation: Allocation) -> None:
        """Note that it was granted."""
        if allocation.entry is not None:
            ask(self._policy, self._policy.starts, allocation.entry, self._now())

    def leaves(self, allocation: Allocation) -> None:
        """Note that it was returned, or withdrawn."""
        entry = allocation.entry
        if entry is None:
            return
        moment = self._now()
        if allocation.granted:
            entry.remaining = 0
            held = self._env._now - allocation.granted_at
            ask(self._policy, self._policy.ran, entry, held, moment)
        ask(self._policy, self._policy.leaves, entry, moment)

    def _now(self) -> Moment:
        self._moment.now = self._env._now
        return self._moment

    def _entry(self, allocation: Allocation) -> Process:
        now = self._env._now
        process = allocation.demand.process
        if process is None:
            entry = Process(allocation.turn, now, allocation.demand.estimate or 0)
        else:
            entry = Process(
                process.number,
                process.arrival,
                process.work,
                priority=process.priority,
                weight=process.weight,
                deadline=process.deadline,
                source=process.source,
                index=process.index,
            )
        entry.joined = allocation.turn
        entry.ready_since = now
        return entry
