"""A flow: bytes on their way from one host to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from simpy.events import Event

from aio_sim.hardware.network.units import BYTE, RATE_UNIT

if TYPE_CHECKING:
    from aio_sim.hardware.network.bundle import Bundle
    from aio_sim.hardware.network.channel import Channel


class Sent(Protocol):
    """What was to be sent."""

    @property
    def sent(self) -> int:
        """How many bytes of it were."""

    @property
    def destination(self) -> str:
        """The host that they were to go to."""


class TransferFailed(Exception):  # noqa: N818  # it says what happened
    """A transfer did not come to its end: no route, a link cut, or given up.

    `sent` are the bytes that had been sent. It belongs to the simulated world, whose processes
    catch it and go on, and so is none of the errors that end a run.
    """

    def __init__(self, reason: str, flow: Sent) -> None:
        super().__init__(reason, flow)  # SimPy makes it again of these, for whoever waits
        self.reason = reason
        self.flow = flow
        self.sent = flow.sent

    def __str__(self) -> str:
        return self.reason


class Flow:
    """A transfer; made by `Network.transfer`.

    `size` is bytes, `started` nanoseconds, `limit` units of rate. `done` fires with the flow when
    its last byte arrives, and fails with TransferFailed where that will not be.
    """

    __slots__ = (
        "_cancel",
        "_departed",
        "_settle",
        "bundle",
        "channels",
        "destination",
        "done",
        "latency",
        "left",
        "limit",
        "name",
        "number",
        "size",
        "source",
        "started",
        "target",
    )

    def __init__(
        self,
        number: int,
        name: str,
        ends: tuple[str, str],
        size: int,
        limit: int | None,
        started: int,
        done: Event,
        settle: Callable[[], None],
        cancel: Callable[[Flow], None],
    ) -> None:
        self.number = number
        self.name = name
        self.source, self.destination = ends
        self.size = size
        self.limit = limit
        self.started = started
        self.done = done
        self.channels: tuple[Channel, ...] = ()
        self.latency = 0
        self.bundle: Bundle | None = None
        self.target = 0
        """The progress of its bundle at which its last byte is sent."""
        self.left = size * BYTE
        """Units of work left, while it is in no bundle."""
        self._settle = settle
        self._cancel = cancel
        self._departed: Event | None = None  # made when somebody asks

    @property
    def departed(self) -> Event:
        """What fires when its last byte has left, the latency of its way before `done`.

        It fails as that does where the byte never will. To be asked for before it has left.
        """
        if self._departed is None:
            self._departed = Event(self.done.env)
            if self.done.triggered:
                self.end_departure()
        return self._departed

    def end_departure(self) -> None:
        """Tell those who asked that the last byte has left, or that it never will."""
        event = self._departed
        if event is None or event.triggered:
            return
        if not self.done.triggered or self.done.ok:
            event.succeed(self)
            return
        failure: Any = self.done.value
        event.fail(failure)
        event.defused = True  # nobody need wait for it

    @property
    def work(self) -> int:
        """Units of work done so far."""
        left = self.left if self.bundle is None else self.bundle.left(self)
        return self.size * BYTE - left

    @property
    def sent(self) -> int:
        """Whole bytes sent so far."""
        return self.work // BYTE

    @property
    def rate(self) -> float:
        """Bits a second at this moment."""
        self._settle()
        return 0.0 if self.bundle is None else self.bundle.rate / RATE_UNIT

    def cancel(self) -> None:
        """Give the transfer up; nothing happens where it has ended."""
        self._cancel(self)
