"""A member of a replica set: its database, its oplog, its vote, and what it knows of the others."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from aio_sim.storage.cost import Cost
from aio_sim.storage.document.checkpoint_store import JournaledChange
from aio_sim.storage.document.documents import ID, Document
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.replication.oplog import LOCAL, Entry, Oplog, Optime
from aio_sim.storage.document.replication.settings import MemberSpec
from aio_sim.storage.document.settings import Volume

_ELECTION: Final = "local.election"
_FETCHED: Final = Entry(Optime(0, 0))
"""Stands for a document that is fetched anew in a rollback, which no entry tells of."""
Place = tuple[str, bytes]
"""A document of the set: its collection, and the key of its `_id`."""


class Role(Enum):
    """What a member does now."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DOWN = "down"


class Member:
    """One member; its content is real, and survives a crash as its journal says."""

    def __init__(self, spec: MemberSpec, volume: Volume, oplog_entries: int) -> None:
        self.spec = spec
        self.volume = volume
        self._oplog_entries = oplog_entries
        self.role = Role.SECONDARY
        self.generation = 0
        """Rises with each role that ends; a story of an earlier one must not go on."""
        self._open()

    def _open(self) -> None:
        self._incoming: Entry | None = None
        self.commit_index = 0
        """Number of the last entry that it knows a majority to have."""
        self._before: dict[Place, list[tuple[int, Document | None]]] = {}
        self.engine = DocumentEngine(self.volume, self._note, self._note_definition)
        self.oplog = Oplog(self.engine, self._oplog_entries)
        held = self.engine.get(_ELECTION, 0) or {"term": 0, "voted": 0}
        self.term: int = held["term"]
        self._voted: int = held["voted"]
        self.durable = self.oplog.last
        self.rebuilt_index = self.oplog.last.number
        """Up to here it does not know what was there before each entry."""

    @property
    def name(self) -> str:
        """The name of its host."""
        return self.spec.name

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self.role is not Role.DOWN

    @property
    def last(self) -> Optime:
        """Its newest entry."""
        return self.oplog.last

    def cost_of(self, action: Callable[[], Any]) -> tuple[Any, Cost]:
        """Do something; return what it gave, and what it cost."""
        before = self.engine.cost
        result = action()
        return result, self.engine.cost.minus(before)

    def crash(self) -> None:
        """Lose the power, and all that was not durable."""
        self.role = Role.DOWN
        self.generation += 1
        self.volume.power.is_on = False

    def restart(self, survives: Callable[[], bool]) -> Cost:
        """Come back as a secondary with what was durable; return what recovery cost."""
        self.volume.restart(survives)
        self._open()
        self.role = Role.SECONDARY
        return self.engine.cost

    def adopt(self, term: int) -> None:
        """Learn of a later term; a primary steps down. Durable on return."""
        if term > self.term:
            self._elect(term, self._voted)
            self.step_down()

    def vote(self, term: int, last: Optime, *, dry: bool) -> bool:
        """Answer a candidate; a real vote is given once a term, and durable on return.

        Source: Ongaro & Ousterhout, In Search of an Understandable Consensus Algorithm, 2014, 5.2
        and 5.4.1; the dry run is MongoDB's, before a term is used.
        """
        if dry:
            return term > self.term and last >= self.last
        self.adopt(term)
        if term < self.term or self._voted >= term or last < self.last:
            return False
        self._elect(self.term, term)
        return True

    def stand(self, term: int) -> None:
        """Begin a term with a vote for itself; durable on return."""
        self.step_down()
        self._elect(term, term)

    def lead(self) -> None:
        """Become primary of its term, whose first entry says so."""
        self.role = Role.PRIMARY
        self.generation += 1
        self.oplog.append(Entry(Optime(self.term, self.last.number + 1)))
        self.sync()

    def step_down(self) -> None:
        """Be primary no more."""
        if self.role is Role.PRIMARY:
            self.role = Role.SECONDARY
            self.generation += 1

    def sync(self) -> None:
        """Make all it has durable."""
        self.engine.sync()
        self.durable = self.last

    def receive(self, entries: list[Entry], commit_index: int) -> None:
        """Do what the primary did; durable on return. The entries follow those there are."""
        for entry in entries:
            if entry.optime.number <= self.last.number:
                continue
            self._incoming = entry
            self._do(entry)
            if self.last.number < entry.optime.number:
                self.oplog.append(entry)
        self._incoming = None
        self.sync()
        self.learn_commit(commit_index)

    def learn_commit(self, index: int) -> None:
        """Know that a majority has the entries up to a number."""
        index = min(index, self.last.number)
        if index <= self.commit_index:
            return
        self.commit_index = index
        for place, versions in list(self._before.items()):
            kept = [version for version in versions if version[0] > index]
            if kept:
                self._before[place] = kept
            else:
                del self._before[place]

    def roll_back(self, common: int, source: Member) -> int:
        """Take back what it has behind a number, and have what a source has; return how many.

        Durable on return. Documents that were touched are taken as the source has them, and are
        right once all its entries are done again.

        Source: MongoDB's rollback via refetch (src/mongo/db/repl/rs_rollback.cpp).
        """
        gone = self.oplog.since(common + 1, self.last.number)
        self._incoming = _FETCHED
        for entry in gone:
            if entry.defines:
                self.engine.define(entry.collection, source.engine.indexes_of(entry.collection))
            elif entry.collection:
                current = source.engine.get(entry.collection, entry.identity)
                self.engine.apply(entry.collection, entry.identity, current)
                self._before.pop((entry.collection, key_of(entry.identity)), None)
        self.oplog.cut_after(common)
        self.receive(source.oplog.since(common + 1, source.last.number), self.commit_index)
        self.rebuilt_index = self.last.number
        return sum(1 for entry in gone if entry.collection)

    def copy_of(self, volume: Volume) -> None:
        """Have the database of another member, with the term and the vote of its own."""
        term, voted, role = self.term, self._voted, self.role
        self.volume = volume
        self._open()
        self.role = role
        self._elect(term, voted)

    @property
    def can_tell_majority(self) -> bool:
        """Whether it knows what a majority has: not yet while it makes good a crash."""
        return self.commit_index >= self.rebuilt_index

    def committed(self, collection: str) -> dict[bytes, Document | None]:
        """Return the documents of a collection that differ from what a majority has, as it has."""
        return {
            place[1]: versions[0][1]
            for place, versions in self._before.items()
            if place[0] == collection
        }

    def _do(self, entry: Entry) -> None:
        if entry.defines:
            indexes = None if entry.document is None else entry.document["indexes"]
            self.engine.define(entry.collection, indexes)
        elif entry.collection:
            self.engine.apply(entry.collection, entry.identity, entry.document)

    def _note_definition(self, name: str) -> None:
        """Keep in the oplog which indexes a collection has now."""
        if name.startswith(LOCAL) or self._incoming is not None:
            return
        indexes = self.engine.indexes_of(name)
        document = None if indexes is None else {"indexes": indexes}
        place = Optime(self.term, self.last.number + 1)
        self.oplog.append(Entry(place, name, None, document, defines=True))

    def _elect(self, term: int, voted: int) -> None:
        self.term, self._voted = term, voted
        self.engine.put(_ELECTION, {ID: 0, "term": term, "voted": voted})
        self.engine.sync()

    def _note(
        self, change: JournaledChange, name: str, old: Document | None, new: Document | None
    ) -> None:
        """Keep in the oplog what a write does, and in memory what was there before."""
        if name.startswith(LOCAL):
            return
        identity = (new or old or {})[ID]
        entry = self._incoming or Entry(
            Optime(self.term, self.last.number + 1), name, identity, new
        )
        if entry is _FETCHED:
            return
        versions = self._before.setdefault((name, key_of(identity)), [])
        versions.append((entry.optime.number, old))
        self.oplog.note(change, entry)
