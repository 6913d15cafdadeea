"""A sharded cluster: engines that each have a part of the documents, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.documents import ID, Document, encode
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.errors import QueryError
from aio_sim.storage.document.filters import filter_of
from aio_sim.storage.document.index import Fields
from aio_sim.storage.document.queries import Query, Wanted
from aio_sim.storage.document.shaping import Projection, in_order, order_of
from aio_sim.storage.document.sharding.balancer import Move, next_move
from aio_sim.storage.document.sharding.chunks import Chunk, ChunkTable
from aio_sim.storage.document.sharding.moving import CHUNK_SIZE, Mover, Sharded, Traffic
from aio_sim.storage.document.sharding.routing import ShardKey
from aio_sim.storage.document.updates import updated


class ShardedCluster:
    """Documents on several engines by a shard key, with a config that tells which has which.

    It does what a router (mongos) does: sends each operation where the documents can be, and joins
    the answers; what a shard has of a chunk that is another's, left over by a move that a crash cut
    short, it does not see. `_id` is unique within a shard, as in MongoDB.
    """

    def __init__(
        self,
        shards: Mapping[str, DocumentEngine],
        config: DocumentEngine,
        chunk_size: int = CHUNK_SIZE,
    ) -> None:
        if not shards:
            raise InputError(_("a sharded cluster has one shard or more"))
        self._shards = dict(sorted(shards.items()))
        self._config = config
        self.traffic = Traffic()
        self._mover = Mover(self._shards, self.traffic, chunk_size)
        self._collections = {
            held[ID]: self._sharded(held[ID], ShardKey([tuple(each) for each in held["key"]]))
            for held in config.collection("config.collections").find({})
        }

    @property
    def cost(self) -> Cost:
        """All that was done on the shards and the config, and the messages between."""
        total = self._config.cost
        for shard in self._shards.values():
            total = total.plus(shard.cost)
        traffic = self.traffic
        return total.plus(Cost(messages=traffic.messages, message_bytes=traffic.message_bytes))

    def shard_collection(self, name: str, key: Fields) -> None:
        """Spread a new collection by a key: a path, or pairs of a path and 1 or "hashed".

        Raises InputError where it is spread already, or a shard has documents of it.
        """
        if name in self._collections or any(name in each.stores for each in self._shards.values()):
            raise InputError(_("the collection {name} is there already").format(name=name))
        shard_key = ShardKey(key)
        for shard in self._shards.values():
            shard.collection(name).create_index(key)
        sharded = self._sharded(name, shard_key)
        sharded.table.create(shard_key.first_chunks(list(self._shards)))
        pairs = [[key, 1]] if isinstance(key, str) else [list(each) for each in key]
        self._config.put("config.collections", {ID: name, "key": pairs})
        self._config.sync()
        self._collections[name] = sharded

    def shard(self, name: str) -> DocumentEngine:
        """Return the engine of a shard; raises UnknownName."""
        if name not in self._shards:
            raise UnknownName(_("shard"), name, self._shards)
        return self._shards[name]

    def chunks(self, name: str) -> list[Chunk]:
        """Return the chunks of a collection in the order of their keys; raises UnknownName."""
        return self._of(name).table.chunks

    def insert(self, name: str, document: Mapping[str, Any]) -> Any:
        """Add a document where its key belongs; return its `_id`.

        Raises QueryError for a list in the key, and what an engine's `insert` raises.
        """
        sharded, new = self._of(name), dict(document)
        chunk = sharded.table.of(sharded.key.of(new))
        size = len(encode(new))
        identity = self._shards[chunk.shard].collection(name).insert(new)
        self._count(1, size)
        self._mover.grow(sharded, chunk, size)
        return identity

    def find(self, name: str, query: Query, wanted: Wanted | None = None) -> list[Document]:
        """Return the documents that a filter means, of one shard or joined from several."""
        wanted = wanted or Wanted()
        sharded = self._of(name)
        names = self._asked(sharded, query)
        most = wanted.skip + wanted.limit if wanted.limit else None
        each = replace(wanted, skip=0, limit=most, projection=None)
        found = [
            document for shard in names for document in self._owned(sharded, shard, query, each)
        ]
        self._count(len(names), sum(len(encode(document)) for document in found))
        found = in_order(found, order_of(wanted.sort))[wanted.skip : most]
        return list(map(Projection(wanted.projection).of, found))

    def count(self, name: str, query: Query | None = None) -> int:
        """Return how many documents a filter means."""
        return len(self.find(name, query or {}))

    def update(
        self, name: str, query: Query, update: Mapping[str, Any], *, many: bool = False
    ) -> int:
        """Update the first document that a filter means, or all; return how many.

        Raises QueryError where that would change a shard key, and what an engine's `update` does.
        """
        sharded = self._of(name)

        def change(shard: DocumentEngine, old: Document) -> None:
            new = updated(old, update)
            if sharded.key.of(new) != sharded.key.of(old):
                raise QueryError(_("{name}: the shard key of a document stays").format(name=name))
            shard.put(name, new)

        return self._each(name, query, change, None if many else 1)

    def delete(self, name: str, query: Query, *, many: bool = False) -> int:
        """Delete the first document that a filter means, or all; return how many."""
        return self._each(
            name, query, lambda shard, old: shard.delete(name, old[ID]), None if many else 1
        )

    def balance(self, name: str) -> Move | None:
        """Move one chunk, where the balancer wants that; return from where to where."""
        sharded = self._of(name)
        counts = sharded.table.counts(self._shards)
        move = next_move(counts, in_round=sharded.in_round)
        sharded.in_round = move is not None
        if move is None:
            return None
        movable = [
            chunk
            for chunk in sharded.table.chunks
            if chunk.shard == move.source and not chunk.jumbo
        ]
        if not movable:
            sharded.in_round = False
            return None
        self.move_chunk(name, movable[0], move.target)
        return move

    def move_chunk(self, name: str, chunk: Chunk, target: str) -> None:
        """Move a chunk to a shard; raises UnknownName where there is no such shard."""
        self.shard(target)
        self._count(1, self._mover.move(self._of(name), chunk, target))

    def _sharded(self, name: str, key: ShardKey) -> Sharded:
        return Sharded(name, key, ChunkTable(self._config, name))

    def _of(self, name: str) -> Sharded:
        if name not in self._collections:
            raise UnknownName(_("sharded collection"), name, self._collections)
        return self._collections[name]

    def _asked(self, sharded: Sharded, query: Query) -> list[str]:
        """Return the shards to ask, and count whether they are one or several."""
        chunks = sharded.key.chunks_for(filter_of(query), sharded.table)
        names = sorted({chunk.shard for chunk in chunks})
        if len(names) == 1:
            self.traffic.targeted += 1
        else:
            self.traffic.scattered += 1
        return names

    def _owned(self, sharded: Sharded, shard: str, query: Query, wanted: Wanted) -> list[Document]:
        """Return what a shard finds among the documents that are its own."""
        handle, table = self._shards[shard].collection(sharded.name), sharded.table
        found = handle.find(query, wanted)
        owned = [each for each in found if table.of(sharded.key.of(each)).shard == shard]
        if len(owned) < len(found) and wanted.limit:
            return self._owned(sharded, shard, query, replace(wanted, limit=None))[: wanted.limit]
        return owned

    def _each(
        self,
        name: str,
        query: Query,
        change: Callable[[DocumentEngine, Document], Any],
        most: int | None,
    ) -> int:
        sharded, done = self._of(name), 0
        names = self._asked(sharded, query)
        for shard in names:
            engine = self._shards[shard]
            for document in self._owned(sharded, shard, query, Wanted()):
                if most is None or done < most:
                    change(engine, document)
                    done += 1
        self._count(len(names), 0)
        return done

    def _count(self, shards: int, size: int) -> None:
        """Count the messages of an operation: to the router and back, to each shard and back."""
        self.traffic.messages += 2 + 2 * shards
        self.traffic.message_bytes += 2 * size
