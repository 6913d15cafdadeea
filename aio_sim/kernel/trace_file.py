"""A trace as an .npz file: the same bytes for the same trace, and read back without trust."""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from aio_sim.kernel.errors import TraceError
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SCHEMA, Source, Trace
from aio_sim.kernel.trace_rules import check_head, check_tables

if TYPE_CHECKING:
    import numpy.typing as npt

LARGEST_TRACE: Final = 4 << 30
"""Bytes that a trace may have when it is unpacked, 50 million steps; a larger one is not read."""

LARGEST_HEAD: Final = 256 << 20
"""Bytes that its names may have, for they take many times that in memory."""


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace beside its place, then rename the file."""
    target = Path(path)
    beside = target.with_name(target.name + ".part")
    try:
        with open(beside, "wb") as file:
            _write(trace, file)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _write(trace: Trace, file: IO[bytes]) -> None:
    import numpy as np

    members: dict[str, npt.NDArray[Any]] = {"head": np.frombuffer(_head(trace), dtype=np.uint8)}
    members |= {name: table.array() for name, table in trace.tables.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, cells in members.items():
            # A ZipInfo of its own, for its date is fixed and so the bytes are.
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, cells, allow_pickle=False)
            archive.writestr(info, buffer.getvalue())


def _head(trace: Trace) -> bytes:
    head = {
        "schema": SCHEMA,
        "level": trace.level,
        "sources": [list(source) for source in trace.sources],
        "strings": trace.strings,
        "totals": trace.totals,
        "meta": trace.meta,
        "columns": {name: table.columns for name, table in trace.tables.items()},
    }
    return json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def load(path: str | os.PathLike[str]) -> Trace:
    """Read a saved trace.

    Raises TraceError where the file is not one, is damaged, too large, or of another version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, os.fspath(path))
    except TraceError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and json have each their own kinds
        raise TraceError(
            _("{path}: not a readable trace ({error})").format(path=path, error=error)
        ) from error


def _read(archive: zipfile.ZipFile, path: str) -> Trace:
    _check_sizes(archive, path)
    head = json.loads(_cells(archive, "head", "uint8"))
    if head.get("schema") != SCHEMA:
        raise TraceError(
            _("{path}: schema {found!r}, expected {schema!r}").format(
                path=path, found=head.get("schema"), schema=SCHEMA
            )
        )
    check_head(head)
    trace = Trace(head["level"])
    trace.sources = [Source(label, names) for label, names in head["sources"]]
    trace.totals, trace.meta = head["totals"], head["meta"]
    for text in head["strings"]:
        trace.code(text)
    for name, table in trace.tables.items():
        if head["columns"].get(name) != list(table.columns):
            raise ValueError(name)
        table.extend(_cells(archive, name, "int64", len(table.columns)))
    check_tables(trace)
    return trace


def _check_sizes(archive: zipfile.ZipFile, path: str) -> None:
    """Raise for what would take too much memory, before any is taken."""
    size = sum(info.file_size for info in archive.infolist())
    head = archive.getinfo("head.npy").file_size
    for found, most in ((size, LARGEST_TRACE), (head, LARGEST_HEAD)):
        if found > most:
            sentence = _("{path}: {size} bytes of a trace, of which {most} are read at most")
            raise TraceError(sentence.format(path=path, size=found, most=most))


def _cells(archive: zipfile.ZipFile, name: str, kind: str, *width: int) -> bytes:
    """Return the bytes of an array of that type and width, of any number of rows."""
    import numpy as np

    with archive.open(f"{name}.npy") as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError(name)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype != np.dtype(kind) or len(shape) != 1 + len(width) or shape[1:] != width:
            raise ValueError(name)
        if by_columns and width:
            raise ValueError(name)
        cells = file.read()
    if len(cells) != math.prod(shape) * dtype.itemsize:
        raise ValueError(name)
    return cells
