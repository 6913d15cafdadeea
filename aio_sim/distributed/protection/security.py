"""What is known of the security of a run: who listens where, what they learned, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aio_sim.codecs.costs import SHIPPED, CodecCosts
from aio_sim.codecs.encryption.adversaries import LinkAdversary
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.distributed.protection.conversation import Conversation
from aio_sim.distributed.protection.session_keys import SessionKeys

MOST_FRAMES: Final = 4096
"""Frames that a run really sends: about a tenth of a second of AES."""
MOST_RSA_FRAMES: Final = 64
"""The same under RSA."""

NONE = EncryptionKind.NONE


@dataclass
class Tap:
    """An adversary on a link. `passed` and `readable` are bytes of the transfers that went by."""

    link: str
    kind: str
    adversary: LinkAdversary
    transfers: int = 0
    passed: int = 0
    readable: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what it learned, as JSON has it."""
        excerpt = self.adversary.known.excerpt.decode("utf-8", "replace")
        return {
            "link": self.link,
            "kind": self.kind,
            "transfers": self.transfers,
            "passed": self.passed,
            "readable": self.readable,
            "excerpt": excerpt,
        }


@dataclass
class Security:
    """The kinds of all links, the adversaries on them, and the keys; one for a run.

    `links` has those that are protected by themselves. `rsa` and `aes` are bits of keys.
    """

    links: Mapping[str, EncryptionKind]
    taps: Sequence[Tap]
    keys: SessionKeys
    rsa: int = 3072
    aes: int = 256
    costs: CodecCosts = field(default=SHIPPED)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(
            (
                *("transfers", "bytes", "overhead", "resent", "encryption.time"),
                *("decryption.time", "sessions", "rotations", "transfers.altered"),
                "transfers.refused",
            ),
            0,
        )
        self._open: dict[tuple[str, str, EncryptionKind], Conversation] = {}
        self._past: list[Conversation] = []
        self._left = dict.fromkeys(EncryptionKind, MOST_FRAMES)
        self._left[EncryptionKind.RSA] = MOST_RSA_FRAMES

    def link_kind(self, link: str) -> EncryptionKind:
        """Return how a link is protected."""
        return self.links.get(link, NONE)

    def tapped(self, way: Sequence[str]) -> list[Tap]:
        """Return the adversaries on a way, in the order in which they are met."""
        return [tap for link in way for tap in self.taps if tap.link == link]

    def conversation(
        self, ends: tuple[str, str], kind: EncryptionKind, now: int
    ) -> tuple[Conversation, bool]:
        """Return the channel between two hosts, and whether it has a key that is new."""
        key, name = (*ends, kind), _name(ends, kind)
        known = self._open.get(key)
        due = self.keys.expires(name)
        if known is not None and (due is None or now < due):
            return known, False
        if known is not None:
            self._past.append(known)
            self.counts["rotations"] += 1
        self._open[key] = Conversation(kind, *self.keys.open(name, kind, now))
        self.counts["sessions"] += kind is not NONE
        return self._open[key], True

    def pass_on(self, conversation: Conversation, content: bytes, taps: Sequence[Tap]) -> None:
        """Let a sample of a transfer really pass, as far as frames are left for it."""
        kind = conversation.kind
        adversaries = [tap.adversary for tap in taps]
        self._left[kind] -= conversation.pass_on(content, adversaries, self._left[kind])

    def totals(self) -> dict[str, int | float]:
        """Return the totals by the names of their metrics; times in seconds."""
        if not any(self.counts.values()) and not self.taps:
            return {}
        talks = [*self._past, *self._open.values()]
        totals: dict[str, int | float] = {
            f"security.{name}": count / 1e9 if name.endswith("time") else count
            for name, count in self.counts.items()
        }
        totals["security.frames.sent"] = sum(talk.sent for talk in talks)
        for name in ("verified", "altered", "repeated", "refused"):
            totals[f"security.frames.{name}"] = sum(getattr(talk, name) for talk in talks)
        if self.taps:
            totals["security.adversaries"] = len(self.taps)
            totals["security.passed"] = sum(tap.passed for tap in self.taps)
            totals["security.readable"] = sum(tap.readable for tap in self.taps)
        return totals


def _name(ends: tuple[str, str], kind: EncryptionKind) -> str:
    return f"{kind} {ends[0]} {ends[1]}"
