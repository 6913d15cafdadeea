"""The invariants of a file system: its books fit each other, and what is on the disks."""

from __future__ import annotations

from aio_sim.distributed.file_system.block import Block
from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.block_map import BlockMap
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.file_system.namespace import (
    Directory,
    Entry,
    Namespace,
    files_of,
    path_of,
)
from aio_sim.distributed.file_system.redundancy import space
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _


def audit(
    cluster: Cluster, manager: BlockManager, namespace: Namespace, settings: Settings
) -> None:
    """Raise AuditError where an invariant does not hold."""
    for node in cluster.nodes.values():
        _check_node(node, cluster, manager.map)
    for block in manager.map.blocks.values():
        _check_block(block, manager.map)
    _check_files(manager.map, namespace)
    _check_counts(namespace.root)
    for name, streams in manager.repairer.streams.items():
        _demand(
            0 <= streams <= max(settings.streams, settings.urgent_streams),
            _("{name} is the source of {count} repairs").format(name=name, count=streams),
        )


def _check_node(node: DataNode, cluster: Cluster, block_map: BlockMap) -> None:
    stored = sum(piece.size for piece in node.pieces.values())
    sentence = _("{name}: {stored} bytes are stored, the books say {used} of {capacity}")
    _demand(
        stored == node.used and node.used + node.promised <= node.capacity,
        sentence.format(name=node.name, stored=stored, used=node.used, capacity=node.capacity),
    )
    held = block_map.held[node.name]
    for block in held:
        _demand(
            node.name in block.locations,
            _("{name} holds block {block}, which does not say so").format(
                name=node.name, block=block.number
            ),
        )
    if node.up and cluster.alive[node.name]:
        written = {n for n, piece in node.pieces.items() if n in block_map.blocks}
        _demand(
            written == {block.number for block in held},
            _("{name}: what is on the disk is not what it is said to hold").format(name=node.name),
        )


def _check_block(block: Block, block_map: BlockMap) -> None:
    number = block.number
    for name, piece in block.locations.items():
        _demand(
            0 <= piece < block.code.width and block in block_map.held[name],
            _("block {block}: {name} does not hold piece {piece}").format(
                block=number, name=name, piece=piece
            ),
        )
    lost = len(block_map.readable(block)) < block.code.needed
    under = not lost and len(block_map.live(block)) < block.code.width
    _demand(
        (block in block_map.lost, block in block_map.under) == (lost, under),
        _("block {block} is filed wrongly").format(block=number),
    )


def _check_files(block_map: BlockMap, namespace: Namespace) -> None:
    """Raise AuditError unless each block belongs to one file, and each file has all its bytes."""
    owned = [block.number for file in files_of(namespace.root) for block in file.blocks]
    _demand(
        len(owned) == len(set(owned)) and set(owned) <= set(block_map.blocks),
        _("files have blocks that are not there, or share them"),
    )
    extra = sorted(set(block_map.blocks) - set(owned))
    _demand(not extra, _("these blocks belong to no file: {blocks}").format(blocks=extra))
    for file in files_of(namespace.root):
        sizes = sum(block.size for block in file.blocks)
        raw = sum(space(block.code, block.length) * block.scale for block in file.blocks)
        _demand(
            not file.complete or (sizes, raw) == (file.size, file.space),
            _("{path}: its blocks are not all of it").format(path=path_of(file)),
        )


def _check_counts(entry: Entry) -> tuple[int, int]:
    """Raise AuditError unless the names and bytes of a tree add up; return them."""
    if not isinstance(entry, Directory):
        return 1, entry.space
    below = [_check_counts(child) for child in entry.children.values()]
    names, raw = 1 + sum(n for n, _raw in below), sum(raw for _names, raw in below)
    _demand(
        (names, raw) == (entry.names, entry.space),
        _("{path}: names or bytes do not add up").format(path=path_of(entry)),
    )
    return names, raw


def _demand(holds: bool, sentence: str) -> None:
    if not holds:
        raise AuditError(sentence)
