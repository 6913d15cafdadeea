"""Small logs made here, in the formats that are read."""

from __future__ import annotations

import gzip
from pathlib import Path

from aio_sim.scenario.readers.rows import Rows, Skips

SWF_HEADER = (
    b"; Version: 2.2\n; MaxNodes: 4\n; MaxProcs: 8 (two a node)\n; UnixStartTime: 1000\n;\n"
)


def swf_line(
    job: object = 1,
    submit: object = 0,
    run: object = 10,
    used: object = 1,
    asked: object = -1,
    asked_time: object = -1,
    used_memory: object = -1,
    asked_memory: object = -1,
    user: object = 3,
) -> str:
    """Return a line of a log; what is not looked at is -1."""
    return (
        f"{job} {submit} -1 {run} {used} 552.21 {used_memory} {asked} {asked_time} {asked_memory} "
        f"1 {user} 4 -1 5 6 -1 -1"
    )


def write(folder: Path, content: bytes | str, name: str = "log") -> Path:
    """Return the path of a new file; packed where its name ends in .gz."""
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def strict(path: Path) -> Skips:
    """Return skips that stop at the first row in error."""
    return Skips(str(path), skip=False)


def lenient(path: Path) -> Skips:
    """Return skips that count."""
    return Skips(str(path), skip=True)


def flat(chunks: list[Rows], name: str) -> list[object]:
    """Return one column of all chunks."""
    return [value for chunk in chunks for value in chunk[name].tolist()]
