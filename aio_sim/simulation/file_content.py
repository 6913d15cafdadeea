"""The real bytes of the files of a scenario."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.file_system import FileSpec

if TYPE_CHECKING:
    from pathlib import Path


class FileContent:
    """Draws the bytes of files, and remembers what they were by their checksums."""

    def __init__(self, streams: RandomStreams) -> None:
        self._streams = streams
        self._samples: dict[Path, bytes] = {}
        self._sums: dict[str, str] = {}

    def of(self, spec: FileSpec, path: str) -> bytes:
        """Return the bytes of a file: of its sample, over and over, or drawn at random."""
        size = spec.real_bytes
        if spec.sample is None:
            content = self._streams.stream(f"file_system{path}").bytes(size)
        else:
            content = repeated(self._sample(spec.sample), size)
        self._sums[path] = sha256(content).hexdigest()
        return content

    def renamed(self, path: str, to: str) -> None:
        """Note that a file, or all in a directory, has another path."""
        for known in [
            known for known in self._sums if known == path or known.startswith(f"{path}/")
        ]:
            self._sums[to + known[len(path) :]] = self._sums.pop(known)

    def same(self, path: str, content: bytes) -> bool:
        """Return whether these are the bytes that were written to a path."""
        return self._sums.get(path) == sha256(content).hexdigest()

    def _sample(self, path: Path) -> bytes:
        if path not in self._samples:
            self._samples[path] = path.read_bytes()
        return self._samples[path]


def repeated(sample: bytes, size: int) -> bytes:
    """Return so many bytes of a sample, over and over where it has not as many."""
    if len(sample) >= size:
        return sample[:size]
    return (sample * -(-size // max(len(sample), 1)))[:size]
