"""What a client of a replica set does: find the member, send, wait as long as its concern says."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

from simpy.events import Event

from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _
from aio_sim.storage.document.documents import Document
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.filters import filter_of
from aio_sim.storage.document.keys import key_of
from aio_sim.storage.document.queries import Query, Wanted
from aio_sim.storage.document.replication.errors import (
    NoMemberError,
    UncertainWriteError,
    WriteConcernError,
)
from aio_sim.storage.document.replication.group import Group
from aio_sim.storage.document.replication.member import Member, Role
from aio_sim.storage.document.replication.oplog import Optime
from aio_sim.storage.document.replication.progress import Progress
from aio_sim.storage.document.replication.settings import (
    ReadConcern,
    ReadPreference,
    WriteConcern,
)
from aio_sim.storage.document.shaping import Projection, in_order, order_of

Operation = Callable[[DocumentEngine], Any]
"""What is to be done on the primary; it must do all of it at once."""
Story = Generator[Any, Any, Any]


@dataclass(frozen=True)
class Written:
    """An acknowledged write: what the operation gave, and where it stands in the oplog."""

    result: Any
    optime: Optime


class Reader:
    """What a member answers a read from: all it has, or what it knows that a majority has."""

    def __init__(self, member: Member, concern: ReadConcern) -> None:
        self._member = member
        self._concern = concern

    def get(self, collection: str, identity: object) -> Document | None:
        """Return the document with an `_id`, None where there is none."""
        held = self._held_back(collection)
        key = key_of(identity)
        return held[key] if key in held else self._member.engine.get(collection, identity)

    def find(self, collection: str, query: Query, wanted: Wanted | None = None) -> list[Document]:
        """Return the documents that a filter means."""
        wanted = wanted or Wanted()
        handle, held = self._member.engine.collection(collection), self._held_back(collection)
        if not held:
            return handle.find(query, wanted)
        meant = filter_of(query)
        found = [each for each in handle.find(query) if key_of(each["_id"]) not in held]
        found += [each for each in held.values() if each is not None and meant.matches(each)]
        found = in_order(found, order_of(wanted.sort))[wanted.skip :]
        kept = found[: wanted.limit] if wanted.limit else found
        return list(map(Projection(wanted.projection).of, kept))

    def _held_back(self, collection: str) -> dict[bytes, Document | None]:
        if self._concern is ReadConcern.LOCAL:
            return {}
        return self._member.committed(collection)


class Clients:
    """Carries out requests; each is a story whose event tells how it ended."""

    def __init__(
        self,
        group: Group,
        progress: Progress,
        on_write: Callable[[Member], None],
        changed: Callable[[], Event],
    ) -> None:
        self._group = group
        self._progress = progress
        self._on_write = on_write
        self._changed = changed

    def write(self, client: str, operation: Operation, concern: WriteConcern, size: int) -> Story:
        """Do an operation on the primary; gives `Written`.

        Raises NoMemberError, UncertainWriteError, WriteConcernError, and what the operation does.
        """
        group = self._group
        primary = yield from self._reach(client, size, self._primary_for)
        generation = primary.generation
        (result, error), time = group.time_of(primary, lambda: _tried(primary, operation))
        if error is None and (concern.journaled or concern.is_majority):
            _nothing, more = group.time_of(primary, primary.sync)
            time = max(time, more)
        optime = primary.last
        self._on_write(primary)
        if time:
            yield group.env.timeout(time)
        if error is None:
            self._require_same(primary, generation)
            yield from self._wait(primary, optime, concern)
        try:
            yield group.send(primary.name, client)
        except TransferFailed:
            raise self._uncertain(primary) from None
        if error is not None:
            raise error
        self._progress.acknowledge(optime, concern)
        return Written(result, optime)

    def read(
        self,
        client: str,
        query: Callable[[Reader], Any],
        preference: ReadPreference,
        concern: ReadConcern,
    ) -> Story:
        """Ask a member; gives what the query gives. Raises NoMemberError."""
        group, asked = self._group, (preference, concern)
        while True:
            member = yield from self._reach(client, 0, partial(self._member_for, asked))
            generation = member.generation
            answer, time = group.time_of(member, partial(query, Reader(member, concern)))
            primary = group.primary
            stale = primary is not None and not member.oplog.holds(primary.last)
            if time:
                yield group.env.timeout(time)
            if member.generation != generation and not member.is_up:
                continue
            try:
                yield group.send(member.name, client, len(str(answer)))
            except TransferFailed:
                continue
            group.totals.reads += 1
            group.totals.stale_reads += stale
            return answer

    def _reach(
        self, client: str, size: int, choose: Callable[[str], Member | None]
    ) -> Generator[Any, Any, Member]:
        """Return the member that a request has reached; raises NoMemberError in the end."""
        group = self._group
        deadline = group.env.timeout(group.settings.selection_timeout)
        while True:
            member = choose(client)
            if member is None:
                yield self._changed() | deadline
                if deadline.processed:
                    group.totals.refused += 1
                    raise NoMemberError(
                        _("{client} found no member that serves it").format(client=client)
                    )
                continue
            try:
                yield group.send(client, member.name, size)
            except TransferFailed:
                continue
            if choose(client) is member:
                return member

    def _wait(self, primary: Member, optime: Optime, concern: WriteConcern) -> Story:
        met = self._progress.wait(primary, optime, concern)
        if concern.timeout is None:
            try:
                yield met
            except UncertainWriteError:
                self._group.totals.uncertain_writes += 1
                raise
            return
        expired = self._group.env.timeout(concern.timeout)
        yield met | expired
        if not met.triggered:
            self._progress.forget(primary, met)
            raise WriteConcernError(
                _("the write is not yet on as many members as {w} asks").format(w=concern.w)
            )

    def _require_same(self, primary: Member, generation: int) -> None:
        if primary.generation != generation:
            raise self._uncertain(primary)

    def _uncertain(self, primary: Member) -> UncertainWriteError:
        self._group.totals.uncertain_writes += 1
        return UncertainWriteError(
            _("{member} took the write and was lost; it may stand or not").format(
                member=primary.name
            )
        )

    def _primary_for(self, client: str) -> Member | None:
        """Return the primary of the latest term that a client reaches."""
        leading = [
            member
            for member in self._group.members.values()
            if member.role is Role.PRIMARY and self._group.connects(client, member.name)
        ]
        return max(leading, key=lambda member: member.term, default=None)

    def _member_for(self, asked: tuple[ReadPreference, ReadConcern], client: str) -> Member | None:
        preference, concern = asked
        primary = self._primary_for(client)
        secondaries = [
            member
            for member in self._group.members.values()
            if member.role is Role.SECONDARY and self._group.connects(client, member.name)
        ]
        if concern is ReadConcern.MAJORITY:
            primary = primary if primary is not None and primary.can_tell_majority else None
            secondaries = [member for member in secondaries if member.can_tell_majority]
        # The one with the newest entries: which it is, clients learn from heartbeats.
        secondary = max(secondaries, key=lambda member: member.last, default=None)
        if preference is ReadPreference.PRIMARY:
            return primary
        if preference is ReadPreference.SECONDARY:
            return secondary
        if preference is ReadPreference.PRIMARY_PREFERRED:
            return primary or secondary
        return secondary or primary


def _tried(primary: Member, operation: Operation) -> tuple[Any, AioSimError | None]:
    try:
        return operation(primary.engine), None
    except AioSimError as error:
        return None, error
