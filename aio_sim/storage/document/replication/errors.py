"""What can go wrong between a client and a replica set."""

from __future__ import annotations

from aio_sim.kernel.errors import AioSimError


class NoMemberError(AioSimError):
    """No member was found in time that could serve the request; it has had no effect."""


class UncertainWriteError(AioSimError):
    """The member that took the write failed, or was cut off: it may stand, or not."""


class WriteConcernError(AioSimError):
    """The write stands on the primary, but not yet on as many members as were asked for."""
