"""What those who send bytes from host to host need of a network."""

from __future__ import annotations

from typing import Protocol

from simpy.events import Event


class Flow(Protocol):
    """Bytes on their way."""

    @property
    def done(self) -> Event:
        """Fires when all have arrived; fails with TransferFailed where the way is cut."""

    @property
    def sent(self) -> int:
        """How many bytes have been sent so far."""

    @property
    def rate(self) -> float:
        """How many bits a second are being sent."""

    def cancel(self) -> None:
        """Give up; `done` fails with TransferFailed."""


class Network(Protocol):
    """What carries bytes between hosts, and is shared by everybody."""

    def transfer(
        self,
        source: str,
        destination: str,
        size: int,
        *,
        rate_limit: int | None = None,
        name: str = "",
        content: bytes = b"",
    ) -> Flow:
        """Send bytes from one host to another, at no more than `rate_limit` bits a second.

        `content` is some of them, for whoever encrypts or listens on the way.
        """
