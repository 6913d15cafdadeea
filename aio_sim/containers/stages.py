"""The steps of containers' lives that take time: creation, start, end, removal."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import standing
from aio_sim.containers.node import Node
from aio_sim.containers.profile import Cost
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace


class Stages:
    """Lets each step take what it costs on a node, and notes it as a span."""

    def __init__(self, node: Node, trace: Trace) -> None:
        self._node = node
        self._trace = trace

    def take(self, container: Container, step: str, cost: Cost) -> Generator[Event, Any, None]:
        """Let a step of a container's life happen."""
        begun = self._node.env.now
        yield from self._node.take(f"{container.name}: {step}", cost)
        if self._node.env.now > begun:
            record = Record(self._trace, f"{container.name} stages")
            record.span(step, begun, self._node.env.now)


def cannot(container: Container) -> str:
    """Return that a container is in a state in which this cannot be done."""
    return standing(container.name, container.state)
