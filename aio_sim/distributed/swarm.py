"""A swarm: everybody passes on pieces while it still gets others, the rarest pieces first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from simpy.events import Event

from aio_sim.hardware.network.transport import Flow
from aio_sim.kernel.environment import DECISION, Environment, Timer

if TYPE_CHECKING:
    import numpy as np

Transfer = Callable[[str, str, int], Flow]


class Swarm:
    """Hosts that each send one piece and get one piece at a time.

    At every instant at which something has arrived, each idle host that lacks pieces takes the
    rarest of those that an idle host has; pieces under way count as there (Legout, Urvoy-Keller &
    Michiardi, Rarest First and Choke Algorithms Are Enough, IMC 2006). Ties are drawn at random.
    Two between whom a transfer failed do not try again.
    """

    def __init__(
        self,
        env: Environment,
        transfer: Transfer,
        hosts: Sequence[str],
        sizes: Sequence[int],
        random: np.random.Generator,
        reached: Callable[[str], None],
    ) -> None:
        """The first host has all pieces, of these sizes; `reached` is told of each that has."""
        self.done = env.event()
        self._transfer = transfer
        self._sizes = sizes
        self._random = random
        self._reached = reached
        self._all = (1 << len(sizes)) - 1
        self._has = dict.fromkeys(hosts, 0) | {hosts[0]: self._all}
        self._copies = [1] * len(sizes)
        self._sending: dict[str, None] = {}
        self._lacking = dict.fromkeys(hosts[1:])
        self._getting: dict[str, None] = {}
        self._broken: set[tuple[str, str]] = set()
        self._decision = Timer(env, self._decide, DECISION)
        self._decision.soon()

    def _decide(self) -> None:
        """Start what can be started; it is over when nothing is under way then."""
        senders = [host for host, has in self._has.items() if has and host not in self._sending]
        getters = [host for host in self._lacking if host not in self._getting]
        order = self._random.permutation(len(getters))
        # Who has least chooses first: it can use most of what there is, and soon passes it on.
        for place in sorted(order, key=lambda place: self._has[getters[place]].bit_count()):
            choice = self._choose(getters[place], senders)
            if choice is not None:
                sender, piece = choice
                senders.remove(sender)
                self._start(sender, getters[place], piece)
        if not self._getting and not self.done.triggered:
            self.done.succeed()

    def _choose(self, getter: str, senders: Sequence[str]) -> tuple[str, int] | None:
        """Return from whom to get which piece; None where nobody idle has one that is lacking."""
        lacking = self._all & ~self._has[getter]
        useful = {
            sender: has & lacking
            for sender in senders
            if (has := self._has[sender]) & lacking and (sender, getter) not in self._broken
        }
        if not useful:
            return None
        on_offer = 0
        for offer in useful.values():
            on_offer |= offer
        piece = min(self._shuffled(on_offer), key=self._copies.__getitem__)
        having = [sender for sender, offer in useful.items() if offer >> piece & 1]
        # Who has fewest others to send would else be idle.
        return min(having, key=lambda sender: self._has[sender].bit_count()), piece

    def _shuffled(self, pieces: int) -> list[int]:
        """Return the numbers of pieces, from a place drawn at random onwards."""
        numbers = [piece for piece in range(len(self._sizes)) if pieces >> piece & 1]
        start = int(self._random.integers(len(numbers)))
        return numbers[start:] + numbers[:start]

    def _start(self, sender: str, getter: str, piece: int) -> None:
        self._sending[sender] = self._getting[getter] = None
        self._copies[piece] += 1
        flow = self._transfer(sender, getter, self._sizes[piece])
        assert flow.done.callbacks is not None
        flow.done.callbacks.append(partial(self._ended, sender, getter, piece))

    def _ended(self, sender: str, getter: str, piece: int, event: Event) -> None:
        del self._sending[sender], self._getting[getter]
        self._decision.soon()
        if not event.ok:
            self._copies[piece] -= 1
            self._broken.add((sender, getter))
            return
        self._has[getter] |= 1 << piece
        if self._has[getter] == self._all:
            del self._lacking[getter]
            self._reached(getter)
