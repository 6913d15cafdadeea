"""What the file system refuses, and what it could not keep."""

from __future__ import annotations

from collections.abc import Sequence

from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _


class FileSystemError(AioSimError):
    """A path that is not there or in the way, a quota, no room, or a name node in safe mode."""


class BlocksLost(FileSystemError):  # noqa: N818  # it says what happened
    """A file of which not enough pieces are left; `blocks` are the numbers of the lost blocks."""

    def __init__(self, path: str, blocks: Sequence[int]) -> None:
        super().__init__(path, blocks)  # SimPy makes it again of these, for whoever waits
        self.path = path
        self.blocks = tuple(blocks)

    def __str__(self) -> str:
        sentence = _("{path}: too few whole pieces are left of these blocks: {blocks}")
        return sentence.format(path=self.path, blocks=", ".join(map(str, self.blocks)))
