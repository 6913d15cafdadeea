"""What the file system answers with."""

from __future__ import annotations

from typing import NamedTuple

from aio_sim.kernel.messages import _


class Written(NamedTuple):
    """A file that was written: `achieved` is the pieces of its block with the fewest."""

    path: str
    size: int
    blocks: int
    wanted: int
    achieved: int

    @property
    def shortfall(self) -> str:
        """What is less than was wanted, as a sentence; empty where nothing is."""
        if self.achieved >= self.wanted:
            return ""
        sentence = _("{path}: {wanted} pieces a block were wanted, {achieved} could be placed")
        return sentence.format(path=self.path, wanted=self.wanted, achieved=self.achieved)


class BlockView(NamedTuple):
    """Where a block of a file is: its number, offset and size in bytes, and the nodes that hold it.

    Of striped blocks each node has a part only.
    """

    number: int
    offset: int
    size: int
    nodes: tuple[str, ...]


class Status(NamedTuple):
    """What is at a path. `space` is raw bytes, copies and parity included."""

    path: str
    is_directory: bool
    size: int
    space: int
    names: int
    complete: bool
