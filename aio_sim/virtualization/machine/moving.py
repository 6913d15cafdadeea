"""Where migrating machines and copied images find their room: the books of the hosts."""

from __future__ import annotations

from collections.abc import Mapping

from aio_sim.hardware.host import Host
from aio_sim.kernel.messages import _
from aio_sim.resources.allocation import Allocation
from aio_sim.resources.demand import Demand
from aio_sim.resources.manager import ResourceManager
from aio_sim.virtualization.machine.room import HostRoom
from aio_sim.virtualization.machine.virtual_machine import VirtualMachine
from aio_sim.virtualization.migration.under_way import MigratableMachine


class MachineRooms:
    """Sets room for a machine aside where it goes, and takes it back where it was.

    `rooms` are those of the hosts, and `machines` all there are, by name.
    """

    def __init__(
        self, rooms: Mapping[str, HostRoom], machines: Mapping[str, VirtualMachine]
    ) -> None:
        self._rooms = rooms
        self._machines = machines

    def promise(self, machine: MigratableMachine, host: Host, *, image: bool = False) -> str:
        """Set room aside on a host, also for the image if it moves; return "", or why not."""
        known = self._machines[machine.name]
        return self._rooms[host.name].take_in(self._rooms[known.host.name].lodgers[known], image)

    def moved(self, machine: MigratableMachine, source: Host) -> None:
        """Have a machine use its room on the host that it is on now, and not that on `source`."""
        known = self._machines[machine.name]
        left = self._rooms[source.name]
        self._rooms[known.host.name].settle(known, left.lodgers[known])
        left.weigh()

    def give_back(self, machine: MigratableMachine, host: Host) -> None:
        """Take back the room that the machine had on a host where it is not."""
        self._rooms[host.name].dismiss(self._machines[machine.name])


class LentSpace:
    """The disk space of images that move with their machines, which rooms lend to these."""

    def promise(self, _host: Host, _size: int) -> str:
        """Set nothing aside: the machine's room on the host has it."""
        return ""

    def give_back(self, _host: Host, _size: int) -> None:
        """Take nothing back: that comes with the machine's room."""


class HostDisks:
    """Lends space on hosts' disks for images that are copied there. `numbers` are the hosts'."""

    def __init__(self, manager: ResourceManager, numbers: Mapping[str, int]) -> None:
        self._manager = manager
        self._numbers = numbers
        self._lent: dict[tuple[str, int], list[Allocation]] = {}

    def promise(self, host: Host, size: int) -> str:
        """Set space aside and return "", or return why there is none."""
        number = self._numbers[host.name]
        if self._manager.free(number).disk < size:
            return _("the disk of {host} has no room for it").format(host=host.name)
        allocation = self._manager.request(Demand(disk=size, host=number))
        if allocation.rejected:
            return allocation.rejected
        self._lent.setdefault((host.name, size), []).append(allocation)
        return ""

    def give_back(self, host: Host, size: int) -> None:
        """Take back space that was promised."""
        self._lent[host.name, size].pop().release()

    def close(self) -> None:
        """Take all of it back, at the end of a run."""
        for allocations in self._lent.values():
            for allocation in allocations:
                allocation.release()
