"""Why a statement of a transaction could not be carried out at once, whatever the engine."""

from __future__ import annotations

from aio_sim.kernel.errors import AioSimError


class WaitError(AioSimError):
    """The statement has had no effect, and is to be tried again when others have moved on."""


class RestartError(AioSimError):
    """The transaction is rolled back, and is to be begun anew."""
