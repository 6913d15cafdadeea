"""What stands in the journal: for each write of a client, what became of which keys of which trees.

Source: MongoDB Manual, Journaling: one record for each write that a client began, with the changes
of the indexes that it caused.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

_HEAD: Final = Struct("<BIHI")
"""Kind, root of the tree, length of the key, length of the value."""


class Kind(IntEnum):
    """What happens to a tree."""

    PUT = 1
    REMOVE = 2
    CREATE = 3
    """A tree begins to be; its root follows from what the pages hold."""
    PRUNE = 4
    """The last page of a tree is given back, when it is dropped."""


class Operation(NamedTuple):
    """One change of a tree; done again on the pages of the checkpoint, it has the same effect."""

    kind: Kind
    tree: int
    key: bytes = b""
    value: bytes = b""

    def encode(self) -> bytes:
        """Return the operation's bytes."""
        head = _HEAD.pack(self.kind, self.tree, len(self.key), len(self.value))
        return head + self.key + self.value

    @property
    def size(self) -> int:
        """Bytes of the operation."""
        return _HEAD.size + len(self.key) + len(self.value)


def decode(payload: bytes) -> Iterator[Operation]:
    """Yield the operations of a record, in order."""
    place = 0
    while place < len(payload):
        kind, tree, key_size, value_size = _HEAD.unpack_from(payload, place)
        middle = place + _HEAD.size + key_size
        key = payload[place + _HEAD.size : middle]
        place = middle + value_size
        yield Operation(Kind(kind), tree, key, payload[middle:place])
