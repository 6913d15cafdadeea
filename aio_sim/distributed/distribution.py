"""One thing to many: a model to two hundred hosts, by one of four schemes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Final

from simpy import Store
from simpy.events import AllOf, Event

from aio_sim.distributed.swarm import Swarm
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Flow, Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np

Story = Generator[Event, object, None]


class Distributed:
    """How a distribution went: `times` are the nanoseconds until each target had all of it.

    `missing` says why a target did not get it.
    """

    def __init__(self) -> None:
        self.times: dict[str, int] = {}
        self.missing: dict[str, str] = {}

    @property
    def time(self) -> int:
        """Nanoseconds until the last target had it, of those that got it."""
        return max(self.times.values(), default=0)


class Distributor:
    """Brings a thing from one host to others, over the network that everybody uses."""

    def __init__(self, env: Environment, network: Network, random: np.random.Generator) -> None:
        self._env = env
        self._network = network
        self._random = random

    def distribute(
        self,
        scheme: str,
        source: str,
        targets: Sequence[str],
        size: int,
        pieces: int = 1,
        content: bytes = b"",
    ) -> Event:
        """Bring `size` bytes to all targets; the event fires with a Distributed.

        `content` is some of them, for whoever encrypts or listens on the way. `chain` and `swarm`
        send it in so many pieces. Raises UnknownName where there is no such scheme, InputError
        where a target is named twice or there are fewer bytes than pieces.
        """
        if scheme not in SCHEMES:
            raise UnknownName(_("scheme"), scheme, SCHEMES)
        if len({source, *targets}) <= len(targets):
            raise InputError(_("the source and the targets must be different hosts"))
        if not 1 <= pieces <= max(size, 1):
            sentence = _("expected 1 to {size} pieces, got {pieces}")
            raise InputError(sentence.format(size=max(size, 1), pieces=pieces))
        run = _Distribution(self._env, self._network, self._random, size, pieces, content)
        return self._env.process(run.run(SCHEMES[scheme], source, list(targets)))


class _Distribution:
    """One distribution under way."""

    def __init__(
        self,
        env: Environment,
        network: Network,
        random: np.random.Generator,
        size: int,
        pieces: int,
        content: bytes,
    ) -> None:
        self._env = env
        self._network = network
        self._random = random
        self._size = size
        self._content = content
        whole, rest = divmod(size, pieces)
        self._pieces = [whole + (place < rest) for place in range(pieces)]
        self._begun = env.now
        self._result = Distributed()

    def run(
        self, scheme: Scheme, source: str, targets: list[str]
    ) -> Generator[Event, object, Distributed]:
        if targets:
            yield from scheme(self, source, targets)
        for target in targets:
            if target not in self._result.times:
                self._result.missing.setdefault(target, _("nobody could send it all"))
        return self._result

    def unicast(self, source: str, targets: list[str]) -> Story:
        """The source sends to all at once."""
        env = self._env
        yield AllOf(env, [env.process(self._all_of_it(source, target)) for target in targets])

    def chain(self, source: str, targets: list[str]) -> Story:
        """Each passes the pieces on to the next as they come."""
        before, legs = None, []
        for sender, target in zip([source, *targets], targets, strict=False):
            after: Store = Store(self._env)
            legs.append(self._env.process(self._leg(sender, target, before, after)))
            before = after
        yield AllOf(self._env, legs)

    def tree(self, source: str, targets: list[str]) -> Story:
        """Who has it hands it, with half of those that are left, to one more: a binomial tree."""
        left, helpers = targets, []
        while left:
            half = (len(left) + 1) // 2
            left, (child, *others) = left[:-half], left[-half:]
            yield from self._all_of_it(source, child)
            if child in self._result.times:
                helpers.append(self._env.process(self.tree(child, others)))
            else:
                left = left + others
        yield AllOf(self._env, helpers)

    def swarm(self, source: str, targets: list[str]) -> Story:
        """All pass on pieces to all."""
        hosts = [source, *targets]
        swarm = Swarm(self._env, self._send, hosts, self._pieces, self._random, self._reached)
        yield swarm.done

    def _leg(self, sender: str, target: str, before: Store | None, after: Store) -> Story:
        """Send pieces on as they come; where one does not, nobody further on gets any more."""
        for size in self._pieces:
            came = True if before is None else (yield before.get())
            if not came or not (yield from self._sent(sender, target, size)):
                after.put(False)
                return
            after.put(True)
        self._reached(target)

    def _all_of_it(self, sender: str, target: str) -> Story:
        if (yield from self._sent(sender, target, self._size)):
            self._reached(target)

    def _sent(self, sender: str, target: str, size: int) -> Generator[Event, object, bool]:
        try:
            yield self._send(sender, target, size).done
        except TransferFailed as failure:
            self._result.missing[target] = str(failure)
            return False
        return True

    def _send(self, sender: str, target: str, size: int) -> Flow:
        return self._network.transfer(
            sender, target, size, name="distribution", content=self._content
        )

    def _reached(self, target: str) -> None:
        self._result.times[target] = self._env.now - self._begun


Scheme = Callable[[_Distribution, str, list[str]], Story]

SCHEMES: Final[dict[str, Scheme]] = {
    "unicast": _Distribution.unicast,
    "chain": _Distribution.chain,
    "tree": _Distribution.tree,
    "swarm": _Distribution.swarm,
}
"""The schemes by their names."""
