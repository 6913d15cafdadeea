"""Disks as layers of blocks, each layer kept once and known by its checksum."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.catalogue.blocks import BlockStore
from aio_sim.virtualization.images.formats import LONGEST_CHAIN
from aio_sim.virtualization.images.image_file import is_zero

ZEROS: Final = ""
"""Stands for the digest of a block that is zeros over a block that is not."""

ENTRY_SIZE: Final = 8 + 32
"""Bytes of a layer's entry as it travels: a block number and a SHA-256."""


class Found(NamedTuple):
    """The digest of a block, `ZEROS` where it is zeros, and how many layers were asked for it."""

    digest: str
    layers_asked: int


@dataclass(frozen=True)
class Layer:
    """What one version of a disk changes: digests by block number, `ZEROS` for a block cleared.

    Its digest is the SHA-256 of the block size and the sorted entries, so equal changes are one
    layer, whatever they are changes of.
    """

    digest: str
    blocks: Mapping[int, str]

    @classmethod
    def of(cls, block_size: int, blocks: Mapping[int, str]) -> Layer:
        """Return the layer of these entries."""
        digest = sha256(f"{block_size}\n".encode())
        for number, content in sorted(blocks.items()):
            digest.update(f"{number} {content}\n".encode())
        return cls(digest.hexdigest(), MappingProxyType(dict(blocks)))

    @property
    def contents(self) -> set[str]:
        """The digests of the blocks that are not zeros."""
        return {content for content in self.blocks.values() if content != ZEROS}

    @property
    def map_bytes(self) -> int:
        """What the entries take as they travel."""
        return ENTRY_SIZE * len(self.blocks)


class LayerStore:
    """Layers over a store of blocks; a disk is a tuple of digests, base first."""

    def __init__(self, block_size: int, keep_bytes: bool = True) -> None:
        if block_size < 1:
            raise InputError(_("a block has at least one byte"))
        self.block_size = block_size
        self.blocks = BlockStore(keep_bytes)
        self._layers: dict[str, Layer] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._layers

    def __getitem__(self, digest: str) -> Layer:
        return self._layers[digest]

    def __len__(self) -> int:
        return len(self._layers)

    def keep(self, size: int, blocks: Iterable[tuple[int, bytes]]) -> dict[int, str]:
        """Keep the blocks of a disk of `size` bytes; return the digests of those not zeros.

        Raises InputError for a block that is not on the disk, or not whole.
        """
        kept: dict[int, str] = {}
        for number, data in blocks:
            if len(data) != self.length(size, number):
                raise InputError(
                    _("block {number}: {length} bytes, expected {expected}").format(
                        number=number, length=len(data), expected=self.length(size, number)
                    )
                )
            kept[number] = ZEROS if is_zero(data) else self.blocks.put(data)
        return {number: content for number, content in kept.items() if content != ZEROS}

    def add(self, below: tuple[str, ...], contents: Mapping[int, str]) -> tuple[str, ...]:
        """Return the layers below and, where the contents differ, a layer of that on top.

        Raises InputError where there would be more layers than a chain may have.
        """
        base = self.merged(below)
        changes = {at: content for at, content in contents.items() if base.get(at) != content}
        changes |= {number: ZEROS for number in base if number not in contents}
        if not changes:
            return below
        if len(below) == LONGEST_CHAIN:
            raise InputError(
                _("no more than {limit} layers; squash them first").format(limit=LONGEST_CHAIN)
            )
        layer = Layer.of(self.block_size, changes)
        self._layers.setdefault(layer.digest, layer)
        return (*below, layer.digest)

    def merged(self, layers: Iterable[str]) -> dict[int, str]:
        """Return the digests of the blocks of a disk that are not zeros, by number."""
        merged: dict[int, str] = {}
        for digest in layers:
            merged.update(self._layers[digest].blocks)
        return {number: content for number, content in merged.items() if content != ZEROS}

    def find(self, layers: tuple[str, ...], number: int) -> Found:
        """Look for a block from the top layer down, as a read of the disk does."""
        for asked, digest in enumerate(reversed(layers), 1):
            content = self._layers[digest].blocks.get(number)
            if content is not None:
                return Found(content, asked)
        return Found(ZEROS, len(layers))

    def length(self, size: int, number: int) -> int:
        """Return the bytes of a block of a disk of `size`; InputError where it is not on it."""
        if not 0 <= number * self.block_size < size:
            raise InputError(
                _("block {number} is not on a disk of {size} bytes").format(
                    number=number, size=size
                )
            )
        return min(self.block_size, size - number * self.block_size)

    def bring(self, layers: Iterable[str], blocks: Iterable[str], source: LayerStore) -> None:
        """Bring layers and blocks here; ImageError, and nothing is, where a checksum is wrong."""
        sent = [source[digest] for digest in layers]
        for layer in sent:
            if Layer.of(self.block_size, layer.blocks).digest != layer.digest:
                raise ImageError(
                    _("layer {digest}: its entries do not have this checksum").format(
                        digest=layer.digest[:12]
                    )
                )
        arrived = {digest: source.blocks.sent(digest) for digest in blocks}
        for digest, block in arrived.items():
            self.blocks.receive(digest, block)
        self._layers.update((layer.digest, layer) for layer in sent)

    def retain(self, layers: Collection[str]) -> tuple[int, int, int]:
        """Forget other layers and what they alone hold; return layers, blocks, bytes of these."""
        gone = [digest for digest in self._layers if digest not in layers]
        for digest in gone:
            del self._layers[digest]
        reached = {content for layer in self._layers.values() for content in layer.contents}
        return len(gone), *self.blocks.retain(reached)
