"""Channels that have room for all of their flows' rates, and so are left out for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aio_sim.hardware.network.channel import PATIENCE, Channel
from aio_sim.hardware.network.pool import Pool


def crowded(pools: Iterable[Pool]) -> Iterator[Channel]:
    """Yield the channels, left out so far, for whose ceilings the rate of a pool is too high."""
    for pool in pools:
        for bundle in list(pool.ceilings.up_to(pool.rate - 1)):
            yield from bundle.above(pool.rate)


def leave_out(channel: Channel) -> bool:
    """Leave a channel out where it has room for a quarter more; return whether it has.

    Where it has not, it is asked again after some changes for each of its flows: so what leaving it
    out costs, which is once for each flow, is little beside what minding it did.
    """
    highest = max((crossing.pool.rate for crossing in channel.crossings.values()), default=0)
    ceiling = _ceiling(channel)
    if channel.crossings and 5 * highest <= 4 * ceiling:
        _set(channel, ceiling)
        return True
    channel.patience = len(channel.flows) + PATIENCE
    return False


def keep_out(channel: Channel) -> bool:
    """Leave a channel out further where it has room for an eighth more; return whether it has."""
    bundles = {flow.bundle: None for flow in channel.flows if flow.bundle is not None}
    highest = max((bundle.rate for bundle in bundles), default=0)
    ceiling = _ceiling(channel)
    if 9 * highest <= 8 * ceiling:
        _set(channel, ceiling)
        for bundle in bundles:
            bundle.watch(channel)
        return True
    take_back(channel)
    return False


def take_back(channel: Channel) -> None:
    """Mind a channel again."""
    _set(channel, 0)
    channel.patience = len(channel.flows) + PATIENCE


def is_overfull(channel: Channel) -> bool:
    """Return whether flows at the ceiling of a channel would fill it."""
    return channel.ceiling * len(channel.flows) > channel.capacity


def _ceiling(channel: Channel) -> int:
    """Return what each flow may have, with room for an eighth more flows."""
    flows = len(channel.flows)
    return max(channel.capacity // (flows + flows // 8 + 1), 1)


def _set(channel: Channel, ceiling: int) -> None:
    channel.ceiling = ceiling
    channel.edition += 1
