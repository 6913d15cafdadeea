"""The flows that send: who is on which channel, at what rate, and when each is through."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from aio_sim.hardware.network.bundle import Bundle, Key
from aio_sim.hardware.network.calendar import Calendar
from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.filling import Filling
from aio_sim.hardware.network.flow import Flow
from aio_sim.hardware.network.pool import Pool
from aio_sim.hardware.network.roominess import (
    crowded,
    is_overfull,
    keep_out,
    leave_out,
    take_back,
)
from aio_sim.kernel.environment import DECISION, Environment, Timer


class Sharing:
    """Lets flows share channels max-min fairly; `on_sent` is called as a last byte is sent.

    Rates are worked out once an instant, after all that it brings, or as soon as one is asked for.
    """

    def __init__(self, env: Environment, on_sent: Callable[[Flow], None]) -> None:
        self._env = env
        self._on_sent = on_sent
        self._number = count()
        self._bundles: dict[Key, Bundle] = {}
        self._unsorted: dict[Flow, None] = {}
        """Flows that are new, or have to mind other channels than before, or share others."""
        self._changed: dict[Bundle, None] = {}
        self._crowded: dict[Channel, None] = {}
        """Channels that were left out, and may not be any more."""
        self._undated: dict[Pool, None] = {}
        """Pools whose next flow may be through sooner than was thought, or that had one through."""
        self._calendar = Calendar(env, self._through)
        self._timer = Timer(env, self.settle, DECISION)
        self._filling = Filling(env)

    @property
    def recomputed(self) -> int:
        """How many rates have been worked out so far: what sharing costs."""
        return self._filling.worked_out

    def enter(self, flow: Flow) -> None:
        """Let a flow with bytes to send have its share from now on."""
        for channel in flow.channels:
            if len(channel.flows) == 1 and channel.narrow:
                self._unsorted.update(channel.flows)
            channel.flows[flow] = None
            if is_overfull(channel):
                self._crowded[channel] = None
        self._unsorted[flow] = None
        self._timer.soon()

    def withdraw(self, flow: Flow) -> None:
        """Take a flow out, with what it has left."""
        if (bundle := flow.bundle) is not None:
            bundle.leave(flow)
            self._changed[bundle] = None
        self._clear(flow)
        self._timer.soon()

    def settle(self) -> None:
        """Work out the rates that changes reach."""
        while self._crowded or self._unsorted or self._changed:
            self._reconsider()
            self._sort_all()
            self._refill()
        self._set_dates()

    def _reconsider(self) -> None:
        """Mind those channels again that have been left out, and may now be full."""
        for channel in self._crowded:
            if channel.ceiling and not keep_out(channel):
                self._unsorted.update(channel.flows)
        self._crowded.clear()

    def _sort_all(self) -> None:
        while self._unsorted:
            flows, self._unsorted = self._unsorted, {}
            for flow in flows:
                self._sort(flow)

    def _refill(self) -> None:
        """Work out the rates, and which channels to leave out from now on."""
        refilled = self._filling.refill(self._changed)
        for bundle in self._changed:
            if not bundle.members:
                self._bundles.pop((bundle.channels, bundle.limit), None)
        self._changed.clear()
        for channel in refilled.idle:
            if channel.pool is None and leave_out(channel):
                self._unsorted.update(channel.flows)
        self._crowded.update(dict.fromkeys(crowded(refilled.sooner)))
        self._undated.update(dict.fromkeys(refilled.sooner))

    def _set_dates(self) -> None:
        """Date pools anew; one that has become slower is asked when due, and says when else."""
        for pool in self._undated:
            self._calendar.put(pool)
        self._undated.clear()
        self._calendar.set_timer()

    def _sort(self, flow: Flow) -> None:
        """Put a flow into the bundle of those with the same shared channels and limit."""
        narrow = [channel for channel in flow.channels if channel.narrow] or self._recall(flow)
        channels = tuple(channel for channel in narrow if len(channel.flows) > 1)
        limits = [channel.capacity for channel in narrow if len(channel.flows) == 1]
        if flow.limit is not None:
            limits.append(flow.limit)
        key = channels, min(limits, default=None)
        bundle = self._bundles.get(key)
        if bundle is None:
            bundle = self._bundles[key] = Bundle(next(self._number), key)
        if flow.bundle is not bundle:
            if flow.bundle is not None:
                self._changed[flow.bundle] = None
                flow.bundle.leave(flow)
            bundle.join(flow)
            self._changed[bundle] = None

    def _recall(self, flow: Flow) -> list[Channel]:
        """Return a channel to hold down a flow that without a limit leaves all out."""
        out = [channel for channel in flow.channels if channel.ceiling]
        if flow.limit is not None or not out:
            return []
        channel = min(out, key=lambda channel: channel.fair_share)
        take_back(channel)
        self._unsorted.update(channel.flows)
        return [channel]

    def _clear(self, flow: Flow) -> None:
        """Take a flow off its channels, and book what they carried."""
        work = flow.work
        for channel in flow.channels:
            channel.carried += work
            del channel.flows[flow]
            if len(channel.flows) == 1 and channel.narrow:
                self._unsorted.update(channel.flows)
        self._unsorted.pop(flow, None)

    def _through(self, pools: list[Pool]) -> None:
        """Let those go whose last byte is sent, in the order in which they came."""
        ended: list[Flow] = []
        for pool in pools:
            for bundle, flow in pool.through():
                ended.append(flow)
                self._changed[bundle] = None
        self._undated.update(dict.fromkeys(pools))
        if not ended:
            self._set_dates()
        ended.sort(key=lambda flow: flow.number)
        for flow in ended:
            self._clear(flow)
            self._timer.soon()
        for flow in ended:
            self._on_sent(flow)
