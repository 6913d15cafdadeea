"""Whether a machine is there for its containers: a host, or a virtual machine that has booted."""

from __future__ import annotations

from simpy.events import Event

from aio_sim.containers.engine import ContainerEngine
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.virtualization.machine import VirtualMachine, VmState

GONE = frozenset({VmState.SHUTTING_DOWN, VmState.OFF, VmState.DESTROYED})


class NodeGate:
    """Open while a machine is up; the engine there hears when it dies, and when it is back."""

    def __init__(
        self, env: Environment, engine: ContainerEngine, machine: VirtualMachine | None
    ) -> None:
        self.opened = Event(env)
        """Happens when the machine is up; its value is False where it never will be."""
        self.deaths = 0
        """How often the machine has died."""
        self._env = env
        self._engine = engine
        if machine is None:
            self.opened.succeed(True)
        else:
            machine.follow(self._follow)
            if machine.running:
                self.opened.succeed(True)

    def fail(self) -> None:
        """Close: the machine dies, with what runs there."""
        if self.opened.triggered:
            self.deaths += 1
            self.opened = Event(self._env)
            self._engine.fail()

    def repair(self) -> None:
        """Open: the machine is up, for the first time or again."""
        if not self.opened.triggered:
            self.opened.succeed(True)
            if self.deaths:
                self._engine.recover()

    @property
    def closed(self) -> str:
        """That the machine is no more, in words."""
        return _("{node} is no more").format(node=self._engine.node.name)

    def _follow(self, state: VmState) -> None:
        if state is VmState.RUNNING:
            self.repair()
        elif state in GONE:
            self.fail()
        if state is VmState.DESTROYED:
            self.opened.succeed(False)
