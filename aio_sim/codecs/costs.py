"""What encrypting and compressing takes: speeds of one machine, and the times that follow.

Other machines are measured by `aio-sim calibrate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

SCHEMA: Final = "aio-sim/codec-costs/v1"

_SECOND: Final = 1_000_000_000
_OAEP_AND_SECRET: Final = 66 + 16
"""Bytes of each RSA block that carry no data: see `encryption.pieces`."""


class Speed(NamedTuple):
    """How fast one goes there and back: bytes/s of a stream, operations/s of RSA."""

    forward: int
    """Encrypting, or compressing."""
    back: int
    """Decrypting, or decompressing."""


@dataclass(frozen=True)
class CodecCosts:
    """The speeds of one machine, one core.

    `streams` are in bytes/s, `operations` in RSA operations/s: OAEP with the public key forward,
    with the private key back.
    """

    machine: str
    streams: Mapping[str, Speed]
    operations: Mapping[str, Speed]

    def encryption(
        self, kind: EncryptionKind, size: int, *, aes: int = 256, rsa: int = 3072
    ) -> int:
        """Return the ns that it takes to encrypt `size` bytes under keys of `aes` and `rsa` bits.

        Raises UnknownName for key sizes that were not measured.
        """
        return self._crypto(kind, size, aes, rsa, 0)

    def decryption(
        self, kind: EncryptionKind, size: int, *, aes: int = 256, rsa: int = 3072
    ) -> int:
        """Return the ns that it takes to decrypt `size` bytes; as `encryption`."""
        return self._crypto(kind, size, aes, rsa, 1)

    def compression(self, method: str, size: int) -> int:
        """Return the ns that compressing `size` bytes takes; UnknownName for another method."""
        return _time(size, self._stream(method).forward)

    def decompression(self, method: str, size: int) -> int:
        """Return the ns that it takes to get `size` bytes back; as `compression`."""
        return _time(size, self._stream(method).back)

    def as_json(self) -> dict[str, Any]:
        """Return the speeds as `aio-sim calibrate` writes them."""
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "bytes_per_second": _named(self.streams),
            "operations_per_second": _named(self.operations),
        }

    def _crypto(self, kind: EncryptionKind, size: int, aes: int, rsa: int, way: int) -> int:
        if kind is EncryptionKind.NONE:
            return 0
        if kind is EncryptionKind.RSA:
            blocks = max(-(-size // (rsa // 8 - _OAEP_AND_SECRET)), 1)
            return _time(blocks, self._operation(rsa)[way])
        stream = _time(size, self._stream(f"aes-{aes}-gcm")[way])
        if kind is EncryptionKind.AES:
            return stream
        return stream + _time(1, self._operation(rsa)[way])

    def _stream(self, name: str) -> Speed:
        if name not in self.streams:
            raise UnknownName("measured algorithm", name, self.streams)
        return self.streams[name]

    def _operation(self, bits: int) -> Speed:
        name = f"rsa-{bits}"
        if name not in self.operations:
            raise UnknownName("measured algorithm", name, self.operations)
        return self.operations[name]


# Measured by `aio-sim calibrate`, three digits kept. AES by the processor's own instructions, in
# pieces of 64 KiB, header and tags included; LZ77 and LZ78 as written here, in Python, on words
# drawn at random.
SHIPPED: Final = CodecCosts(
    machine="AMD EPYC (family 25, model 17: Zen 4) at 2.6 GHz, one of two virtual cores, "
    "Python 3.11.7, cryptography 50.0.2",
    streams={
        "aes-128-gcm": Speed(5_660_000_000, 4_970_000_000),
        "aes-256-gcm": Speed(5_330_000_000, 4_660_000_000),
        "lz77": Speed(713_000, 7_830_000),
        "lz78": Speed(5_220_000, 9_070_000),
    },
    operations={
        "rsa-2048": Speed(44_300, 4_010),
        "rsa-3072": Speed(23_700, 1_420),
    },
)
"""The speeds that simulations use unless they are given others."""


def costs_of_json(found: object) -> CodecCosts:
    """Return the speeds that `aio-sim calibrate` wrote; InputError where they are not such."""
    try:
        return _read(found)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            _("not a file of aio-sim calibrate ({schema}): {problem}").format(
                schema=SCHEMA, problem=error
            )
        ) from error


def _read(found: Any) -> CodecCosts:
    if found["schema"] != SCHEMA:
        raise ValueError(found["schema"])
    streams, operations = found["bytes_per_second"], found["operations_per_second"]
    return CodecCosts(str(found["machine"]), _speeds(streams), _speeds(operations))


def _speeds(found: Mapping[str, Any]) -> dict[str, Speed]:
    speeds = {name: Speed(int(each["forward"]), int(each["back"])) for name, each in found.items()}
    if any(rate <= 0 for speed in speeds.values() for rate in speed):
        raise ValueError(_("speeds must be positive"))
    return speeds


def _named(speeds: Mapping[str, Speed]) -> dict[str, dict[str, int]]:
    return {name: speed._asdict() for name, speed in speeds.items()}


def _time(units: int, rate: int) -> int:
    """Return the ns for `units` at `rate` a second, a started nanosecond being a whole one."""
    return -(-units * _SECOND // rate)
