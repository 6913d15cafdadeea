"""A transfer that is encrypted here, sent, and decrypted there, a part after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from simpy.events import Event

from aio_sim.distributed.relay import Relay, Stage
from aio_sim.hardware.network.flow import TransferFailed
from aio_sim.hardware.network.transport import Flow
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _

PARTS: Final = 16
"""A transfer goes in so many parts at most, so that its three stages overlap (assumption)."""
SMALLEST: Final = 1 << 16
"""Bytes of a part at least: 64 KiB, one frame."""

Work = Callable[[int], Event | None]
"""Does the work on so many bytes; the event fires when it is done, None where there is none."""


class Departing(Flow, Protocol):
    """A flow that tells when the next may follow it on the way."""

    @property
    def departed(self) -> Event:
        """Fires when its last byte has left; fails where it never will."""


class Stages(NamedTuple):
    """Who works on the bytes: those who encrypt, who send, and who decrypt."""

    encrypt: Work
    send: Callable[[int], Departing]
    decrypt: Work


class SecuredFlow:
    """Bytes that are encrypted, sent and decrypted, the three overlapping."""

    def __init__(self, env: Environment, destination: str, size: int, stages: Stages) -> None:
        self.destination = destination
        self.size = size
        self.done = Event(env)
        self._sender = _Sending(stages.send)
        self._relay = Relay(
            env,
            parts_of(size),
            [
                Stage(_Working(stages.encrypt), None),
                Stage(self._sender, 0),
                Stage(_Arriving(self._sender), 1),
                Stage(_Working(stages.decrypt), 2),
            ],
        )
        self._ended = False
        _when(self._relay.done, self._end)

    @property
    def sent(self) -> int:
        """How many bytes have been sent so far, as they were before."""
        return min(self._sender.sent, self.size)

    @property
    def rate(self) -> float:
        """How many bits a second are being sent."""
        flow = self._sender.flow
        return 0.0 if flow is None else flow.rate

    def cancel(self) -> None:
        """Give up; `done` fails with TransferFailed."""
        if not self._ended:
            self._relay.give_up(self._break(_("the transfer was given up")))

    def _end(self, relayed: Event) -> None:
        if self._ended:
            return
        if relayed.ok:
            self._ended = True
            self.done.succeed(self)
        else:
            self._break(str(relayed.value))

    def _break(self, reason: str) -> TransferFailed:
        self._ended = True
        failure = TransferFailed(reason, self)
        self.done.fail(failure)
        self.done.defused = True  # nobody need wait for it
        return failure


class RefusedFlow:
    """A transfer of which nothing gets through."""

    rate = 0.0
    sent = 0

    def __init__(self, env: Environment, destination: str, reason: str) -> None:
        self.destination = destination
        self.done = Event(env)
        self.done.fail(TransferFailed(reason, self))
        self.done.defused = True

    def cancel(self) -> None:
        """Nothing is under way."""


def parts_of(size: int) -> list[int]:
    """Return the sizes of the parts in which bytes are encrypted and sent."""
    count = max(min(PARTS, size // SMALLEST), 1)
    whole, rest = divmod(size, count)
    return [whole + (place < rest) for place in range(count)]


class _Working:
    """A stage that computes on a host."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def serve(self, size: int) -> Event | None:
        return self._work(size)

    def cancel(self) -> None:
        """What a core has begun it finishes."""


class _Sending:
    """A stage that sends; `sent` counts bytes as they were before they were encrypted."""

    def __init__(self, send: Callable[[int], Departing]) -> None:
        self._send = send
        self._before = 0
        self._part = 0
        self.flow: Departing | None = None
        self.under_way: deque[Departing] = deque()
        """Parts that have left, or are about to, and have not arrived."""

    @property
    def sent(self) -> int:
        flow = self.flow
        return self._before + (min(flow.sent, self._part) if flow is not None else 0)

    def serve(self, size: int) -> Event:
        self.flow, self._part = self._send(size), size
        self.under_way.append(self.flow)
        departed = self.flow.departed
        _when(departed, self._departed)
        return departed

    def cancel(self) -> None:
        for flow in self.under_way:
            flow.cancel()

    def _departed(self, event: Event) -> None:
        if event.ok:
            self._before += self._part
            self.flow = None


class _Arriving:
    """A stage that waits for a part that has left to arrive; the next one follows meanwhile."""

    def __init__(self, sender: _Sending) -> None:
        self._sender = sender

    def serve(self, size: int) -> Event | None:
        flow = self._sender.under_way[0]
        _when(flow.done, self._arrived)
        return None if flow.done.callbacks is None and flow.done.ok else flow.done

    def cancel(self) -> None:
        self._sender.cancel()

    def _arrived(self, _event: Event) -> None:
        self._sender.under_way.popleft()


def _when(event: Event, call: Callable[[Event], None]) -> None:
    """Call when an event has come about, at once where it has."""
    if event.callbacks is None:
        call(event)
    else:
        event.callbacks.append(call)
