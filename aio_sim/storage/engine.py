"""What every storage engine can do, whatever its model: the life of a database, and its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost

Record: TypeAlias = Mapping[str, object]
"""The fields of a record by name."""


@dataclass(frozen=True)
class Snapshot:
    """The bytes of a database at one instant, or what changed of it since an earlier snapshot."""

    kind: str
    """Which engine can read it."""
    blocks: int
    """Blocks that the database has room for."""
    block_size: int
    at: int
    """The instant, as the engine's own sequence number."""
    since: int = 0
    """The instant of the snapshot that this one builds on; 0: it is a full one."""
    changed: Mapping[int, bytes] = field(default_factory=dict)
    """Blocks by number: all that are in use, or those that changed."""
    log: bytes = b""
    """The log that makes the blocks consistent."""

    @property
    def size(self) -> int:
        """Bytes that the snapshot holds."""
        return len(self.log) + sum(map(len, self.changed.values()))


class StorageEngine(Protocol):
    """An open database. Each verb is whole, and is durable as the engine's settings say.

    `cost` is what all verbs did so far; the difference of two is what those between them did.
    """

    @property
    def kind(self) -> str:
        """The engine's name."""

    @property
    def cost(self) -> Cost:
        """All that was done since the database was opened."""

    @property
    def stores(self) -> list[str]:
        """Names of its tables or collections, sorted."""

    def put(self, store: str, record: Record) -> None:
        """Keep a record, in the place of the one with its key where there is one."""

    def get(self, store: str, key: object) -> Record | None:
        """Return the record with a key, None where there is none."""

    def delete(self, store: str, key: object) -> bool:
        """Take a record away; return whether it was there."""

    def scan(self, store: str, low: object, count: int) -> list[Record]:
        """Return up to `count` records in the order of their keys, from `low` on."""

    def advance(self, now: int) -> None:
        """Let time go on to `now` ns, so that what is done by the clock is done."""

    def resize(self, blocks: int) -> None:
        """Have room for another number of blocks."""

    def back_up(self, since: int = 0) -> Snapshot:
        """Return a snapshot: full, or with the blocks that changed after the instant `since`."""

    def close(self) -> None:
        """Write everything back and take no more orders."""


def joined(
    kind: str, block_size: int, snapshots: Iterable[Snapshot]
) -> tuple[Snapshot, dict[int, bytes]]:
    """Return the last of a chain of snapshots, and the newest version of each block in it.

    Raises InputError where they do not build on each other, the first on nothing, or have blocks
    of another size or kind.
    """
    blocks: dict[int, bytes] = {}
    newest: Snapshot | None = None
    for snapshot in snapshots:
        at = 0 if newest is None else newest.at
        if snapshot.kind != kind or snapshot.since != at or snapshot.at < at:
            raise InputError(
                _("a {kind} snapshot since {since} does not follow one of {at}").format(
                    kind=snapshot.kind, since=snapshot.since, at=at
                )
            )
        if snapshot.block_size != block_size:
            raise InputError(
                _("the snapshot has blocks of {size} bytes, expected {expected}").format(
                    size=snapshot.block_size, expected=block_size
                )
            )
        blocks.update(snapshot.changed)
        newest = snapshot
    if newest is None:
        raise InputError(_("there is no snapshot to restore"))
    return newest, blocks
