"""Wires what a scenario distributes from one host to many, with the closed forms beside."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simpy.events import Event

from aio_sim.distributed.distribution import Distributed, Distributor
from aio_sim.distributed.distribution_times import (
    chain_time,
    swarm_bound,
    tree_time,
    unicast_time,
)
from aio_sim.kernel.messages import plural
from aio_sim.kernel.span_record import Record
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.one_to_many import DistributionSpec
from aio_sim.simulation.part import Part, Totals
from aio_sim.simulation.transporting import under

if TYPE_CHECKING:
    from aio_sim.simulation.ground import Ground

MOST_NAMED: Final = 100
"""Up to so many distributions, each is told of by its name too."""
MOST_MISSING: Final = 100
"""So many hosts that got nothing are told with the reason."""
SHOWN: Final = 8 * 1024
"""Bytes of a sample that are handed to whoever encrypts or listens."""

TRACK: Final = "distributions"


@dataclass
class Spread:
    """One distribution of a run, and what came of it."""

    name: str
    spec: DistributionSpec
    targets: Sequence[str]
    rate: int
    """Bits a second of the slowest card of those that take part, each way."""
    latency: int
    """Nanoseconds of the longest way between two cards."""
    begun: int = 0
    result: Distributed | None = None

    @property
    def expected(self) -> int:
        """Nanoseconds that the closed form says; for a swarm, the bound that nothing beats."""
        size, count, parts = self.spec.bytes, len(self.targets), self.spec.parts
        rate, latency = self.rate, self.latency
        if self.spec.scheme == "unicast":
            return unicast_time(size, count, rate, latency)
        if self.spec.scheme == "chain":
            return chain_time(size, count, parts, rate, latency)
        if self.spec.scheme == "tree":
            return tree_time(size, count, rate, latency)
        return swarm_bound(size, count, parts, rate, latency)

    @property
    def bound(self) -> int:
        """The least time of any scheme by as many pieces, in nanoseconds."""
        size, count = self.spec.bytes, len(self.targets)
        return swarm_bound(size, count, self.spec.parts, self.rate, self.latency)


def spreading_part(ground: Ground) -> Part | None:
    """Let what a scenario distributes go its ways; None where it distributes nothing."""
    if not ground.scenario.distributions:
        return None
    spreads = [_spread(ground, number) for number in range(len(ground.scenario.distributions))]
    for spread in spreads:
        ground.ending.story(_story(ground, spread))

    def totals() -> Totals:
        return _totals(spreads)

    return Part(totals=totals, meta=lambda: _meta(spreads))


def _spread(ground: Ground, number: int) -> Spread:
    spec = ground.scenario.distributions[number]
    hosts = [host.name for host in ground.hosts]
    targets = [name for name in matching(spec.to, hosts) if name != spec.source]
    cards = [
        host.network
        for host in ground.scenario.hosts
        if host.network is not None and {spec.source, *targets}.intersection(host.names)
    ]
    rate = min((card.bandwidth for card in cards), default=0)
    latency = 2 * max((card.latency for card in cards), default=0)
    return Spread(spec.name or f"distribution-{number}", spec, targets, rate, latency)


def _story(ground: Ground, spread: Spread) -> Generator[Event, Any, None]:
    spec, env = spread.spec, ground.env
    if spec.at:
        yield env.timeout(spec.at)
    spread.begun = env.now
    assert ground.transport is not None  # for hosts between which something goes are on a network
    random = ground.streams.stream(f"distribution.{spread.name}")
    distributor = Distributor(env, under(ground.transport, spec.encryption), random)
    content = spec.sample.read_bytes()[:SHOWN] if spec.sample is not None else b""
    spread.result = yield distributor.distribute(
        spec.scheme, spec.source, spread.targets, spec.bytes, spec.parts, content
    )
    form = plural(
        "{name} from {source} to {count} host by {scheme}",
        "{name} from {source} to {count} hosts by {scheme}",
        len(spread.targets),
    )
    told = form.format(
        name=spread.name, source=spec.source, count=len(spread.targets), scheme=spec.scheme
    )
    Record(ground.trace, TRACK).span(told, spread.begun, env.now)


def _totals(spreads: Sequence[Spread]) -> Totals:
    done = [spread for spread in spreads if spread.result is not None]
    totals: dict[str, int | float] = {
        "distribution.count": len(spreads),
        "distribution.completed": len(done),
        "distribution.targets": sum(len(spread.targets) for spread in spreads),
        "distribution.reached": sum(len(_result(spread).times) for spread in done),
    }
    if done:
        totals["distribution.time.max"] = max(_result(spread).time for spread in done) / 1e9
    if len(spreads) <= MOST_NAMED:
        for spread in done:
            totals[f"distribution.{spread.name}.time"] = _result(spread).time / 1e9
            if spread.rate:
                totals[f"distribution.{spread.name}.expected"] = spread.expected / 1e9
                totals[f"distribution.{spread.name}.bound"] = spread.bound / 1e9
    return totals


def _meta(spreads: Sequence[Spread]) -> dict[str, Any]:
    return {"distributions": {spread.name: _told(spread) for spread in spreads[:MOST_NAMED]}}


def _told(spread: Spread) -> dict[str, Any]:
    """Return how a distribution went, beside the closed forms, and who did not get it."""
    told: dict[str, Any] = {"scheme": spread.spec.scheme, "targets": len(spread.targets)}
    if spread.rate:
        told |= {"expected": spread.expected / 1e9, "bound": spread.bound / 1e9}
    if spread.result is None:
        return told | {"reached": 0}
    missing = dict(list(spread.result.missing.items())[:MOST_MISSING])
    told |= {"reached": len(spread.result.times), "time": spread.result.time / 1e9}
    return told | ({"missing": missing} if missing else {})


def _result(spread: Spread) -> Distributed:
    assert spread.result is not None
    return spread.result
