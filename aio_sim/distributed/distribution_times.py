"""How long it takes to bring one thing to many, worked out without doing it.

Sizes are bytes, rates bits a second of every host each way, latencies and results nanoseconds;
nothing else is in the way. docs/background/file-system.md derives the formulas.
"""

from __future__ import annotations

from math import isqrt

from aio_sim.kernel.environment import SECOND


def sending_time(size: int, rate: int) -> int:
    """Return how long it takes to send so many bytes, rounded up."""
    return -(-size * 8 * SECOND // rate)


def rounds(targets: int) -> int:
    """Return how often those who have it must double until all have it: ceil(log2(n + 1)).

    The lower bound of every broadcast of one message (Bar-Noy & Kipnis, Discrete Applied
    Mathematics 55, 1994).
    """
    return targets.bit_length()


def unicast_time(size: int, targets: int, rate: int, latency: int = 0) -> int:
    """Return the time of one transfer to each target at once: n S / B, and the latency."""
    return sending_time(size * targets, rate) + latency if targets else 0


def chain_time(size: int, targets: int, pieces: int, rate: int, latency: int = 0) -> int:
    """Return the time of a chain that passes on pieces: (m + n - 1) (S / (m B) + L).

    A permutation flow shop: n hops, m pieces that differ by a byte at most, of which the larger go
    first. A piece is sent when the one before it has arrived.
    """
    if not targets:
        return 0
    largest = -(-size // pieces)
    sent = sending_time(size + (targets - 1) * largest, rate)
    return sent + (pieces + targets - 1) * latency


def best_pieces(size: int, targets: int, rate: int, latency: int) -> int:
    """Return the pieces with which a chain is fastest: sqrt((n - 1) S / (B L)), at least 1."""
    if latency <= 0:
        return max(size, 1)
    return max(isqrt((targets - 1) * sending_time(size, rate) // latency), 1)


def tree_time(size: int, targets: int, rate: int, latency: int = 0) -> int:
    """Return the time of a binomial tree: ceil(log2(n + 1)) (S / B + L)."""
    return rounds(targets) * (sending_time(size, rate) + latency)


def swarm_bound(size: int, targets: int, pieces: int, rate: int, latency: int = 0) -> int:
    """Return the least time of any scheme by pieces: (m - 1 + ceil(log2(n + 1))) (S / (m B) + L).

    The source sends all of it once before the last piece has to double (Bar-Noy & Kipnis 1994;
    Mundinger, Weber & Weiss, Journal of Scheduling 11, 2008). Where the pieces differ by a byte,
    the last is taken to be a smaller one.
    """
    if not targets:
        return 0
    doublings = rounds(targets) - 1
    sent = sending_time(size + doublings * (size // pieces), rate)
    return sent + (pieces + doublings) * latency
