"""How the program of one pod does, and when its probes learn of it."""

from __future__ import annotations

from collections.abc import Callable

from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.probe import Probe, ProbeRecord
from aio_sim.kernel.environment import COMPLETION, Environment, Timer


class ProbeTimer:
    """One probe of a pod: says when its answer turns, which is known without looking."""

    __slots__ = ("_env", "_probe", "_record", "_timer", "_turned", "_usual")

    def __init__(
        self, env: Environment, probe: Probe, usual: bool, turned: Callable[[bool], None]
    ) -> None:
        self._env = env
        self._probe = probe
        self._usual = usual  # what it says of a container that has just begun
        self._turned = turned
        self._record: ProbeRecord | None = None
        self._timer = Timer(env, self._turn, COMPLETION)

    def begin(self, finds: bool) -> None:
        """Look at a container that begins now."""
        now = self._env.now
        self._record = ProbeRecord(self._probe, now, says=self._usual, finds=finds)
        self.note(finds)

    def note(self, finds: bool) -> None:
        """Note what there is to be found from now on."""
        if self._record is not None:
            turns = self._record.turns(self._env.now, finds)
            if turns is None:
                self._timer.cancel()
            else:
                self._timer.set(turns)

    def end(self) -> None:
        """Look no more."""
        self._record = None
        self._timer.cancel()

    def _turn(self) -> None:
        assert self._record is not None
        self._record.turn(self._env.now)
        self._turned(self._record.says)


class PodHealth:
    """Follows a pod's container: whether its program serves, is found ready, and found alive.

    `ready` is told what readiness probes say, `hang` when the program hangs, `dead` when liveness
    probes have failed.
    """

    __slots__ = (
        "_dead",
        "_env",
        "_hang",
        "_live",
        "_pod",
        "_readiness",
        "_ready",
        "_ripe",
        "_starts",
    )

    def __init__(
        self,
        env: Environment,
        pod: Pod,
        ready: Callable[[bool], None],
        hang: Callable[[], None],
        dead: Callable[[], None],
    ) -> None:
        template = pod.template
        self._env = env
        self._pod = pod
        self._ready = ready
        self._dead = dead
        self._starts = 0
        self._ripe = Timer(env, self._serves, COMPLETION)
        self._hang = Timer(env, hang, COMPLETION)
        probe = template.readiness
        self._readiness = None if probe is None else ProbeTimer(env, probe, False, ready)
        probe = template.liveness
        self._live = None if probe is None else ProbeTimer(env, probe, True, self._alive)

    def follow(self, state: ContainerState, starts: int) -> None:
        """Note that the container is in another state, and how often it was started."""
        if state is ContainerState.RUNNING and starts != self._starts:
            self._starts = starts
            self._begin()
        elif state is ContainerState.RUNNING:
            ripens = self._pod.template.health.ready_after is not None
            self._note(ripens and self._ripe.due < self._env.now)
        elif state is ContainerState.PAUSED:
            self._note(serves=False)
        else:
            self.end()

    def end(self) -> None:
        """Note that the container does not run any more."""
        self._pod.healthy = False
        self._ripe.cancel()
        self._hang.cancel()
        for probe in (self._readiness, self._live):
            if probe is not None:
                probe.end()
        self._ready(False)

    def _begin(self) -> None:
        now, health = self._env.now, self._pod.template.health
        self._pod.healthy = serves = health.ready_after == 0
        if health.ready_after:
            self._ripe.set(now + health.ready_after)
        if health.hangs_after is not None:
            self._hang.set(now + health.hangs_after)
        if self._live is not None:
            self._live.begin(serves)
        if self._readiness is not None:
            self._readiness.begin(serves)
        else:  # it counts as ready as soon as it runs
            self._ready(True)

    def _serves(self) -> None:
        if self._pod.running:
            self._note(serves=True)

    def _note(self, serves: bool) -> None:
        self._pod.healthy = serves
        for probe in (self._readiness, self._live):
            if probe is not None:
                probe.note(serves)

    def _alive(self, alive: bool) -> None:
        if not alive:
            self._dead()
