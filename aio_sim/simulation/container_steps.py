"""Takes the steps that a scenario has for a container."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.processes.program import Program
from aio_sim.containers.processes.signals import Signal
from aio_sim.kernel.environment import Environment
from aio_sim.scenario.containers import steps as said

Story = Generator[Event, Any, None]


class ContainerSteps:
    """Does to containers what steps say; `programs` are those that `exec` runs, by name."""

    def __init__(self, env: Environment, programs: Mapping[str, Program]) -> None:
        self._env = env
        self._programs = programs

    def take(
        self, engine: ContainerEngine, container: Container, step: said.ContainerStep
    ) -> Story:
        """Take one step, to its end."""
        return _TAKE[type(step)](self, engine, container, step)

    def _at_once(self, engine: ContainerEngine, container: Container, step: Any) -> Story:
        """Take a step that takes no time."""
        match step:
            case said.PauseContainer():
                engine.pause(container)
            case said.ResumeContainer():
                engine.resume(container)
            case said.KillContainer() if step.signal == Signal.KILL.name:
                engine.kill(container)
            case said.KillContainer():
                container.signal(Signal[step.signal])
            case said.ExecContainer():
                container.execute(self._programs[step.program])
            case said.UpdateContainer():
                container.group.weigh(step.shares)
        yield from ()

    def _stop(self, engine: ContainerEngine, container: Container, step: Any) -> Story:
        yield engine.stop(container, step.grace)

    def _start(self, engine: ContainerEngine, container: Container, _step: Any) -> Story:
        yield engine.start(container)

    def _restart(self, engine: ContainerEngine, container: Container, _step: Any) -> Story:
        yield engine.stop(container)
        yield engine.start(container)

    def _destroy(self, engine: ContainerEngine, container: Container, _step: Any) -> Story:
        yield engine.destroy(container)


Take = Callable[[ContainerSteps, ContainerEngine, Container, Any], Story]

_TAKE: Final[Mapping[type, Take]] = {
    said.StopContainer: ContainerSteps._stop,
    said.StartContainer: ContainerSteps._start,
    said.RestartContainer: ContainerSteps._restart,
    said.DestroyContainer: ContainerSteps._destroy,
    **dict.fromkeys(
        (
            said.PauseContainer,
            said.ResumeContainer,
            said.KillContainer,
            said.ExecContainer,
            said.UpdateContainer,
        ),
        ContainerSteps._at_once,
    ),
}
