"""The network for those who want their transfers protected."""

from __future__ import annotations

from aio_sim.hardware.network.transport import Network
from aio_sim.scenario.protection import KindName, kind_of


def under(transport: Network, kind: KindName | None) -> Network:
    """Return the network for transfers that are protected so; as it is where nothing is said."""
    if kind is None:
        return transport
    from aio_sim.distributed.protection import SecuredNetwork  # ciphers take a while to load

    return transport.under(kind_of(kind)) if isinstance(transport, SecuredNetwork) else transport
