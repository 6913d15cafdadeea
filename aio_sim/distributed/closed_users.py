"""Users who think, make a request, wait until it is done, and think again."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.scheduling.process import Process


class ClosedUsers:
    """The users of one closed workload: a request follows the end of the one before it.

    `requests` has, for each user, pairs of thinking time and the request that follows, not yet
    placed in time. A user whose request is rejected leaves, and so does one of whose requests
    two are lost at one instant, each as soon as it is made: nobody is there to answer.
    """

    def __init__(
        self,
        env: Environment,
        requests: Sequence[Iterator[tuple[int, Process]]],
        number: Callable[[], int],
        deliver: Callable[[Process], None],
        until: int | None,
    ) -> None:
        self._env = env
        self._requests = requests
        self._number = number
        self._deliver = deliver
        self._until = until
        self._timer = Timer(env, self._ask, ARRIVAL)
        self._thinking: list[tuple[int, int, Process]] = []
        self._unheard: dict[int, int] = {}  # when users lost a request as soon as it was made
        for user in range(len(requests)):
            self._think(user)
        self._set_timer()

    @property
    def over(self) -> bool:
        """Whether nobody is going to ask again without an answer first."""
        return not self._thinking

    def answered(self, task: Process) -> None:
        """Let the user whose request has ended think of the next one."""
        self._think(task.index % len(self._requests))
        self._set_timer()

    def lost(self, task: Process) -> None:
        """Let the user whose request was lost think of the next one, or leave."""
        user, now = task.index % len(self._requests), self._env.now
        if task.arrival == now:
            if self._unheard.get(user) == now:
                return
            self._unheard[user] = now
        self.answered(task)

    def _think(self, user: int) -> None:
        for think, request in self._requests[user]:
            at = self._env.now + think
            if self._until is None or at < self._until:
                heapq.heappush(self._thinking, (at, user, request))
            return

    def _set_timer(self) -> None:
        if self._thinking and self._timer.due != self._thinking[0][0]:
            self._timer.set(self._thinking[0][0])

    def _ask(self) -> None:
        thinking, now = self._thinking, self._env.now
        while thinking and thinking[0][0] <= now:
            _, _, request = heapq.heappop(thinking)
            request.number = self._number()
            request.arrival = request.ready_since = now
            if request.deadline is not None:
                request.deadline += now
            self._deliver(request)
        self._set_timer()
