"""Whether an update goes on: progress, its deadline, and pods that become available by waiting."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from aio_sim.containers.platform.deployment import Deployment
from aio_sim.kernel.environment import COMPLETION, Environment, Timer


class Progress:
    """Watches one deployment: `again` is told when a pod becomes available by itself.

    `stalled` is told where what is not yet as wanted has not come nearer to it until the deadline.
    """

    def __init__(
        self,
        env: Environment,
        deployment: Deployment,
        again: Callable[[Deployment], None],
        stalled: Callable[[Deployment], None],
    ) -> None:
        self._env = env
        self._deployment = deployment
        self._again = again
        self._stalled = stalled
        self._seen: tuple[int, ...] = ()
        self._deadline = Timer(env, self._stall, COMPLETION)
        self._available = Timer(env, self._look_again, COMPLETION)
        self._waiting: list[Event] = []

    def rest(self) -> Event:
        """Return an event that fires when all is as wanted, or is said to be stalled."""
        event = Event(self._env)
        self._waiting.append(event)
        self._seen = ()  # what has stalled before has its whole deadline again
        return event

    def look(self) -> None:
        """Compare what there is with what there was, and set the timers."""
        self._await_pods()
        deployment = self._deployment
        if deployment.settled:
            deployment.trouble = ""
            self._seen = ()
            self._deadline.cancel()
            self._tell()
            return
        newest, old = deployment.newest, deployment.sets[:-1]
        view = newest.view(self._env.now, deployment.spec.minimum_ready)
        seen = (newest.number, view.size, view.available, sum(len(each.pods) for each in old))
        if seen != self._seen:
            self._seen = seen
            self._deadline.set(self._env.now + deployment.spec.deadline)

    def _await_pods(self) -> None:
        """Look again when the next pod has been ready for long enough."""
        minimum = self._deployment.spec.minimum_ready
        now = self._env.now
        moments = [pod.ready_since + minimum for pod in self._deployment.pods if pod.ready]
        later = [moment for moment in moments if moment > now]
        if later:
            self._available.set(min(later))
        else:
            self._available.cancel()

    def _look_again(self) -> None:
        self._again(self._deployment)

    def _stall(self) -> None:
        self._stalled(self._deployment)
        self._tell()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.succeed()
