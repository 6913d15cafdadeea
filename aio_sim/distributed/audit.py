"""Audits the books of a run as it goes."""

from __future__ import annotations

from collections.abc import Sequence

from aio_sim.distributed.dispatcher import Dispatcher
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.resources.manager import ResourceManager
from aio_sim.scheduling.cpu import Cpu


class Audit:
    """Checks that time never goes back, no task is lost and no capacity is lent twice.

    A whole check looks at every machine, so there is one for as many events as there are machines.
    """

    def __init__(
        self,
        env: Environment,
        dispatcher: Dispatcher,
        manager: ResourceManager,
        cpus: Sequence[Cpu],
    ) -> None:
        self._env = env
        self._dispatcher = dispatcher
        self._manager = manager
        self._cpus = cpus
        self._now = 0
        self._events = 0

    def after_event(self) -> None:
        """Check what one event may have broken.

        Raises AuditError where an invariant does not hold.
        """
        if self._env.now < self._now:
            raise AuditError(
                _("time went back from {before} ns to {now} ns").format(
                    before=self._now, now=self._env.now
                )
            )
        self._now = self._env.now
        self._events += 1
        if self._events >= len(self._cpus) and self._env.quiet():
            self._events = 0
            self.check()

    def check(self) -> None:
        """Check everything.

        Raises AuditError where an invariant does not hold.
        """
        self._manager.check()
        for cpu in self._cpus:
            cpu.check()
        here = sum(cpu.present for cpu in self._cpus)
        self._dispatcher.check(here)
