"""Blocks known by the checksum of their content, each kept once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import NamedTuple

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _


class Block(NamedTuple):
    """Content of `length` bytes; `data` is None where only the checksum is kept."""

    length: int
    data: bytes | None


class BlockStore:
    """Content by its SHA-256 in hexadecimal.

    With `keep_bytes` false, lengths and checksums are kept and the bytes forgotten, so that images
    of any size can be modelled.
    """

    def __init__(self, keep_bytes: bool = True) -> None:
        self._keep_bytes = keep_bytes
        self._blocks: dict[str, Block] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._blocks

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def stored_bytes(self) -> int:
        """The length of everything that is kept, each content once."""
        return sum(block.length for block in self._blocks.values())

    def put(self, data: bytes) -> str:
        """Keep the content and return its digest."""
        digest = sha256(data).hexdigest()
        if digest not in self._blocks:
            self._blocks[digest] = Block(len(data), bytes(data) if self._keep_bytes else None)
        return digest

    def length(self, digest: str) -> int:
        """Return the length of a block."""
        return self._blocks[digest].length

    def get(self, digest: str) -> bytes:
        """Return a block's bytes, held against their checksum.

        Raises ImageError where they are damaged, InputError where only the checksum was kept.
        """
        data = self._blocks[digest].data
        if data is None:
            raise InputError(
                _("block {digest}: only its checksum is kept").format(digest=digest[:12])
            )
        self._verify(digest, data)
        return data

    def sent(self, digest: str) -> Block:
        """Return a block as it is sent, held against its checksum where there are bytes.

        Raises ImageError where they are damaged.
        """
        block = self._blocks[digest]
        if block.data is not None:
            self._verify(digest, block.data)
        return block

    def receive(self, digest: str, block: Block) -> None:
        """Keep a block that `sent` of another store returned."""
        self._blocks[digest] = block if self._keep_bytes else Block(block.length, None)

    def retain(self, digests: Collection[str]) -> tuple[int, int]:
        """Forget all other blocks; return how many these were, and their bytes."""
        gone = [digest for digest in self._blocks if digest not in digests]
        length = sum(self._blocks.pop(digest).length for digest in gone)
        return len(gone), length

    def _verify(self, digest: str, data: bytes) -> None:
        if sha256(data).hexdigest() != digest:
            raise ImageError(
                _("block {digest}: its bytes do not have this checksum").format(digest=digest[:12])
            )
