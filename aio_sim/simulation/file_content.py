"""The real bytes of the files of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.file_system import FileSpec

if TYPE_CHECKING:
    from pathlib import Path

    from aio_sim.distributed.file_system import BlockView


class FileContent:
    """Draws the bytes of files, and remembers what they were by their checksums.

    A file is known by its first block, whatever it is called; one that has none is empty.
    """

    def __init__(self, streams: RandomStreams) -> None:
        self._streams = streams
        self._samples: dict[Path, bytes] = {}
        self._sums: dict[int, str] = {}

    def of(self, spec: FileSpec, path: str) -> bytes:
        """Return the bytes of a file: of its sample, over and over, or drawn at random."""
        size = spec.real_bytes
        if spec.sample is None:
            return self._streams.stream(f"file_system{path}").bytes(size)
        return repeated(self._sample(spec.sample), size)

    def wrote(self, blocks: Sequence[BlockView], content: bytes) -> None:
        """Remember what was written."""
        if blocks:
            self._sums[blocks[0].number] = sha256(content).hexdigest()

    def same(self, blocks: Sequence[BlockView], content: bytes) -> bool | None:
        """Return whether these bytes were written, None where somebody else wrote the file."""
        if not blocks:
            return not content
        wrote = self._sums.get(blocks[0].number)
        return None if wrote is None else wrote == sha256(content).hexdigest()

    def _sample(self, path: Path) -> bytes:
        if path not in self._samples:
            self._samples[path] = path.read_bytes()
        return self._samples[path]


def repeated(sample: bytes, size: int) -> bytes:
    """Return so many bytes of a sample, over and over where it has not as many."""
    if len(sample) >= size:
        return sample[:size]
    return (sample * -(-size // max(len(sample), 1)))[:size]
