"""The lab on AES: one block round by round, and the library's AES-GCM on the whole text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from aio_sim.codecs.encryption.aes_by_hand import BLOCK, BlockEncryption, Round, encrypt_block
from aio_sim.codecs.encryption.keys import AES_SIZES
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import one_of, stream

TEXTS: Final = ("attack at dawn", "the light is red", "hello, world", "backup at night")
"""What is drawn from: a block of 16 bytes takes them whole."""


@dataclass(frozen=True)
class AesProblem:
    """A text to encrypt, as bytes, under a key of 16 or 32 bytes; the nonce is for the library."""

    text: bytes
    key: bytes
    nonce: bytes

    @property
    def block(self) -> bytes:
        """The first 16 bytes of the text, filled up as RFC 5652, 6.3, has it."""
        room = BLOCK - len(self.text[:BLOCK])
        return self.text[:BLOCK] + bytes([room]) * room

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        text = self.text.decode("utf-8", "replace")
        return {"algorithm": "aes", "text": text, "key": self.key.hex(), "block": self.block.hex()}


@dataclass(frozen=True)
class GcmAnswer:
    """What the library makes of the whole text."""

    nonce: bytes
    sealed: bytes
    opens: bool
    altered_opens: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "nonce": self.nonce.hex(),
            "ciphertext": self.sealed[:-16].hex(),
            "tag": self.sealed[-16:].hex(),
            "opens": self.opens,
            "altered_opens": self.altered_opens,
        }


@dataclass(frozen=True)
class AesAnswer:
    """The block by hand, what the library makes of the same block, and of the whole text."""

    by_hand: BlockEncryption
    library: bytes
    gcm: GcmAnswer

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it; states and keys as hexadecimal digits."""
        return {
            "algorithm": "aes",
            "key": self.by_hand.keys[0].hex(),
            "block": self.by_hand.block.hex(),
            "rounds": [_round(each) for each in self.by_hand.rounds],
            "ciphertext": self.by_hand.ciphertext.hex(),
            "library": {"block": self.library.hex(), "gcm": self.gcm.as_json()},
        }


def draw(seed: int, *, text: bytes | None = None, key: bytes | None = None) -> AesProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    Raises InputError for a key that has not 16 or 32 bytes.
    """
    if text is None:
        text = one_of(stream(seed, "encrypt", "text"), TEXTS).encode()
    if key is None:
        key = stream(seed, "encrypt", "key").bytes(16)
    if len(key) not in AES_SIZES:
        raise InputError(
            _("--key: expected 16 or 32 bytes in hexadecimal digits, not {size}").format(
                size=len(key)
            )
        )
    return AesProblem(text, key, stream(seed, "encrypt", "nonce").bytes(12))


def solve(problem: AesProblem) -> AesAnswer:
    """Return the answer."""
    from aio_sim.codecs.encryption.primitives import aes_block

    return AesAnswer(
        encrypt_block(problem.key, problem.block),
        aes_block(problem.key, problem.block),
        _gcm(problem),
    )


def _gcm(problem: AesProblem) -> GcmAnswer:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from aio_sim.codecs.encryption.primitives import seal, unseal

    key = AESGCM(problem.key)
    sealed = seal(key, problem.nonce, problem.text, b"")
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    return GcmAnswer(
        problem.nonce,
        sealed,
        unseal(key, problem.nonce, sealed, b"") == problem.text,
        unseal(key, problem.nonce, altered, b"") is not None,
    )


def _round(each: Round) -> dict[str, Any]:
    return {
        "round": each.number,
        "start": each.start.hex(),
        "sub_bytes": each.sub_bytes.hex(),
        "shift_rows": each.shift_rows.hex(),
        "mix_columns": None if each.mix_columns is None else each.mix_columns.hex(),
        "round_key": each.key.hex(),
    }
