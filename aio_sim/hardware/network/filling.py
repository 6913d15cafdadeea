"""Max-min fair rates, worked out again only where a change reaches.

Progressive filling (Bertsekas & Gallager, Data Networks, 2nd ed., 6.5.2) lets all rates rise
together; a channel that is full fixes those that it holds down. Here all but a few bundles keep
their rates from before, and become free to change only where they must:

- as the channel that holds them down has more left than before;
- as a channel gives some free bundle less than it gives them.

A bundle that becomes free had a rate above those fixed so far, so none is fixed twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from aio_sim.hardware.network.bundle import Bundle
from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.units import NEGLIGIBLE


class Refilled(NamedTuple):
    """How many rates were worked out, and which bundles have a higher one than before."""

    worked_out: int
    faster: list[Bundle]


def refill(bundles: Iterable[Bundle]) -> Refilled:
    """Give new rates to bundles whose members changed, and to all that this reaches."""
    return _Filling(bundles).run()


class _Filling:
    def __init__(self, bundles: Iterable[Bundle]) -> None:
        self._level = 1
        self._bids: list[tuple[int, int, int, Channel | Bundle]] = []
        """The levels at which a channel is full, or a bundle reaches its limit; a heap."""
        self._touched: dict[Channel, None] = {}
        self._relieved: set[Channel] = set()
        self._searched: set[Channel] = set()
        self._worked_out = 0
        self._faster: list[Bundle] = []
        changed = list(bundles)
        for bundle in changed:
            self._recount(bundle)
        for bundle in changed:
            if bundle.rate and len(bundle.members) < bundle.weight:
                self._relieve(bundle)
        for bundle in changed:
            bundle.weight = len(bundle.members)
            if bundle.weight:
                self._open(bundle)

    def run(self) -> Refilled:
        """Fill until no bundle is free."""
        self._bid()
        while self._bids:
            level, _kind, _number, bidder = heappop(self._bids)
            if isinstance(bidder, Bundle):
                if bidder.free:
                    self._raise_level(level)
                    self._fix(bidder, None)
            elif level == bidder.bid:
                bidder.bid = 0
                if bidder.free:
                    self._raise_level(level)
                    if not self._lower_others(bidder):
                        self._fill(bidder)
            self._bid()
        return Refilled(self._worked_out, self._faster)

    def _raise_level(self, level: int) -> None:
        """Let all free rates rise; roundings must not let them fall."""
        self._level = max(self._level, level)

    def _recount(self, bundle: Bundle) -> None:
        """Take a bundle that changed out of the loads, and put it where its members are."""
        for channel in bundle.channels:
            channel.load -= bundle.weight * bundle.rate
            if bundle.members:
                channel.bundles[bundle] = None
            else:
                channel.bundles.pop(bundle, None)
        bundle.free = bool(bundle.members)

    def _open(self, bundle: Bundle) -> None:
        """Count a free bundle, and bid its limit."""
        for channel in bundle.channels:
            channel.free += bundle.weight
            self._touched[channel] = None
        if bundle.limit is not None:
            heappush(self._bids, (bundle.limit, 0, bundle.number, bundle))

    def _release(self, bundle: Bundle) -> None:
        """Let a bundle that kept its rate be free."""
        if not bundle.free:
            bundle.free = True
            load = bundle.weight * bundle.rate
            for channel in bundle.channels:
                channel.load -= load
            self._open(bundle)

    def _relieve(self, bundle: Bundle) -> None:
        """Release those that a channel of the bundle holds down, for it has more left."""
        for channel in bundle.channels:
            if channel not in self._relieved:
                self._relieved.add(channel)
                for other in channel.bundles:
                    if other.bottleneck is channel:
                        self._release(other)

    def _lower_others(self, channel: Channel) -> bool:
        """Release those that have more of the channel than it gives; return whether any do.

        Once is enough: afterwards none here has more than the level, which only rises.
        """
        if channel in self._searched:
            return False
        self._searched.add(channel)
        most = self._level + NEGLIGIBLE
        above = [other for other in channel.bundles if not other.free and other.rate > most]
        for other in above:
            self._release(other)
        return bool(above)

    def _fill(self, channel: Channel) -> None:
        """Fix the rate of all free bundles of a full channel, which has no more to give then."""
        self._relieved.add(channel)
        for bundle in [bundle for bundle in channel.bundles if bundle.free]:
            self._fix(bundle, channel)

    def _fix(self, bundle: Bundle, bottleneck: Channel | None) -> None:
        before, level = bundle.rate, self._level
        if abs(level - before) <= NEGLIGIBLE:
            level = max(before, 1)
        bundle.advance()
        bundle.rate, bundle.bottleneck, bundle.free = level, bottleneck, False
        weight, touched = bundle.weight, self._touched
        for channel in bundle.channels:
            channel.load += weight * level
            channel.free -= weight
            touched[channel] = None
        self._worked_out += 1
        if level < before:
            self._relieve(bundle)
        elif level > before:
            self._faster.append(bundle)

    def _bid(self) -> None:
        """Bid the levels at which the channels that changed are full."""
        for channel in self._touched:
            if channel.free:
                share = channel.share
                if share != channel.bid:
                    channel.bid = share
                    heappush(self._bids, (share, 1, channel.number, channel))
        self._touched.clear()
