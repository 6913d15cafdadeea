"""Messages over a link with an adversary on it, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aio_sim.codecs.encryption.adversaries import Knowledge, LinkAdversary
from aio_sim.codecs.encryption.channel import Receiver, Sender
from aio_sim.codecs.encryption.replay_window import FrameFault


@dataclass
class AttackReport:
    """What an adversary learned and changed; numbers of frames, the empty last one included.

    `unaltered` arrived as they were sent. `altered` and `repeated` were taken for genuine: what the
    channel did not notice. `refused` were noticed, by the reason; `missing` is what the receiver
    knows to be absent, `complete` whether it knows that it has all.
    """

    known: Knowledge
    sent: int = 0
    unaltered: int = 0
    altered: int = 0
    repeated: int = 0
    refused: Counter[FrameFault] = field(default_factory=Counter)
    missing: int = 0
    complete: bool = False

    @property
    def unnoticed(self) -> int:
        """Messages that the adversary made the receiver believe."""
        return self.altered + self.repeated

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON has it; sizes in bytes."""
        return {
            "sent": self.sent,
            "unaltered": self.unaltered,
            "altered": self.altered,
            "repeated": self.repeated,
            "refused": {fault.value: self.refused[fault] for fault in FrameFault},
            "missing": self.missing,
            "complete": self.complete,
            "bytes_seen": self.known.seen,
            "bytes_read": self.known.read,
            "excerpt": self.known.excerpt.decode("utf-8", "replace"),
        }


def attack(
    messages: Iterable[bytes], sender: Sender, receiver: Receiver, adversary: LinkAdversary
) -> AttackReport:
    """Send messages, and the end of them, past an adversary; return what came of it."""
    report = AttackReport(adversary.known)
    waiting: Counter[bytes] = Counter()
    for message, frame in _frames(messages, sender):
        waiting[message] += 1
        report.sent += 1
        for arriving in adversary.meet(frame):
            _judge(report, receiver, arriving, waiting)
    report.missing = receiver.missing
    report.complete = receiver.closed and not receiver.missing
    return report


def _frames(messages: Iterable[bytes], sender: Sender) -> Iterator[tuple[bytes, bytes]]:
    for message in messages:
        yield message, sender.send(message)
    yield b"", sender.close()


def _judge(report: AttackReport, receiver: Receiver, frame: bytes, waiting: Counter[bytes]) -> None:
    payload, fault = receiver.receive(frame)
    if fault is not None:
        report.refused[fault] += 1
    elif payload is None or payload not in waiting:
        report.altered += 1
    elif waiting[payload]:
        waiting[payload] -= 1
        report.unaltered += 1
    else:
        report.repeated += 1
