"""The balancer: which shard should give a chunk to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """A chunk goes from one shard to another."""

    source: str
    target: str


def threshold(chunks: int) -> int:
    """Return the difference of chunks between two shards at which a round of moves begins.

    Source: MongoDB Manual 3.2, Sharded Collection Balancing, Migration Thresholds; later versions
    begin sooner, and from 6.0 on compare bytes.
    """
    if chunks < 20:
        return 2
    return 4 if chunks < 80 else 8


def next_move(counts: Mapping[str, int], *, in_round: bool) -> Move | None:
    """Return from which shard to which a chunk goes, None where it is even enough.

    A round that has begun goes on until no two shards differ by two or more. Of equals the shard
    whose name comes first.
    """
    source = max(sorted(counts), key=lambda name: counts[name])
    target = min(sorted(counts), key=lambda name: counts[name])
    least = 2 if in_round else threshold(sum(counts.values()))
    return Move(source, target) if counts[source] - counts[target] >= least else None
