"""The stories of files: how they are written, read and found."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

from simpy.events import Event

from aio_sim.distributed.file_system.block import Block, pieces_of
from aio_sim.distributed.file_system.block_manager import BlockManager
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.file_system.errors import BlocksLost, FileSystemError
from aio_sim.distributed.file_system.namespace import File, Namespace, path_of
from aio_sim.distributed.file_system.reader import Reader
from aio_sim.distributed.file_system.redundancy import Redundancy, space
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.file_system.views import BlockView, Written
from aio_sim.distributed.file_system.writer import Writer
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Files:
    """Makes blocks of files and files of blocks."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: Namespace,
        manager: BlockManager,
        writer: Writer,
        reader: Reader,
        settings: Settings,
        counts: Counts,
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._manager = manager
        self._writer = writer
        self._reader = reader
        self._settings = settings
        self._counts = counts
        self._number = count()

    def create(
        self, path: str, content: bytes | Path, redundancy: Redundancy | None, scale: int
    ) -> tuple[bytes, File]:
        """Return the bytes to be written and a new file; raises as `DistributedFileSystem.put`."""
        if scale < 1:
            raise InputError(_("a scale must be 1 or more, got {scale}").format(scale=scale))
        data = content.read_bytes() if isinstance(content, Path) else content
        code = (redundancy or self._settings.redundancy).scaled(scale)
        step = self._step(code, scale)
        sizes = (min(step, len(data) - at) for at in range(0, len(data), step))
        raw = sum(space(code, size) for size in sizes) * scale
        return data, self._namespace.create(path, len(data) * scale, raw, code)

    def write(
        self, file: File, data: bytes, client: str, scale: int
    ) -> Generator[Event, object, Written]:
        """Write a file, block after block, as HDFS does."""
        path = path_of(file)
        for block, part in self._parts(file, data, scale):
            done = yield from self._writer.write(block, part, client)
            if file.deleted:
                self._manager.delete(block)
                raise FileSystemError(_("{path} was deleted while written").format(path=path))
            if not done:
                raise self._abandoned(file)
            file.blocks.append(block)
            self._counts.bytes_written += block.size
        return self._written(file)

    def install(self, file: File, data: bytes, client: str | None, scale: int) -> Written:
        """Put the pieces of a file where they would be; takes no time."""
        for block, part in self._parts(file, data, scale):
            names = self._manager.choose(block, block.code.width, client, {})
            pieces = pieces_of(block, part)[: len(names)]
            for name, piece in zip(names, pieces, strict=True):
                node = self._cluster.nodes[name]
                node.commit(node.begin(piece.size), piece)
            holders = ((name, piece.number) for name, piece in zip(names, pieces, strict=True))
            self._manager.register(block, holders)
            file.blocks.append(block)
            if len(names) < block.code.needed:
                raise self._abandoned(file)
        return self._written(file)

    def readable(self, path: str) -> File:
        """Return a file that may be read; FileSystemError where it is not there or not whole."""
        file = self._namespace.file(path)
        if not file.complete:
            raise FileSystemError(_("{path} is being written").format(path=path))
        return file

    def one_block(self, path: str, index: int) -> Block:
        """Return a block of a file; InputError where it has not so many."""
        blocks = self.readable(path).blocks
        if not 0 <= index < len(blocks):
            sentence = _("{path} has {count} blocks, there is no block {index}")
            raise InputError(sentence.format(path=path, count=len(blocks), index=index))
        return blocks[index]

    def read(
        self, path: str, blocks: list[Block], client: str, most: int | None = None
    ) -> Generator[Event, object, bytes]:
        """Read blocks, or the first `most` bytes of each, one after the other.

        All are tried, so that all that are lost are named.
        """
        parts, lost = [], []
        for block in blocks:
            part = yield from self._reader.read(block, client, most)
            if part is None:
                lost.append(block.number)
            else:
                parts.append(part)
        if lost:
            self._counts.failed_reads += 1
            if any(block.deleted for block in blocks):
                raise FileSystemError(_("{path} was deleted while read").format(path=path))
            raise BlocksLost(path, lost)
        return b"".join(parts)

    def blocks(self, path: str) -> list[BlockView]:
        """Return where the blocks of a file are, in their order."""
        views, offset = [], 0
        alive = self._cluster.alive
        for block in self._namespace.file(path).blocks:
            nodes = tuple(name for name in block.locations if alive[name])
            views.append(BlockView(block.number, offset, block.size, nodes))
            offset += block.size
        return views

    def _step(self, code: Redundancy, scale: int) -> int:
        """Return how many real bytes a block has."""
        return max(self._settings.block_size * code.needed // scale, 1)

    def _parts(self, file: File, data: bytes, scale: int) -> Iterator[tuple[Block, bytes]]:
        step = self._step(file.code, scale)
        for at in range(0, len(data), step):
            part = data[at : at + step]
            yield Block(next(self._number), len(part), scale, file.code), part

    def _abandoned(self, file: File) -> FileSystemError:
        """Leave nothing behind of a file that could not be written, and say so."""
        path = path_of(file)
        self._counts.failed_writes += 1
        self._namespace.unlink(file)
        for block in file.blocks:
            self._manager.delete(block)
        return FileSystemError(_("{path}: too few nodes answer and have room").format(path=path))

    def _written(self, file: File) -> Written:
        file.complete = True
        width = file.code.width
        achieved = min((len(block.locations) for block in file.blocks), default=width)
        return Written(path_of(file), file.size, len(file.blocks), width, achieved)
