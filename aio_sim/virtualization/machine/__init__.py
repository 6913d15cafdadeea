"""Virtual machines and their monitor, on the event loop."""

from aio_sim.virtualization.machine.virtual_machine import VirtualMachine, VmState

__all__ = ["VirtualMachine", "VmState"]
