"""The network: links, switches and their topology; flows that share them max-min fairly."""

from aio_sim.hardware.network.flow import Flow, TransferFailed
from aio_sim.hardware.network.network import Network
from aio_sim.hardware.network.topology import Link, Switch, Topology

__all__ = ["Flow", "Link", "Network", "Switch", "Topology", "TransferFailed"]
