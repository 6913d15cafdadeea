"""Transfers that are encrypted, what that costs, and who listens on the way."""

from aio_sim.distributed.protection.secured_network import SecuredNetwork
from aio_sim.distributed.protection.security import Security, Tap

__all__ = ["SecuredNetwork", "Security", "Tap"]
