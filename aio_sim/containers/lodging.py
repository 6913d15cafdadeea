"""The memory of a node's containers: who has which limit, and who gives back under pressure."""

from __future__ import annotations

from aio_sim.containers.container import Container
from aio_sim.containers.memory_limits import shares_of_pressure
from aio_sim.containers.node import Node
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand


class Lodging:
    """Has the limits of containers lent by the resource manager, and taken back where memory lacks.

    A container that comes has its initial limit, for which those with dynamic limits shrink. What
    they grow by later is of what is free.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._here: dict[Container, None] = {}
        self._coming: dict[Container, Allocation] = {}  # what those have that are being made

    def room_for(self, container: Container) -> str:
        """Make room for a container and return "", or return why there is none."""
        size = container.spec.memory.initial
        if size <= self._node.capacity.memory and self.relieve(size):
            return ""
        return _("{node} has no room for the {size} of {container}").format(
            node=self._node.name, size=format_size(size), container=container.name
        )

    def relieve(self, size: int) -> bool:
        """Have so many bytes of the node free, taken of dynamic limits; False where they lack."""
        shortage = max(size - self._node.free.memory, 0)
        here = list(self._here)
        spare = [0 if each.memory is None else each.memory.spare for each in here]
        if shortage > sum(spare):
            return False
        for container, taken in zip(here, shares_of_pressure(shortage, spare), strict=True):
            if taken and container.memory is not None:
                container.memory.give_up(taken)
        return True

    def lend(self, container: Container) -> str:
        """Have the initial limit of a container that is being made lent; return why not, or ""."""
        reason = self.room_for(container)
        if reason:
            return reason
        size = container.spec.memory.initial
        lent = self._node.manager.take(Demand(memory=size, host=self._node.number))
        if lent is None:
            return _no_quota(container)
        self._coming[container] = lent
        return ""

    def take_in(self, container: Container) -> Allocation:
        """Count on a container when memory lacks, for it is made; return what is lent to it."""
        self._here[container] = None
        return self._coming.pop(container)

    def rest(self, container: Container) -> None:
        """Take back the memory of a container that has ended, until it is started again."""
        if container.memory is not None and not container.memory.resting:
            container.memory.rest()

    def wake(self, container: Container) -> str:
        """Have a container's memory lent again, if it is not; return why not, or ""."""
        memory = container.memory
        if memory is None or not memory.resting:
            return ""
        reason = self.room_for(container)
        if not reason and not memory.wake():
            reason = _no_quota(container)
        return reason

    def put_out(self, container: Container) -> None:
        """Take back all that was lent to a container, made or not."""
        self._here.pop(container, None)
        coming = self._coming.pop(container, None)
        if coming is not None:
            coming.release()
        if container.memory is not None:
            container.memory.lent.release()


def _no_quota(container: Container) -> str:
    return _("the quota of {container} is used up").format(container=container.name)
