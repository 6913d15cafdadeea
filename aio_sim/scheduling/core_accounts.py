"""The accounts of cores: the time that processes have had, and the slices it came in."""

from __future__ import annotations

from typing import Any

from aio_sim.kernel.errors import PolicyError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.core import Core
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ready_queue import ask, overrides


class CoreAccounts:
    """Charges processes for the time they had, and renews slices that ended while nobody waited.

    Both are done when somebody needs to know, for all the time since the last look.
    """

    __slots__ = ("_env", "_moment", "_policy", "_ran", "_reorders", "busy")

    def __init__(self, context: LoopContext) -> None:
        policy = context.policy
        self._env = context.env
        self._policy = policy
        self._moment = context.moment
        self._ran = policy.ran if overrides(policy, "ran") else None
        self._reorders = overrides(policy, "reorders_at")
        self.busy = 0
        """Core-nanoseconds of work charged so far."""

    @property
    def told(self) -> bool:
        """Whether the policy wants to hear what each process has had."""
        return self._ran is not None

    def slice(self, process: Process) -> int | None:
        """Return how long the policy lets a process keep its core, in nanoseconds.

        Raises PolicyError where that is no whole number above 0.
        """
        length: Any = ask(self._policy, self._policy.slice, process, self._moment)
        if length is None:
            return None
        if not isinstance(length, int) or length <= 0:
            raise PolicyError(
                _(
                    "policy {policy}: slice must be a whole number of nanoseconds above 0, "
                    "got {length!r}"
                ).format(policy=type(self._policy).__name__, length=length)
            )
        return length

    def next_order(self) -> int | None:
        """Return the next instant at which the policy's keys change by themselves, or None.

        Raises PolicyError where that is no later instant.
        """
        moment = self._moment
        at: Any = ask(self._policy, self._policy.reorders_at, moment)
        if at is not None and (not isinstance(at, int) or at <= moment.now):
            raise PolicyError(
                _("policy {policy}: reorders_at must be an instant after now, got {at!r}").format(
                    policy=type(self._policy).__name__, at=at
                )
            )
        return at

    def charge(self, core: Core, until: int) -> None:
        """Bring a core's account up to an instant, its slices renewed while nobody waited."""
        while core.slice_length is not None and core.slice_start + core.slice_length < until:
            self.renew(core, core.slice_start + core.slice_length)
            if self._policy.steady_slices and (core.real or not self._reorders):
                self._pass_over(core, until)
        self._account(core, until)

    def _pass_over(self, core: Core, until: int) -> None:
        """Go to the last slice that starts before an instant, or before the order changes."""
        length, start = core.slice_length, core.slice_start
        if length is None:
            return
        if self._reorders:
            self._moment.now = start
            until = min(until, self.next_order() or until)
            self._moment.now = self._env._now
        last = start + max(until - start - 1, 0) // length * length
        self._account(core, last)
        core.slice_start = last

    def _account(self, core: Core, until: int) -> None:
        process = core.process
        ran = until - core.since
        if process is None or ran <= 0:
            return
        process.remaining -= ran
        process.received += ran
        core.since = until
        self.busy += ran
        if self._ran is not None:
            self._moment.now = until if core.real else self._env._now
            ask(self._policy, self._ran, process, ran, self._moment)
            self._moment.now = self._env._now

    def renew(self, core: Core, at: int) -> None:
        """Give the process on a core another slice from that instant on."""
        process = core.process
        assert process is not None
        self._account(core, at)
        self._moment.now = at if core.real else self._env._now
        ask(self._policy, self._policy.renews, process, self._moment)
        core.slice_start = at
        core.slice_length = self.slice(process)
        self._moment.now = self._env._now
