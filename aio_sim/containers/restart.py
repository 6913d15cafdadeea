"""Whether a container that has ended is started again, and after how long.

Source: moby/moby, restartmanager/restartmanager.go: 100 ms, doubled each time up to a minute, from
the beginning again once the container ran for 10 s (Docker documentation, Start containers
automatically).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import DURATION_UNITS


class Restart(StrEnum):
    """When a container is started again that nobody has stopped."""

    NO = "no"
    ON_FAILURE = "on-failure"
    """Where its exit code is not 0."""
    ALWAYS = "always"
    UNLESS_STOPPED = "unless-stopped"
    """As ALWAYS, until somebody stops it: also where its node comes up again."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """Delays that double, from `first` to `most`, and begin anew after a run of `reset`; all ns.

    With `at_once` there is no delay before the first of them.
    """

    first: int
    most: int
    reset: int
    factor: int = 2
    at_once: bool = False


DOCKER_BACK_OFF: Final = BackOff(
    100 * DURATION_UNITS["ms"], 60 * DURATION_UNITS["s"], 10 * DURATION_UNITS["s"]
)

# At once, then 10 s, doubled up to 300 s, anew after 10 minutes without trouble (Kubernetes
# documentation, Pod Lifecycle, "How Pods handle problems with containers"; Luksa and Conner,
# Kubernetes in Action, 2nd ed., 6.2.1).
KUBERNETES_BACK_OFF: Final = BackOff(
    10 * DURATION_UNITS["s"],
    300 * DURATION_UNITS["s"],
    600 * DURATION_UNITS["s"],
    at_once=True,
)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When to start again; `retries` bounds ON_FAILURE, None for no bound.

    Raises InputError where there are retries and the policy is another, or fewer than one.
    """

    restart: Restart = Restart.NO
    retries: int | None = None

    def __post_init__(self) -> None:
        if self.retries is None:
            return
        if self.restart is not Restart.ON_FAILURE or self.retries < 1:
            raise InputError(_("retries are at least 1, and of the restart policy on-failure"))

    def wants(self, code: int, restarts: int) -> bool:
        """Return whether to start again after an exit with that code, and so many restarts."""
        if self.restart is Restart.ON_FAILURE:
            return code != 0 and (self.retries is None or restarts < self.retries)
        return self.restart is not Restart.NO


class Restarts:
    """The restarts of one container: how many there were, and the delay before the next."""

    def __init__(self, policy: RestartPolicy, back_off: BackOff) -> None:
        self.count = 0
        self._policy = policy
        self._back_off = back_off
        self._delay: int | None = None

    def after(self, code: int, ran: int) -> int | None:
        """Return the delay before the next start, after a run of `ran` ns; None for no start."""
        rule, before = self._back_off, self._delay
        if before is None or ran >= rule.reset:
            self._delay = 0 if rule.at_once else rule.first
        else:
            self._delay = min(before * rule.factor or rule.first, rule.most)
        if not self._policy.wants(code, self.count):
            return None
        self.count += 1
        return self._delay

    def returns(self, stopped: bool) -> bool:
        """Return whether it is started when its node comes up again."""
        restart = self._policy.restart
        return restart is Restart.ALWAYS or (restart is Restart.UNLESS_STOPPED and not stopped)
