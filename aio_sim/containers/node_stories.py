"""What is being done on a node that may die: its death ends all of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Interrupt
from simpy.events import Event
from simpy.events import Process as Running

from aio_sim.containers.node import Node
from aio_sim.kernel.messages import _
from aio_sim.scheduling.completion import ProcessLost

Story = Generator[Event, Any, str]
"""Something that takes time; its value is why it failed, or ""."""


class NodeStories:
    """The stories of one node, each of which fails when the node dies; while it is dead all do."""

    def __init__(self, node: Node) -> None:
        self.dead = False
        """Whether the node is."""
        self._node = node
        self._told: dict[Running, None] = {}

    def begin(self, story: Story) -> Event:
        """Let something happen; the event's value is why it failed, or ""."""
        running = self._node.env.process(self._until_death(story))
        self._told[running] = None
        running.callbacks.append(lambda _event: self._told.pop(running))
        return running

    def fail(self) -> None:
        """End all that is being done, for the node has died."""
        self.dead = True
        for running in list(self._told):
            if running.is_alive:
                running.interrupt()

    def recover(self) -> None:
        """Let things be done again: the node is back."""
        self.dead = False

    @property
    def reason(self) -> str:
        """That the node has died, in words."""
        return _("{node} failed").format(node=self._node.name)

    def _until_death(self, story: Story) -> Story:
        if self.dead:
            return self.reason
        try:
            return (yield from story)
        except (Interrupt, ProcessLost):
            return self.reason
