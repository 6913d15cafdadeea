"""The network: transfers between hosts over links that they share."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import count

from aio_sim.hardware.network.ample import mark_ample
from aio_sim.hardware.network.fabric import Fabric, Wire
from aio_sim.hardware.network.flow import Flow, TransferFailed
from aio_sim.hardware.network.record import NetworkRecord
from aio_sim.hardware.network.routes import Routes
from aio_sim.hardware.network.sharing import Sharing
from aio_sim.hardware.network.topology import Topology
from aio_sim.hardware.network.units import RATE_UNIT
from aio_sim.kernel.environment import COMPLETION, Environment, Timer
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Trace


class Network:
    """Links and switches, and the flows on them.

    Flows share what they meet on max-min fairly. A flow's last byte arrives the latency of its
    route after it was sent; bytes that were sent before a link is cut arrive.
    """

    def __init__(self, env: Environment, topology: Topology, trace: Trace | None = None) -> None:
        self._env = env
        self._fabric = Fabric(topology)
        mark_ample(self._fabric)
        self._routes = Routes(self._fabric)
        self._sharing = Sharing(env, self._sent)
        self._record = NetworkRecord(env, self._fabric, trace)
        self._number = count()
        self._names = {
            channel: name
            for name, wire in self._fabric.wires.items()
            for channel in wire.towards.values()
        }

    @property
    def hosts(self) -> Collection[str]:
        """The names of the hosts on it."""
        return self._fabric.hosts

    @property
    def recomputed(self) -> int:
        """How many rates have been worked out so far: what the sharing of links costs."""
        return self._sharing.recomputed

    def transfer(
        self,
        source: str,
        destination: str,
        size: int,
        *,
        rate_limit: int | None = None,
        name: str = "",
        content: bytes = b"",
    ) -> Flow:
        """Send `size` bytes from one host to another, at most at `rate_limit` bits a second.

        What they are makes no difference here: `content` is for those who encrypt or listen.

        What a host sends to itself costs nothing. Raises UnknownName where the network has no such
        host, InputError where the size is negative or the limit is not above 0.
        """
        flow = self._flow((source, destination), size, rate_limit, name)
        if source == destination:
            flow.left = 0
            flow.done.succeed(flow)
            return flow
        self._record.begun()
        route = self._routes.find(source, destination)
        if route is None:
            reason = _("there is no way from {source} to {destination}")
            self._fail(flow, reason.format(source=source, destination=destination))
            return flow
        flow.channels, flow.latency = route
        if size:
            self._sharing.enter(flow)
        else:
            self._sent(flow)
        return flow

    def way(self, source: str, destination: str) -> tuple[str, ...]:
        """Return the names of the links from one host to another, none where there is no way.

        Raises UnknownName where the network has no such host.
        """
        for end in (source, destination):
            self._check(end)
        route = self._routes.find(source, destination)
        links = route.channels if route is not None and source != destination else ()
        return tuple(self._names[channel] for channel in links if channel in self._names)

    def fail(self, link: str) -> None:
        """Cut a link; the flows on it fail, new ones go another way if there is one.

        Nothing happens where it is cut already. Raises UnknownName where there is no such link.
        """
        self._cut(self._wire(link), link, _("the link {name} is cut").format(name=link))

    def repair(self, link: str) -> None:
        """Let a link that was cut carry flows again; those under way keep their routes.

        Raises UnknownName where there is no such link.
        """
        self._wire(link).down_for.discard(link)
        self._routes.forget()

    def fail_host(self, host: str) -> None:
        """Take a host off the network: the flows that begin or end there fail.

        Nothing happens where it is off already. Raises UnknownName where there is no such host.
        """
        self._check(host)
        for wire in self._fabric.wires_of(host):
            self._cut(wire, host, _("{name} is down").format(name=host))

    def repair_host(self, host: str) -> None:
        """Put a host on the network again; links of its that were cut by themselves stay so.

        Raises UnknownName where there is no such host.
        """
        self._check(host)
        for wire in self._fabric.wires_of(host):
            wire.down_for.discard(host)
        self._routes.forget()

    def connects(self, source: str, destination: str) -> bool:
        """Return whether there is a way from one host to another now."""
        return source == destination or self._routes.find(source, destination) is not None

    def report(self, trace: Trace) -> None:
        """Hand the totals to the trace; nothing where nothing was sent."""
        self._record.report(trace)

    def _flow(self, ends: tuple[str, str], size: int, rate_limit: int | None, name: str) -> Flow:
        for end in ends:
            self._check(end)
        if size < 0:
            raise InputError(_("a transfer has 0 bytes or more, got {size}").format(size=size))
        if rate_limit is not None and rate_limit <= 0:
            sentence = _("a rate limit must be greater than 0, got {rate}")
            raise InputError(sentence.format(rate=rate_limit))
        limit = None if rate_limit is None else rate_limit * RATE_UNIT
        env = self._env
        return Flow(
            next(self._number),
            name,
            ends,
            size,
            limit,
            env.now,
            env.event(),
            self._sharing.settle,
            self._cancel,
        )

    def _check(self, host: str) -> None:
        if host not in self._fabric.hosts:
            raise UnknownName(_("host of the network"), host, self._fabric.hosts)

    def _cut(self, wire: Wire, cause: str, reason: str) -> None:
        """Let a wire be down for a cause, and the flows on it fail."""
        wire.down_for.add(cause)
        self._routes.forget()
        flows = {flow for channel in wire.towards.values() for flow in channel.flows}
        for flow in sorted(flows, key=lambda flow: flow.number):
            self._sharing.withdraw(flow)
            self._fail(flow, reason)

    def _wire(self, link: str) -> Wire:
        try:
            return self._fabric.wires[link]
        except KeyError:
            raise UnknownName(_("link"), link, self._fabric.wires) from None

    def _sent(self, flow: Flow) -> None:
        flow.end_departure()
        arrival = self._env.now + flow.latency
        Timer(self._env, partial(self._arrive, flow), COMPLETION).set(arrival)

    def _arrive(self, flow: Flow) -> None:
        if not flow.done.triggered:
            self._record.ended(flow)
            flow.done.succeed(flow)

    def _cancel(self, flow: Flow) -> None:
        if flow.done.triggered:
            return
        if flow.left or flow.bundle is not None:
            self._sharing.withdraw(flow)
        self._record.cancelled(flow)
        self._break(flow, _("the transfer was given up"))

    def _fail(self, flow: Flow, reason: str) -> None:
        self._record.failed(flow)
        self._break(flow, reason)

    def _break(self, flow: Flow, reason: str) -> None:
        flow.done.fail(TransferFailed(reason, flow))
        flow.done.defused = True  # nobody need wait for it
        flow.end_departure()
