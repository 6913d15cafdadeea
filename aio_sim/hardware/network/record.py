"""What the network leaves behind: totals for metrics, spans for reports."""

from __future__ import annotations

from typing import Final

from aio_sim.hardware.network.channel import Channel
from aio_sim.hardware.network.fabric import Fabric
from aio_sim.hardware.network.flow import Flow
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace

MOST_LINKS: Final = 1_000
"""Links that each have a metric; of more, only the busiest is told."""


class NetworkRecord:
    """Counts transfers and bytes; where the trace is full, keeps a span a transfer."""

    def __init__(self, env: Environment, fabric: Fabric, trace: Trace | None) -> None:
        self._env = env
        self._fabric = fabric
        self._trace = trace if trace is not None and trace.full else None
        self._begun = self._failed = self._cancelled = self._bytes = 0

    def begun(self) -> None:
        """Count a transfer."""
        self._begun += 1

    def ended(self, flow: Flow) -> None:
        """Note that a transfer is over."""
        self._bytes += flow.sent
        if (trace := self._trace) is not None:
            name, track = trace.code(flow.name or "transfer"), trace.code(flow.source)
            trace.spans.append((name, track, -1, flow.started, self._env.now))

    def failed(self, flow: Flow) -> None:
        """Note that a transfer failed."""
        self._failed += 1
        self.ended(flow)

    def cancelled(self, flow: Flow) -> None:
        """Note that a transfer was given up."""
        self._cancelled += 1
        self.ended(flow)

    def report(self, trace: Trace) -> None:
        """Hand the totals to the trace; nothing where nothing was sent."""
        if not self._begun:
            return
        inside = {flow: None for channel in self._fabric.channels() for flow in channel.flows}
        trace.add_total("network.transfers", self._begun)
        trace.add_total("network.failed", self._failed)
        if self._cancelled:
            trace.add_total("network.cancelled", self._cancelled)
        trace.add_total("network.bytes", self._bytes + sum(flow.sent for flow in inside))
        self._report_links(trace)

    def _report_links(self, trace: Trace) -> None:
        used = {
            name: max(map(self._utilization, wire.towards.values()))
            for name, wire in self._fabric.wires.items()
        }
        used |= {name: self._utilization(inside) for name, inside in self._fabric.insides.items()}
        used = {name: utilization for name, utilization in used.items() if utilization}
        if used:
            trace.add_total("network.utilization.max", max(used.values()))
        if len(used) <= MOST_LINKS:
            for name, utilization in used.items():
                trace.add_total(f"network.{name}.utilization", utilization)

    def _utilization(self, channel: Channel) -> float:
        if not self._env.now:
            return 0.0
        carried = channel.carried + sum(flow.work for flow in channel.flows)
        return carried / (channel.capacity * self._env.now)
