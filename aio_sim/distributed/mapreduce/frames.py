"""Messages between this process and one that runs a user's code: JSON, and plain bytes.

Nothing that comes from that side is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import IO, Any, Final

_HEAD: Final = struct.Struct("<QQ")
_LENGTH: Final = struct.Struct("<Q")


def send(stream: IO[bytes], header: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write a message; OSError where nobody reads it."""
    text = json.dumps(header).encode()
    stream.write(_HEAD.pack(len(text), len(blobs)))
    stream.write(text)
    for blob in blobs:
        stream.write(_LENGTH.pack(len(blob)))
        stream.write(blob)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Read a message; EOFError where the stream ends before it does."""
    text, count = _HEAD.unpack(_exactly(stream, _HEAD.size))
    header: dict[str, Any] = json.loads(_exactly(stream, text))
    return header, [_blob(stream) for _number in range(count)]


def _blob(stream: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
