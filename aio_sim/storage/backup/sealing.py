"""How the parts of a backup are kept: compressed, encrypted, and known by their checksum."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from aio_sim.codecs.encryption.envelope import ToOpen, decrypt, encrypt_stream
from aio_sim.codecs.encryption.keys import AesKey, Entropy, RsaPublicKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.stream import compress, decompress
from aio_sim.kernel.choices import choice
from aio_sim.kernel.errors import CodecError
from aio_sim.kernel.messages import _
from aio_sim.storage.backup.errors import DamagedError

ZLIB_LEVEL: Final = 1
"""The fastest level of zlib, which is what backups are commonly made with (assumed)."""


class BackupCompression(StrEnum):
    """What is done to a part before it is kept."""

    NONE = "none"
    ZLIB = "zlib"
    LZ77 = "lz77"
    LZ78 = "lz78"

    @classmethod
    def named(cls, name: str) -> BackupCompression:
        """Return the compression of that name; UnknownName for another."""
        return choice(cls, "compression", name)


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return sha256(data).hexdigest()


@dataclass(frozen=True)
class Sealing:
    """Compression, then encryption; `open_key` is what opens, where it is another than `key`."""

    compression: BackupCompression = BackupCompression.NONE
    encryption: EncryptionKind = EncryptionKind.NONE
    key: AesKey | RsaPublicKey | None = None
    open_key: ToOpen = None
    entropy: Entropy = os.urandom
    """Where salts come from."""

    def seal(self, data: bytes) -> bytes:
        """Return bytes as they are kept."""
        packed = _COMPRESS[self.compression](data)
        if self.encryption is EncryptionKind.NONE:
            return packed
        chunks = encrypt_stream([packed], self.encryption, self.key, entropy=self.entropy)
        return b"".join(chunks)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises EncryptionError for a wrong key, DamagedError where it does not decompress.
        """
        packed = sealed
        if self.encryption is not EncryptionKind.NONE:
            packed = decrypt(sealed, self._opener())
        try:
            return _DECOMPRESS[self.compression](packed)
        except (CodecError, zlib.error) as error:
            raise DamagedError(_("a part does not decompress: {why}").format(why=error)) from error

    def _opener(self) -> ToOpen:
        if self.open_key is None and isinstance(self.key, AesKey):
            return self.key
        return self.open_key


_COMPRESS: Final[dict[BackupCompression, Callable[[bytes], bytes]]] = {
    BackupCompression.NONE: bytes,
    BackupCompression.ZLIB: lambda data: zlib.compress(data, ZLIB_LEVEL),
    BackupCompression.LZ77: lambda data: compress(data, "lz77"),
    BackupCompression.LZ78: lambda data: compress(data, "lz78"),
}
_DECOMPRESS: Final[dict[BackupCompression, Callable[[bytes], bytes]]] = {
    BackupCompression.NONE: bytes,
    BackupCompression.ZLIB: zlib.decompress,
    BackupCompression.LZ77: lambda data: decompress(data, max_output=None),
    BackupCompression.LZ78: lambda data: decompress(data, max_output=None),
}
