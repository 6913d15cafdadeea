"""What has to travel for a version of an image to be in another catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.virtualization.catalogue.layers import LayerStore


@dataclass(frozen=True)
class Transfer:
    """Digests of layers and blocks that travel, and of layers that need not; bytes of each kind.

    `block_bytes` is content and `map_bytes` the layers' entries; `bytes_there` is the content that
    the target has already.
    """

    layers: tuple[str, ...]
    layers_there: tuple[str, ...]
    blocks: tuple[str, ...]
    block_bytes: int
    map_bytes: int
    bytes_there: int

    @property
    def total_bytes(self) -> int:
        """Everything that travels."""
        return self.block_bytes + self.map_bytes


def plan_transfer(layers: tuple[str, ...], source: LayerStore, target: LayerStore) -> Transfer:
    """Return what the target lacks of the layers of a disk, and of their blocks.

    Raises InputError where the two have blocks of different sizes.
    """
    if source.block_size != target.block_size:
        raise InputError(
            _("blocks of {one} bytes cannot go to a catalogue of {other}").format(
                one=source.block_size, other=target.block_size
            )
        )
    there = tuple(layer for layer in layers if layer in target)
    missing = tuple(dict.fromkeys(layer for layer in layers if layer not in target))
    wanted = _contents(missing, source)
    blocks = tuple(sorted(block for block in wanted if block not in target.blocks))
    travelling = sum(map(source.blocks.length, blocks))
    everything = sum(map(source.blocks.length, _contents(layers, source)))
    map_bytes = sum(source[layer].map_bytes for layer in missing)
    return Transfer(missing, there, blocks, travelling, map_bytes, everything - travelling)


def _contents(layers: tuple[str, ...], store: LayerStore) -> set[str]:
    return set[str]().union(*(store[layer].contents for layer in layers))
