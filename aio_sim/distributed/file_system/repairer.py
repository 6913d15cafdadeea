"""Makes the pieces that are missing again, the most urgent blocks first, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Protocol

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system.block import Block, Piece, sealed
from aio_sim.distributed.file_system.block_map import BlockMap
from aio_sim.distributed.file_system.carrier import Carrier
from aio_sim.distributed.file_system.cluster import Cluster
from aio_sim.distributed.file_system.counts import Counts
from aio_sim.distributed.file_system.data_node import DataNode, Receipt
from aio_sim.distributed.file_system.repair_queue import RepairQueue
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.relay import Broken
from aio_sim.kernel.environment import COMPLETION, DECISION, Environment, Timer


class Books(Protocol):
    """Who is told how repairs end."""

    def stored(self, block: Block, node: str, piece: int) -> None:
        """A node holds a piece of a block now."""

    def corrupt(self, block: Block, node: str) -> None:
        """The piece of a node has rotted."""

    def note(self, block: Block) -> None:
        """Something about a block has changed."""


class Repairer:
    """Copies or rebuilds one missing piece at a time of a block, onto a node that it chooses.

    A node is the source of a few repairs at once (`streams`). What cannot be repaired, as there is
    no node to go to or it failed too often, is stuck until `nodes_changed`.
    """

    def __init__(
        self,
        env: Environment,
        cluster: Cluster,
        block_map: BlockMap,
        carrier: Carrier,
        choose: Callable[[Block], str | None],
        books: Books,
        settings: Settings,
        counts: Counts,
    ) -> None:
        self._env = env
        self._cluster = cluster
        self._map = block_map
        self._carrier = carrier
        self._choose = choose
        self._books = books
        self._settings = settings
        self._counts = counts
        self._queue = RepairQueue(cluster.names)
        self._ready: dict[str, None] = {}
        """The sources that may have something to do."""
        self._decision = Timer(env, self._decide, DECISION)
        self._failures: dict[Block, int] = {}
        self._resting: dict[Block, Timer] = {}
        self.stuck: dict[Block, None] = {}
        self.streams = dict.fromkeys(cluster.names, 0)
        """How many repairs each node is the source of."""

    def want(self, block: Block) -> None:
        """Have the missing pieces of a block made again, when its turn comes."""
        if block in self._resting or block in self.stuck:
            return
        readable = self._map.readable(block)
        urgency = block.code.urgency(len(self._map.live(block)))
        sources = list(readable.values())
        self._queue.push(block, urgency, sources)
        self._wake(sources)

    def forget(self, block: Block) -> None:
        """Have nothing more done for a block that is whole, lost or deleted."""
        self._queue.discard(block)
        self._failures.pop(block, None)
        self.stuck.pop(block, None)
        timer = self._resting.pop(block, None)
        if timer is not None:
            timer.cancel()

    def nodes_changed(self) -> None:
        """Try again what was stuck."""
        stuck, self.stuck = self.stuck, {}
        self._failures.clear()
        for block in stuck:
            self._books.note(block)

    def _wake(self, nodes: list[str]) -> None:
        self._ready.update(dict.fromkeys(nodes))
        self._decision.soon()

    def _decide(self) -> None:
        """Give each source that has a stream free its most urgent block, one round after another.

        Once an instant, so that the most urgent of all that an instant brought come first.
        """
        ready, self._ready = self._ready, {}
        while ready:
            ready = {source: None for source in ready if self._begin_one(source)}

    def _begin_one(self, source: str) -> bool:
        top = self._queue.top(source)
        if top is None:
            return False
        urgency, block = top
        settings = self._settings
        limit = settings.urgent_streams if urgency == 0 else settings.streams
        if self.streams[source] >= limit or not self._cluster.alive[source]:
            return False
        self._queue.pop(source)
        self._start(block, source)
        return True

    def _start(self, block: Block, source: str) -> None:
        missing = [piece for piece in self._map.missing(block) if piece not in block.pending]
        if not missing:
            return
        target = self._choose(block)
        if target is None:
            self.stuck[block] = None
            return
        number = missing[0]
        block.pending[number] = target
        self.streams[source] += 1
        self._env.process(self._repair(block, number, source, self._cluster.nodes[target]))
        if len(missing) > 1:
            self.want(block)

    def _repair(
        self, block: Block, number: int, leader: str, target: DataNode
    ) -> Generator[Event, object, None]:
        receipt = target.begin(block.piece_size(number))
        sources = self._sources(block, number, leader)
        try:
            pieces = yield from self._fetch(block, sources, target)
            done = self._store(block, number, pieces, target, receipt)
        except Broken:
            done = False
        target.abandon(receipt)
        block.pending.pop(number, None)
        self.streams[leader] -= 1
        self._ended(block, done)
        self._wake([leader])

    def _sources(self, block: Block, number: int, leader: str) -> dict[int, str]:
        """Return the pieces to read; of copies, that of the node that leads the repair."""
        if block.code.identical:
            return {block.locations[leader]: leader}
        readable = self._map.readable(block)
        wanted = block.code.sources(number, sorted(readable))
        return {piece: readable[piece] for piece in wanted}

    def _fetch(
        self, block: Block, sources: dict[int, str], target: DataNode
    ) -> Generator[Event, object, dict[str, Piece]]:
        """Bring the pieces to the target, which writes what it makes of them as they come."""
        relays, pieces = [], {}
        for place, (number, name) in enumerate(sources.items()):
            node, size = self._cluster.nodes[name], block.piece_size(number)
            if node.up and block.number in node.pieces:
                pieces[name] = node.pieces[block.number]
            relays.append(
                self._carrier.copy(
                    node,
                    target,
                    size,
                    written=place == 0,
                    rate_limit=self._settings.repair_rate,
                    name="dfs repair",
                    content=pieces[name].data if name in pieces else b"",
                )
            )
            self._counts.repair_bytes += size
        yield AllOf(self._env, [relay.done for relay in relays])
        return pieces

    def _store(
        self,
        block: Block,
        number: int,
        pieces: dict[str, Piece],
        target: DataNode,
        receipt: Receipt,
    ) -> bool:
        """Check what came, make the piece of it and store it; return whether that was done."""
        if block.deleted or target.name in block.locations:
            return True
        rotten = [name for name, piece in pieces.items() if not piece.intact]
        for name in rotten:
            self._books.corrupt(block, name)
        if rotten or (len(pieces) < block.code.needed and not self._same(pieces, number)):
            return bool(rotten)
        data = block.code.rebuild(
            number, {piece.number: piece.data for piece in pieces.values()}, block.length
        )
        piece = sealed(block, [data])[0]
        piece.number, piece.written = number, self._env.now
        if not target.commit(receipt, piece):
            return False
        self._counts.repairs += 1
        self._books.stored(block, target.name, number)
        return True

    def _same(self, pieces: dict[str, Piece], number: int) -> bool:
        return any(piece.number == number for piece in pieces.values())

    def _ended(self, block: Block, done: bool) -> None:
        if block.deleted:
            return
        if done:
            self._failures.pop(block, None)
            self._books.note(block)
            return
        self._failures[block] = self._failures.get(block, 0) + 1
        self._queue.discard(block)
        if self._failures[block] >= self._settings.repair_attempts:
            self.stuck[block] = None
        elif block not in self._resting:
            timer = Timer(self._env, partial(self._rested, block), COMPLETION)
            timer.set(self._env.now + self._settings.repair_timeout)
            self._resting[block] = timer

    def _rested(self, block: Block) -> None:
        del self._resting[block]
        self._books.note(block)
