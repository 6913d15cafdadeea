"""The lab on bringing one thing to many: how long each scheme takes, by formula and simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_sim.distributed.distribution import SCHEMES, Distributor
from aio_sim.distributed.distribution_times import (
    chain_time,
    swarm_bound,
    tree_time,
    unicast_time,
)
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.units import DURATION_UNITS, seconds
from aio_sim.teaching.labs.drawing import integer, one_of, stream

MOST_TARGETS: Final = 500
MOST_PIECES: Final = 1000
MOST_TRANSFERS: Final = 10_000
"""The most pieces times targets, each of which is a transfer that is simulated."""
BY_PIECES: Final = ("chain", "swarm")
"""Schemes that send in pieces."""
SOURCE: Final = "source"

_SWITCH: Final = "switch"
_MIB: Final = 2**20
_PIECES: Final = ("4", "8", "16", "32")


@dataclass(frozen=True)
class DistributionProblem:
    """`size` bytes that go from one host to `targets` others, each with a card of `bandwidth`.

    `bandwidth` is bits a second each way, `latency` ns from host to host; chain and swarm send in
    so many `pieces`.
    """

    schemes: tuple[str, ...]
    size: int
    targets: int
    pieces: int
    bandwidth: int
    latency: int

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it: sizes in bytes, times in seconds."""
        return {
            "schemes": list(self.schemes),
            "size": self.size,
            "targets": self.targets,
            "pieces": self.pieces,
            "bandwidth": self.bandwidth,
            "latency": seconds(self.latency),
        }


class Took(NamedTuple):
    """How long a scheme takes in nanoseconds: by its formula (swarm: at least), and simulated."""

    scheme: str
    formula: int
    simulated: int
    sent: int
    """Bytes that the source sends."""

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it, times in seconds."""
        times = {"formula": seconds(self.formula), "simulated": seconds(self.simulated)}
        return {"scheme": self.scheme, **times, "sent_by_source": self.sent}


@dataclass(frozen=True)
class DistributionAnswer:
    """How long each scheme takes, in the order of the problem."""

    took: tuple[Took, ...]

    @property
    def best(self) -> str:
        """The scheme that is done first, as simulated."""
        return min(self.took, key=lambda each: each.simulated).scheme

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {"schemes": [each.as_json() for each in self.took], "best": self.best}


def draw(
    seed: int,
    *,
    schemes: Sequence[str] | None = None,
    size: int | None = None,
    targets: int | None = None,
    pieces: int | None = None,
    bandwidth: int = 10**9,
    latency: int = DURATION_UNITS["ms"],
) -> DistributionProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    Raises UnknownName for another scheme, InputError for numbers that cannot be simulated.
    """
    if size is None:
        size = _MIB * 50 * integer(stream(seed, "distribute", "size"), 1, 20)
    if targets is None:
        targets = integer(stream(seed, "distribute", "targets"), 3, 20)
    if pieces is None:
        pieces = min(int(one_of(stream(seed, "distribute", "pieces"), _PIECES)), max(size, 1))
    chosen = tuple(SCHEMES if schemes is None else schemes)
    problem = DistributionProblem(chosen, size, targets, pieces, bandwidth, latency)
    _check(problem)
    return problem


def _check(problem: DistributionProblem) -> None:
    for scheme in problem.schemes:
        if scheme not in SCHEMES:
            raise UnknownName(_("scheme"), scheme, SCHEMES)
    for name, value, most in (
        ("targets", problem.targets, MOST_TARGETS),
        ("pieces", problem.pieces, min(MOST_PIECES, max(problem.size, 1))),
    ):
        if not 1 <= value <= most:
            sentence = _("{name}: expected 1 to {most}, got {value}")
            raise InputError(sentence.format(name=name, most=most, value=value))
    transfers = problem.targets * problem.pieces
    if transfers > MOST_TRANSFERS:
        sentence = _("targets times pieces: expected {most} at most, got {value}")
        raise InputError(sentence.format(most=MOST_TRANSFERS, value=transfers))
    if problem.bandwidth < 1:
        raise InputError(_("the bandwidth must be greater than 0"))


def solve(problem: DistributionProblem) -> DistributionAnswer:
    """Return how long each scheme takes; each is really run, on a network of its own."""
    return DistributionAnswer(tuple(_took(problem, scheme) for scheme in problem.schemes))


def _took(problem: DistributionProblem, scheme: str) -> Took:
    env = Environment()
    network = Network(env, _star(problem))
    random = RandomStreams(0).stream("distribution")
    targets = [f"target-{number}" for number in range(problem.targets)]
    pieces = problem.pieces if scheme in BY_PIECES else 1
    sent = _Sent(network)
    done: Any = env.run(
        Distributor(env, sent, random).distribute(scheme, SOURCE, targets, problem.size, pieces)
    )
    return Took(scheme, FORMULAS[scheme](problem), done.time, sent.bytes)


class _Sent:
    """A network that counts what the source sends."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.bytes = 0

    def transfer(self, source: str, destination: str, size: int, **options: Any) -> Any:
        """Send from host to host."""
        self.bytes += size if source == SOURCE else 0
        return self._network.transfer(source, destination, size, **options)


def _star(problem: DistributionProblem) -> Topology:
    """Return a network of one switch, half of the latency on each side of it."""
    hosts = [SOURCE, *(f"target-{number}" for number in range(problem.targets))]
    half = problem.latency // 2
    links = tuple(
        Link(
            host,
            (host, _SWITCH),
            problem.bandwidth,
            problem.latency - half if host == SOURCE else half,
        )
        for host in hosts
    )
    return Topology(tuple(hosts), (Switch(_SWITCH),), links)


def _unicast(problem: DistributionProblem) -> int:
    return unicast_time(problem.size, problem.targets, problem.bandwidth, problem.latency)


def _chain(problem: DistributionProblem) -> int:
    pieces = problem.pieces
    return chain_time(problem.size, problem.targets, pieces, problem.bandwidth, problem.latency)


def _tree(problem: DistributionProblem) -> int:
    return tree_time(problem.size, problem.targets, problem.bandwidth, problem.latency)


def _swarm(problem: DistributionProblem) -> int:
    pieces = problem.pieces
    return swarm_bound(problem.size, problem.targets, pieces, problem.bandwidth, problem.latency)


FORMULAS: Final[dict[str, Callable[[DistributionProblem], int]]] = {
    "unicast": _unicast,
    "chain": _chain,
    "tree": _tree,
    "swarm": _swarm,
}
"""The nanoseconds of each scheme; of the swarm the least that any scheme by pieces takes."""
